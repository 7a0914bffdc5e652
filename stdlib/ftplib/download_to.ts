/**
 * Downloads into local files, over as many sessions as it takes.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../loop/exceptions.ts";
import type { WaitOptions } from "../../loop/wait.ts";
import { command } from "../../protocols/ftp/commands.ts";
import { DataTransfer } from "./data_transfer.ts";
import { quoteCommand, VerifyError } from "./errors.ts";
import {
  hashOf,
  leftOf,
  type LocalFile,
  lookAt,
  PartFile,
  putIntoPlace,
  readNote,
  receive,
  removeAll,
  SMALL,
  writeNote,
} from "./files.ts";
import { ProgressMeter } from "./progress.ts";
import {
  isAbout,
  isUnchanged,
  noteOf,
  parseNote,
  refusesRestart,
  type RemoteFile,
  remoteFile,
  remoteModified,
  resumeCheck,
} from "./resume.ts";
import { type RetryPolicy, retryPolicy, withRetries } from "./retry.ts";
import type { Session } from "./session.ts";
import { throttleOf } from "./throttle.ts";
import { liveSession, type TransferClient } from "./transfer_client.ts";
import type { Downloaded, DownloadToOptions, ResumeCheck } from "./types.ts";
import {
  assertCountsChecksums,
  type Hash,
  isAlike,
  verifyChecksum,
  type Verifying,
} from "./verify.ts";

/**
 * Fetches a file into `localPath + ".part"`, and renames that at the end.
 *
 * @param client The client.
 * @param path The file on the server.
 * @param localPath The local file.
 * @param options Whether to resume, to try again, to verify; whom to tell.
 * @returns How large the file is.
 */
export async function downloadTo(
  client: TransferClient,
  path: string,
  localPath: string,
  options: DownloadToOptions,
): Promise<Downloaded> {
  if (options.segments !== undefined && options.segments !== 1) {
    const { downloadInSegments } = await import("./segments.ts");
    const downloaded = await downloadInSegments(client, path, localPath, options);
    if (downloaded !== undefined) return downloaded;
  }
  const policy = retryPolicy(options.retries, options.onRetry);
  const download = new FileDownload(client, path, localPath, options, policy);
  return await withRetries((failures, last) => download.attempt(failures > 0, last), {
    policy,
    progress: () => download.furthest,
    signal: options.signal,
  });
}

/** One file on its way here. */
class FileDownload {
  /** The farthest byte that any attempt has brought. */
  furthest = 0;
  readonly #client: TransferClient;
  readonly #path: string;
  readonly #localPath: string;
  readonly #part: string;
  readonly #note: string;
  readonly #command: string;
  readonly #options: DownloadToOptions;
  readonly #check: ResumeCheck | undefined;
  /** Whether it may have to go on where it stopped, so that it must be known what the file was like. */
  readonly #lasting: boolean;
  readonly #wait: WaitOptions;
  readonly #meter: ProgressMeter;
  readonly #passage;
  /** What the file was like when the first byte of the `.part` came. */
  #begun: RemoteFile = {};
  /** How much of the `.part` counts. */
  #have = 0;
  /** How much of it was there before the first attempt, and never fetched again. */
  #before: number | undefined;
  #isNoted = false;

  constructor(
    client: TransferClient,
    path: string,
    localPath: string,
    options: DownloadToOptions,
    policy: RetryPolicy,
  ) {
    this.#client = client;
    this.#path = path;
    this.#localPath = localPath;
    this.#part = `${localPath}.part`;
    this.#note = `${this.#part}.json`;
    this.#command = command("RETR", path, client.session().options.encoding);
    this.#options = options;
    this.#check = resumeCheck(options.resume);
    this.#lasting = this.#check !== undefined || policy.attempts > 0;
    this.#wait = { signal: options.signal, timeout: options.timeout };
    this.#meter = new ProgressMeter(options.onProgress);
    const throttle = throttleOf(options.throttle);
    this.#passage = { meter: this.#meter, throttle, ...this.#wait };
  }

