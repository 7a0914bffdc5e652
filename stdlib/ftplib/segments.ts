/**
 * One file in several segments, fetched at once by as many sessions: each begins
 * in the middle (`REST`; RFC 3659 §5), and closes its data connection where the
 * next segment begins.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../loop/exceptions.ts";
import type { WaitOptions } from "../../loop/wait.ts";
import { command } from "../../protocols/ftp/commands.ts";
import { checkLimit } from "../../protocols/limits.ts";
import { DataTransfer } from "./data_transfer.ts";
import { quoteCommand, VerifyError } from "./errors.ts";
import {
  hashOf,
  lookAt,
  type Passage,
  PieceFile,
  putIntoPlace,
  readNote,
  removeAll,
  writeNote,
} from "./files.ts";
import { forEachInParallel } from "./parallel.ts";
import { ProgressMeter } from "./progress.ts";
import {
  isAbout,
  isUnchanged,
  noteOf,
  parseNote,
  refusesRestart,
  type RemoteFile,
  remoteFile,
  resumeCheck,
} from "./resume.ts";
import { type RetryPolicy, retryPolicy, withRetries } from "./retry.ts";
import { throttleOf } from "./throttle.ts";
import { liveSession, type OtherClient, type TransferClient } from "./transfer_client.ts";
import type { Downloaded, DownloadToOptions } from "./types.ts";
import { assertCountsChecksums, type Hash, verifyChecksum } from "./verify.ts";

/** The least size of a segment: below it a session costs more time than it saves. */
const LEAST_SEGMENT = 1_048_576;

/** What each session reads before it writes. */
const BLOCK = 524_288;

/** After how many bytes it is noted what is there. */
const NOTED_EVERY = 33_554_432;

/** A part of a file that is to be fetched. */
export interface Segment {
  /** The next byte to fetch. */
  from: number;
  /** The byte behind the last. */
  readonly to: number;
}

/**
 * Cuts what is missing of a file into segments.
 *
 * @param size The size of the file.
 * @param pieces The pieces that are there, in their order, from the first byte to the one behind the
 * last.
 * @param count How many segments there shall be; more where more pieces are missing.
 * @returns The segments, in their order.
 */
export function segmentsOf(
  size: number,
  pieces: readonly (readonly [from: number, to: number])[],
  count: number,
): Segment[] {
  const segments: Segment[] = [];
  let from = 0;
  for (const [begin, end] of [...pieces, [size, size]] as const) {
    if (from < begin) segments.push({ from, to: begin });
    from = end;
  }
  for (;;) {
    const largest = segments.reduce((a, b) => b.to - b.from > a.to - a.from ? b : a, EMPTY);
    const half = Math.floor((largest.to - largest.from) / 2);
    if (segments.length >= count || half < LEAST_SEGMENT) return segments;
    const middle = largest.from + half;
    segments.splice(
      segments.indexOf(largest),
      1,
      { from: largest.from, to: middle },
      { from: middle, to: largest.to },
    );
  }
}

const EMPTY: Segment = { from: 0, to: 0 };

/**
 * Fetches a file in segments, if it can be.
 *
 * @param client The client.
 * @param path The file on the server.
 * @param localPath The local file.
 * @param options How many segments, whether to resume, to try again; whom to tell.
 * @returns What came of it; `undefined` where the file is to be fetched in one.
 * @throws {VerifyError} If the file is changed meanwhile, more often than it may be tried again.
 */
export async function downloadInSegments(
  client: TransferClient,
  path: string,
  localPath: string,
  options: DownloadToOptions,
): Promise<Downloaded | undefined> {
  const count = checkLimit("segments", options.segments, 1);
  const policy = retryPolicy(options.retries, options.onRetry);
  for (let changes = 0;; changes++) {
    const download = new SegmentedDownload(client, path, localPath, options);
    try {
      return await download.run(count, policy);
    } catch (error) {
      rethrowIfCancelled(error, options.signal);
      if (refusesRestart(error)) return await download.discard();
      if (!(error instanceof VerifyError)) throw error;
      await download.discard();
      if (changes >= policy.attempts) throw error;
    }
  }
}

