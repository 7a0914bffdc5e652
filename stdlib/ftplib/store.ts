/**
 * Uploads, over as many sessions as it takes.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../loop/exceptions.ts";
import type { WaitOptions } from "../../loop/wait.ts";
import type { HashAlgorithm } from "../../protocols/ftp/checksums.ts";
import { command, restCommand } from "../../protocols/ftp/commands.ts";
import type { Reply } from "../../protocols/text/reply.ts";
import { asidePath, markOf, putInPlace, randomMark, temporaryPath, tidyUp } from "./atomic.ts";
import { ErrorPerm, FTPError, TruncatedError, VerifyError } from "./errors.ts";
import { ProgressMeter } from "./progress.ts";
import { refusesRestart, remoteFile, resumeCheck } from "./resume.ts";
import { type RetryPolicy, retryPolicy, withRetries } from "./retry.ts";
import type { Session } from "./session.ts";
import { type Throttle, throttleOf } from "./throttle.ts";
import { setModified } from "./times.ts";
import { liveSession, type TransferClient } from "./transfer_client.ts";
import type { ResumeCheck, Uploaded, UploadFromOptions } from "./types.ts";
import { UnsupportedError } from "./unsupported_error.ts";
import { assertCountsChecksums, type Hash, isAlike, verifyChecksum, verifySize } from "./verify.ts";

/** What can be stored, if need be more than once. */
export interface StoreSource {
  /** Whether it can be sent again. */
  readonly isLasting: boolean;
  /** What it is like now. */
  look(): Promise<{ size: number; modified?: Date } | undefined>;
  /** Counts the checksum of it, or of so many bytes of it. */
  hash(algorithm: HashAlgorithm, length?: number): Promise<string>;
  /** Sends it, or what follows a byte of it, and gives the reply that ends the upload. */
  store(session: Session, request: StoreRequest): Promise<Reply>;
}

/** How something is stored. */
export interface StoreRequest extends WaitOptions {
  /** The command. */
  command: string;
  /** Where in the file on the server it begins, and which byte is sent first. */
  offset: number;
  /** Whether the server is told of the offset (`REST`). */
  restart: boolean;
  /** Counts what is sent. */
  meter: ProgressMeter;
  /** Holds it up. */
  throttle?: Throttle;
}

/**
 * Stores something.
 *
 * @param client The client.
 * @param source What is stored.
 * @param path The file on the server.
 * @param options Where in the file it goes, whether to try again, whom to tell.
 * @returns What came of it.
 */
export async function store(
  client: TransferClient,
  source: StoreSource,
  path: string,
  options: UploadFromOptions,
): Promise<Uploaded> {
  const policy = retryPolicy(options.retries, options.onRetry);
  const upload = new FileUpload(client, source, path, options, policy);
  try {
    return await withRetries((failures, last) => upload.attempt(failures > 0, last), {
      policy,
      progress: () => upload.furthest,
      signal: options.signal,
    });
  } catch (error) {
    await upload.tidyUp();
    throw error;
  }
}

/** One file on its way to the server. */
class FileUpload {
  /** The farthest byte that any attempt has sent. */
  furthest = 0;
  readonly #client: TransferClient;
  readonly #source: StoreSource;
  readonly #path: string;
  readonly #options: UploadFromOptions;
  readonly #check: ResumeCheck | undefined;
  /** Whether it may have to go on where it stopped, so that it must be known what was sent. */
  readonly #isLasting: boolean;
  readonly #wait: WaitOptions;
  readonly #meter: ProgressMeter;
  readonly #throttle: Throttle | undefined;
  /** Where the caller wants it to begin. */
  readonly #start: number;
  /** Where it goes first; the path itself, unless it is to appear all at once. */
  #target: string | undefined;
  /** What the source was like at the last attempt. */
  #looked: { size: number; modified?: Date } | undefined;
  /** Where the last attempt stopped. */
  #sent = 0;
  /** Where the sending began that led to the end. */
  #before: number | undefined;
  /** Whether what lies on the server has turned out to be no beginning. */
  #isSpoilt = false;
  #hasBegun = false;
  /** The reply to the upload, once only the name is missing. */
  #stored: Reply | undefined;
  #movedAside = false;