  async attempt(again: boolean, last: unknown): Promise<Downloaded> {
    const session = again
      ? await liveSession(this.#client, this.#wait, last)
      : this.#client.session();
    const { verify } = this.#options;
    const verifying = { command: this.#command, ...this.#wait };
    if (verify === "checksum") await assertCountsChecksums(session, this.#path, verifying);
    const transfer = await this.#begin(session, await this.#whereToBegin(session, again));
    this.#before ??= transfer.position;
    this.#before = Math.min(this.#before, transfer.position);
    await this.#take(transfer);
    await this.#judge(session, transfer);
    if (verify === "checksum") await this.#compare(session, verifying);
    if (this.#isNoted) await removeAll(this.#note);
    const { preserveModified } = this.#options;
    await putIntoPlace(
      this.#part,
      this.#localPath,
      preserveModified ? this.#begun.modified : undefined,
    );
    this.#meter.finish();
    return { size: transfer.position, offset: this.#before };
  }

  /** The first byte to fetch, with what the file is like now. */
  async #whereToBegin(session: Session, again: boolean): Promise<number> {
    this.#have = await this.#kept(again);
    if (this.#have === 0) {
      const asks = this.#lasting || this.#options.preserveModified;
      this.#begun = asks ? { modified: await remoteModified(session, this.#path, this.#wait) } : {};
      return 0;
    }
    const now = await remoteFile(session, this.#path, this.#wait);
    const goesOn = (now.size === undefined || this.#have <= now.size) &&
      (again ? isUnchanged(this.#begun, now) : await this.#isBeginningOf(now, session));
    this.#begun = now;
    return goesOn ? this.#have : 0;
  }

  /** How much there is to go on from, if the file is still the same. */
  async #kept(again: boolean): Promise<number> {
    if (again ? this.#have === 0 : this.#check === undefined) return 0;
    const size = (await lookAt(this.#part))?.size ?? 0;
    return again ? Math.min(this.#have, size) : size;
  }

  /** Whether the `.part` that another call left is the beginning of the file as it is now. */
  async #isBeginningOf(now: RemoteFile, session: Session): Promise<boolean> {
    if (this.#check === "size") return true;
    const kept = await readNote(this.#note);
    this.#isNoted = kept !== undefined;
    const note = parseNote(kept);
    const isSame = note === undefined
      ? isOlder(now, await lookAt(this.#part))
      : isAbout(note, this.#path, now);
    if (!isSame || this.#check !== "checksum") return isSame;
    const length = this.#have;
    const hash: Hash = (algorithm) => hashOf(this.#part, algorithm, { length });
    return await isAlike(session, this.#path, hash, { length, ...this.#wait });
  }

  async #begin(session: Session, offset: number): Promise<DataTransfer> {
    const request = {
      command: this.#command,
      type: "I",
      path: this.#path,
      interactive: false,
      ...this.#wait,
    } as const;
    const size = this.#begun.size;
    try {
      return await DataTransfer.begin(session, { ...request, offset, size });
    } catch (error) {
      rethrowIfCancelled(error, this.#wait.signal);
      if (offset === 0 || !refusesRestart(error)) throw error;
      return await DataTransfer.begin(session, { ...request, size });
    }
  }

  /** Takes what comes into the `.part`. */
  async #take(transfer: DataTransfer): Promise<void> {
    const offset = transfer.position;
    this.#meter.transferred = offset;
    this.#meter.total = transfer.total;
    this.#begun = { ...this.#begun, size: transfer.total };
    using file = new PartFile(this.#part, offset);
    try {
      const isSmall = leftOf(transfer) <= SMALL;
      if (!isSmall) await file.open();
      if (!isSmall || this.#isNoted) await this.#keepNote(transfer, isSmall);
      await receive(transfer, file, this.#passage);
    } finally {
      transfer.breakOff();
      this.#have = file.size;
      this.furthest = Math.max(this.furthest, file.size);
    }
  }

  /** Keeps what the file is like, after what was there before is gone. A small file needs none. */
  async #keepNote(transfer: DataTransfer, isSmall: boolean): Promise<void> {
    if (transfer.position > 0 && this.#isNoted) return;
    if (isSmall || this.#check === undefined) return await removeAll(this.#note);
    await writeNote(this.#note, noteOf(this.#path, this.#begun));
    this.#isNoted = true;
  }

  /** Looks at what has arrived, as far as was asked for. */
  async #judge(session: Session, { position, total }: DataTransfer): Promise<void> {
    const now = this.#options.verify
      ? await remoteFile(session, this.#path, this.#wait)
      // What goes beyond the end of the file was sent from another byte than was asked for.
      : { size: this.#before! > 0 && total !== undefined && position > total ? total : position };
    const { modified } = this.#begun;
    if (isUnchanged({ size: position, modified }, now)) return;
    await this.#discard();
    const { size = position } = now;
    throw new VerifyError(
      `${quoteCommand(this.#command)}: ${position} bytes arrived, but the file on the server has ` +
        `${size}, or was changed while it was sent; download it again`,
      size,
      position,
      { command: this.#command },
    );
  }

  /** Compares the bytes of both sides. */
  async #compare(session: Session, verifying: Verifying): Promise<void> {
    try {
      const hash: Hash = (algorithm) => hashOf(this.#part, algorithm);
      await verifyChecksum(session, this.#path, hash, verifying);
    } catch (error) {
      rethrowIfCancelled(error, this.#wait.signal);
      if (error instanceof VerifyError) await this.#discard();
      throw error;
    }
  }

  /** Nothing of what has come is to be gone on with. */
  async #discard(): Promise<void> {
    this.#have = 0;
    await removeAll(this.#part, this.#note);
  }
}

/** Whether the file on the server is older than what was fetched of it, by the two clocks. */
function isOlder({ modified }: RemoteFile, part: LocalFile | undefined): boolean {
  return modified === undefined || part?.modified === undefined || modified < part.modified;
}