class SegmentedDownload {
  readonly #client: TransferClient;
  readonly #path: string;
  readonly #command: string;
  readonly #localPath: string;
  readonly #parts: string;
  readonly #note: string;
  readonly #options: DownloadToOptions;
  readonly #wait: WaitOptions;
  readonly #passage: Passage;
  #begun: RemoteFile = {};
  #segments: Segment[] = [];
  /** How many bytes have come since it was noted what is there. */
  #unnoted = 0;
  #isNoting = false;

  constructor(
    client: TransferClient,
    path: string,
    localPath: string,
    options: DownloadToOptions,
  ) {
    this.#client = client;
    this.#path = path;
    this.#command = command("RETR", path, client.session().options.encoding);
    this.#localPath = localPath;
    this.#parts = `${localPath}.parts`;
    this.#note = `${this.#parts}.json`;
    this.#options = options;
    this.#wait = { signal: options.signal, timeout: options.timeout };
    const meter = new ProgressMeter(options.onProgress);
    this.#passage = { meter, throttle: throttleOf(options.throttle), ...this.#wait };
  }

  async run(count: number, policy: RetryPolicy): Promise<Downloaded | undefined> {
    this.#begun = await withRetries(async (_failures, last) => {
      const session = await liveSession(this.#client, this.#wait, last);
      return await remoteFile(session, this.#path, this.#wait);
    }, { policy, signal: this.#wait.signal });
    const { size } = this.#begun;
    if (size === undefined || size < 2 * LEAST_SEGMENT) return undefined;
    const { resume, verify, preserveModified } = this.#options;
    const session = this.#client.session();
    const verifying = { command: this.#command, ...this.#wait };
    // What came earlier cannot be compared piece by piece, but all of it can at the end.
    const compares = verify === "checksum" || resume === "checksum";
    if (compares) await assertCountsChecksums(session, this.#path, verifying);
    this.#segments = segmentsOf(size, await this.#piecesThere(size), count);
    const missing = this.#segments.reduce((sum, { from, to }) => sum + to - from, 0);
    const { meter } = this.#passage;
    meter.total = size;
    meter.transferred = size - missing;
    try {
      await this.#fetchAll(policy);
    } catch (error) {
      await this.#takeNote();
      throw error;
    }
    await this.#assertUnchanged(this.#client, undefined);
    if (compares) {
      const hash: Hash = (algorithm) => hashOf(this.#parts, algorithm);
      await verifyChecksum(this.#client.session(), this.#path, hash, verifying);
    }
    await removeAll(this.#note);
    const modified = preserveModified ? this.#begun.modified : undefined;
    await putIntoPlace(this.#parts, this.#localPath, modified);
    meter.finish();
    return { size, offset: size - missing };
  }

  /** Removes what has come. */
  async discard(): Promise<undefined> {
    await removeAll(this.#parts, this.#note);
  }

  /** What an earlier download has left, if it is of this file. */
  async #piecesThere(size: number): Promise<readonly (readonly [number, number])[]> {
    const check = resumeCheck(this.#options.resume);
    const note = check === undefined ? undefined : parseNote(await readNote(this.#note));
    const there = (await lookAt(this.#parts))?.size ?? 0;
    const pieces = note?.pieces;
    const isIts = note !== undefined && pieces !== undefined && note.size === size &&
      (check === "size" || isAbout(note, this.#path, this.#begun)) &&
      there >= (pieces.at(-1)?.[1] ?? 0);
    if (isIts) return pieces;
    // What lies there must be gone before something else is noted.
    await this.discard();
    return [];
  }

  async #fetchAll(policy: RetryPolicy): Promise<void> {
    await this.#takeNote();
    const others = await this.#openOthers(this.#segments.length - 1);
    const free = [this.#client, ...others.map(({ client }) => client)];
    const { signal } = this.#wait;
    try {
      await forEachInParallel(this.#segments, free.length, async (segment, _index, ended) => {
        const client = free.pop()!;
        try {
          await this.#fetch(client, segment, { policy, signal: ended });
        } finally {
          free.push(client);
        }
      }, signal);
    } finally {
      await Promise.all(others.map((other) => other.leave()));
    }
  }

  /** So many more sessions, or as many as the server lets in. */
  async #openOthers(count: number): Promise<OtherClient[]> {
    const opening = Array.from({ length: count }, () => this.#client.another(this.#wait));
    const opened = await Promise.allSettled(opening);
    const others = opened.flatMap((each) => each.status === "fulfilled" ? [each.value] : []);
    if (this.#wait.signal?.aborted) {
      await Promise.all(others.map((other) => other.leave()));
      throw this.#wait.signal.reason;
    }
    return others;
  }

  async #fetch(
    client: TransferClient,
    segment: Segment,
    { policy, signal }: { policy: RetryPolicy; signal: AbortSignal },
  ): Promise<void> {
    using file = await PieceFile.open(this.#parts);
    const passage = { ...this.#passage, signal };
    await withRetries(async (failures, last) => {
      if (failures > 0) await this.#assertUnchanged(client, last);
      const session = client.session();
      const transfer = await DataTransfer.begin(session, {
        command: this.#command,
        type: "I",
        path: this.#path,
        size: this.#begun.size,
        offset: segment.from,
        interactive: false,
        signal,
        timeout: passage.timeout,
      });
      try {
        await this.#receive(transfer, segment, { file, passage });
        if (segment.to === this.#begun.size) await this.#end(transfer);
      } finally {
        transfer.breakOff();
      }
    }, { policy, progress: () => segment.from, signal });
  }

  async #receive(
    transfer: DataTransfer,
    segment: Segment,
    { file, passage }: { file: PieceFile; passage: Passage },
  ): Promise<void> {
    const { meter, throttle } = passage;
    const buffer = new Uint8Array(BLOCK);
    const write = async (filled: number): Promise<void> => {
      await file.writeAt(segment.from, buffer.subarray(0, filled));
      segment.from += filled;
      meter.add(filled);
      this.#unnoted += filled;
      if (this.#unnoted < NOTED_EVERY) return;
      await file.flush();
      await this.#takeNote();
    };
    let filled = 0;
    try {
      while (segment.from + filled < segment.to) {
        const room = Math.min(
          buffer.length - filled,
          segment.to - segment.from - filled,
          throttle?.piece ?? BLOCK,
        );
        const count = await transfer.readInto(buffer.subarray(filled, filled + room));
        // It tells how many bytes are missing, and what the server says about it.
        if (count === null) return void await transfer.finish();
        filled += count;
        if (throttle !== undefined) await throttle.take(count, passage);
        if (filled < buffer.length) continue;
        await write(filled);
        filled = 0;
      }
    } finally {
      if (filled > 0) await write(filled);
    }
  }

  /** After the last byte of the file: there is nothing to be broken off. */
  async #end(transfer: DataTransfer): Promise<void> {
    // More than the file had makes it another one, which is asked at the end.
    if (await transfer.readInto(new Uint8Array(1)) === null) await transfer.finish();
  }

  /** Has the session back, and makes sure that the file is still the same. */
  async #assertUnchanged(client: TransferClient, last: unknown): Promise<void> {
    const session = await liveSession(client, this.#wait, last);
    const now = await remoteFile(session, this.#path, this.#wait);
    if (isUnchanged(this.#begun, now)) return;
    throw new VerifyError(
      `${quoteCommand(this.#command)}: the file was changed while its segments were ` +
        "fetched; download it again",
      this.#begun.size ?? 0,
      now.size ?? 0,
      { command: this.#command },
    );
  }

  /** Notes what is there, unless somebody does already. */
  async #takeNote(): Promise<void> {
    if (this.#isNoting) return;
    this.#isNoting = true;
    this.#unnoted = 0;
    const pieces: [number, number][] = [];
    let end = 0;
    for (const { from, to } of [...this.#segments, { from: this.#begun.size!, to: Infinity }]) {
      if (end < from) pieces.push([end, from]);
      end = to;
    }
    try {
      await writeNote(this.#note, noteOf(this.#path, this.#begun, pieces));
    } finally {
      this.#isNoting = false;
    }
  }
}