  constructor(
    client: TransferClient,
    source: StoreSource,
    path: string,
    options: UploadFromOptions,
    policy: RetryPolicy,
  ) {
    this.#client = client;
    this.#source = source;
    this.#path = path;
    this.#options = options;
    this.#check = resumeCheck(options.resume);
    this.#isLasting = this.#check !== undefined || policy.attempts > 0;
    this.#start = options.offset ?? 0;
    this.#wait = { signal: options.signal, timeout: options.timeout };
    this.#meter = new ProgressMeter(options.onProgress, this.#start);
    this.#throttle = throttleOf(options.throttle);
    checkOptions(options, source, policy);
    command("STOR", path, client.session().options.encoding);
  }

  async attempt(again: boolean, last: unknown): Promise<Uploaded> {
    const session = again
      ? await liveSession(this.#client, this.#wait, last)
      : this.#client.session();
    if (this.#stored !== undefined && await this.#isInPlace(session)) return this.#done();
    const renamesAgain = this.#stored !== undefined;
    const offset = await this.#whereToBegin(session, again);
    const target = this.#target!;
    const reply = await this.#store(session, target, offset);
    await this.#preserve(session, target);
    this.#stored = reply;
    if (target !== this.#path) {
      this.#movedAside = await putInPlace(session, target, this.#path, this.#wait);
      // What was cut off may have left the old file where it was moved to.
      if (renamesAgain) await tidyUp(session, asidePath(target));
    }
    return this.#done();
  }

  /** Deletes what an upload left that failed, unless it may go on. */
  async tidyUp(): Promise<void> {
    const left = this.#hasBegun && this.#check === undefined && this.#target !== this.#path;
    if (left) await tidyUp(this.#client.session(), this.#target!);
  }

  #done(): Uploaded {
    this.#meter.finish();
    const reply = this.#stored!;
    const transferred = this.#meter.transferred - this.#before!;
    return this.#options.atomic
      ? { transferred, reply, movedAside: this.#movedAside }
      : { transferred, reply };
  }

  /** Where the source and the file on the server still are the same, and something is missing. */
  async #whereToBegin(session: Session, again: boolean): Promise<number> {
    const before = this.#looked;
    if (this.#isLasting) this.#looked = await this.#source.look();
    this.#target ??= this.#firstTarget();
    const goesOn = !this.#isSpoilt && (again ? this.#hasBegun : this.#check !== undefined);
    if (!goesOn) return this.#start;
    const there = await remoteFile(session, this.#target, this.#wait);
    const { size } = there;
    if (size === undefined || size <= this.#start) return this.#start;
    const most = again ? this.#sent : this.#looked?.size ?? 0;
    if (size > most) return this.#start;
    const same = again
      ? isSame(before, this.#looked)
      : this.#isOurs(there.modified) && await this.#isBeginning(session, size);
    return same ? size : this.#start;
  }

  /** Whether what the server has is the beginning of the source, if its bytes shall tell. */
  async #isBeginning(session: Session, length: number): Promise<boolean> {
    if (this.#check !== "checksum") return true;
    const hash: Hash = (algorithm) => this.#source.hash(algorithm, length);
    return await isAlike(session, this.#target!, hash, this.#wait);
  }

  #firstTarget(): string {
    if (!this.#options.atomic) return this.#path;
    const mark = this.#check !== undefined && this.#looked ? markOf(this.#looked) : randomMark();
    return temporaryPath(this.#path, mark);
  }

  /** Whether what another call left is the beginning of this source. */
  #isOurs(modified: Date | undefined): boolean {
    const local = this.#looked?.modified;
    // The name of what is to be renamed tells.
    if (this.#check === "size" || this.#options.atomic) return true;
    if (modified === undefined || local === undefined) return true;
    // Servers tell whole seconds.
    return local.getTime() < modified.getTime() + 1_000;
  }

  async #store(session: Session, target: string, offset: number): Promise<Reply> {
    const verifying = { command: `STOR ${target}`, ...this.#wait };
    const { verify } = this.#options;
    if (verify === "checksum") await assertCountsChecksums(session, target, verifying);
    try {
      const reply = await this.#send(session, target, offset);
      // A data connection that is cut cleanly looks like the end of the file to the server, and a
      // marker may be taken and not heeded.
      if (verify || this.#isLasting || this.#options.atomic || offset > this.#start) {
        await verifySize(session, target, this.#meter.transferred, verifying);
      }
      if (verify === "checksum") {
        const hash: Hash = (algorithm) => this.#source.hash(algorithm);
        await verifyChecksum(session, target, hash, { ...verifying, offset: this.#start });
      }
      return reply;
    } catch (error) {
      rethrowIfCancelled(error, this.#wait.signal);
      this.#isSpoilt ||= isUnlike(error);
      if (offset === this.#start || !(isUnlike(error) || this.#wasRefused(error, offset))) {
        throw error;
      }
      this.#isSpoilt = true;
      return await this.#store(session, target, this.#start);
    }
  }

  /** Sends what follows a byte, by `REST`, or by `APPE` where the server does not know that. */
  async #send(session: Session, target: string, offset: number): Promise<Reply> {
    const verb = this.#options.append ? "APPE" : "STOR";
    try {
      return await this.#transfer(session, `${verb} ${target}`, { offset, restart: offset > 0 });
    } catch (error) {
      rethrowIfCancelled(error, this.#wait.signal);
      if (offset === this.#start || !refusesRestart(error)) throw error;
      return await this.#transfer(session, `APPE ${target}`, { offset, restart: false });
    }
  }

  async #transfer(
    session: Session,
    command: string,
    where: { offset: number; restart: boolean },
  ): Promise<Reply> {
    const { offset } = where;
    this.#before = Math.min(this.#before ?? offset, offset);
    this.#meter.transferred = offset;
    this.#hasBegun = true;
    try {
      return await this.#source.store(session, {
        command,
        ...where,
        meter: this.#meter,
        throttle: this.#throttle,
        ...this.#wait,
      });
    } finally {
      this.#sent = this.#meter.transferred;
      this.furthest = Math.max(this.furthest, this.#sent);
    }
  }

  /** Whether the server did not let it go on, and has not taken a byte. */
  #wasRefused(error: unknown, offset: number): boolean {
    if (!(error instanceof FTPError) || this.#meter.transferred > offset) return false;
    // ProFTPD takes the marker, and then refuses with 451 what it is not configured for.
    return error.code !== undefined && (error.code === 451 || error.code >= 500);
  }

  async #preserve(session: Session, target: string): Promise<void> {
    if (!this.#options.preserveModified) return;
    const { modified } = this.#looked ?? await this.#source.look() ?? {};
    if (modified === undefined) return;
    try {
      await setModified(session, target, modified, this.#wait);
    } catch (error) {
      rethrowIfCancelled(error, this.#wait.signal);
      // The file is there, and has the time at which it came.
      if (!(error instanceof UnsupportedError || error instanceof ErrorPerm)) throw error;
    }
  }

  /** Whether the file got its name, and only the answer was lost. */
  async #isInPlace(session: Session): Promise<boolean> {
    if (this.#target === this.#path) return false;
    const total = this.#meter.transferred;
    const temporary = await remoteFile(session, this.#target!, this.#wait);
    if (temporary.size !== undefined) return false;
    const placed = await remoteFile(session, this.#path, this.#wait);
    return placed.size === total;
  }
}

/** Whether the file on the server is no beginning of what is sent. */
function isUnlike(error: unknown): boolean {
  return error instanceof VerifyError ||
    error instanceof TruncatedError && error.origin === "peer";
}

function isSame(
  before: { size: number; modified?: Date } | undefined,
  now: { size: number; modified?: Date } | undefined,
): boolean {
  return before?.size === now?.size &&
    before?.modified?.getTime() === now?.modified?.getTime();
}

function checkOptions(options: UploadFromOptions, source: StoreSource, policy: RetryPolicy): void {
  const { append = false, offset = 0, verify = false, atomic = false, resume = false } = options;
  restCommand(offset);
  const refuse = (what: string, why: string): never => {
    throw new TypeError(`Cannot ${what}: ${why}`);
  };
  if (append) {
    const why = "where the bytes go is the server's choice";
    if (offset > 0) refuse("append with offset", why);
    if (verify) refuse("append with verify", why);
    if (resume) refuse("append with resume", why);
    if (atomic) refuse("append with atomic", "the file that is there would be replaced");
    if (policy.attempts > 0) refuse("append with retries", "it could append twice");
  }
  if (offset > 0) {
    const why = "the bytes before the offset would be missing";
    if (atomic) refuse("upload from an offset with atomic", why);
    if (resume) refuse("upload from an offset with resume", "both say where it begins");
  }
  if (verify === "checksum" && !source.isLasting) {
    refuse("verify this source by checksum", "a stream cannot be read again");
  }
  if (policy.attempts > 0 && !source.isLasting) {
    refuse(
      "upload this source with retries",
      "a stream cannot be sent again; give a Uint8Array or a string, or use uploadFrom",
    );
  }
}
