/**
 * Uploads: bytes of whatever source, written block by block.
 *
 * @module
 */

import { interruptible, type WaitOptions } from "../../loop/wait.ts";
import type { HashAlgorithm } from "../../protocols/ftp/checksums.ts";
import type { Reply } from "../../protocols/text/reply.ts";
import { restOf } from "./callback.ts";
import { DataTransfer, type TransferRequest } from "./data_transfer.ts";
import type { ProgressMeter } from "./progress.ts";
import type { Session } from "./session.ts";
import type { StoreRequest, StoreSource } from "./store.ts";
import type { Throttle } from "./throttle.ts";
import type { UploadSource } from "./types.ts";

/** Bytes of memory, or of a stream, that are stored as `FTP.upload` does. */
export class UploadedBytes implements StoreSource {
  /** Bytes in memory can be sent again, a stream cannot. */
  readonly isLasting: boolean;
  readonly #bytes: Uint8Array | AsyncIterable<Uint8Array>;
  readonly #offset: number;

  /**
   * Takes what the caller gives.
   *
   * @param source The bytes.
   * @param offset Where in the file on the server the first of them goes.
   */
  constructor(source: UploadSource, offset = 0) {
    this.#bytes = typeof source === "string" ? new TextEncoder().encode(source) : source;
    this.#offset = offset;
    this.isLasting = this.#bytes instanceof Uint8Array;
  }

  /** How large the file will be, if that is known. */
  look(): Promise<{ size: number } | undefined> {
    const size = this.#size();
    return Promise.resolve(size === undefined ? undefined : { size });
  }

  /** Counts its checksum; of bytes in memory only. */
  async hash(algorithm: HashAlgorithm, length?: number): Promise<string> {
    const { hasher } = await import("./hashes.ts");
    const hash = await hasher(algorithm);
    hash.update((this.#bytes as Uint8Array).subarray(0, length));
    return hash.hex();
  }

  /** Sends it, or what follows a byte of it. */
  async store(session: Session, request: StoreRequest): Promise<Reply> {
    const { offset, restart, meter } = request;
    meter.total = this.#size();
    const bytes = this.#bytes instanceof Uint8Array
      ? this.#bytes.subarray(offset - this.#offset)
      : this.#bytes;
    return await uploadAll(session, bytes, {
      ...request,
      type: "I",
      offset: restart ? offset : undefined,
    });
  }

  #size(): number | undefined {
    return this.#bytes instanceof Uint8Array ? this.#offset + this.#bytes.length : undefined;
  }
}

/** How an upload is done. */
export interface UploadRequest extends WaitOptions {
  /** The command: STOR, APPE, STOU, with its argument. */
  command: string;
  /** How the bytes are represented. */
  type: "A" | "I";
  /** Where in the file they go. */
  offset?: number;
  /** The most bytes that are handed to the connection at once. */
  blocksize?: number;
  /** Counts what was sent. */
  meter?: ProgressMeter;
  /** Holds it up. */
  throttle?: Throttle;
  /** Called with each block after it was sent. */
  callback?: (block: Uint8Array) => void | PromiseLike<void>;
  /** Whether the caller's code runs while bytes are sent; unless given, told by the source. */
  interactive?: boolean;
}

/** The most bytes that are handed to the connection at once, unless told otherwise. */
const BLOCK = 262_144;

/**
 * Uploads all that a source gives.
 *
 * @param session The session.
 * @param source The bytes.
 * @param request How.
 * @returns The reply that ended the upload.
 * @throws {TypeError} If the source gives something else than bytes.
 */
export async function uploadAll(
  session: Session,
  source: UploadSource,
  request: UploadRequest,
): Promise<Reply> {
  const blocksize = request.blocksize ?? Math.min(BLOCK, request.throttle?.piece ?? BLOCK);
  const bytes = typeof source === "string" ? new TextEncoder().encode(source) : source;
  // Nothing of the caller's runs while bytes are written that lie there already.
  const interactive = request.interactive ??
    (!(bytes instanceof Uint8Array) || request.callback !== undefined);
  const chunks = bytes instanceof Uint8Array ? undefined : iteratorOf(bytes);
  const transfer = await DataTransfer.begin(session, transferRequest(request, interactive))
    .catch((error) => {
      if (chunks !== undefined) giveUp(chunks);
      throw error;
    });
  let done = false;
  try {
    if (chunks === undefined) await writeBlocks(transfer, bytes as Uint8Array, blocksize, request);
    else await writeChunks(transfer, chunks, blocksize, request);
    const reply = await transfer.finishWriting();
    done = true;
    return reply;
  } finally {
    if (!done) transfer.breakOff();
  }
}

function transferRequest(request: UploadRequest, interactive: boolean): TransferRequest {
  const { command, type, offset, signal, timeout } = request;
  return { command, type, offset, signal, timeout, interactive };
}

function iteratorOf(source: Exclude<UploadSource, string | Uint8Array>): AsyncIterator<Uint8Array> {
  if (typeof source?.[Symbol.asyncIterator] !== "function") {
    throw new TypeError(
      "Cannot upload this source: need a Uint8Array, a string, or an async iterable of " +
        "Uint8Arrays, such as a ReadableStream",
    );
  }
  return source[Symbol.asyncIterator]();
}

/** A source may keep us waiting as long as it likes; cancellation ends the wait. */
async function writeChunks(
  transfer: DataTransfer,
  chunks: AsyncIterator<Uint8Array>,
  blocksize: number,
  request: UploadRequest,
): Promise<void> {
  let exhausted = false;
  try {
    for (;;) {
      const { done, value } = await interruptible(chunks.next(), { signal: request.signal });
      if (done) {
        exhausted = true;
        return;
      }
      if (!(value instanceof Uint8Array)) {
        throw new TypeError(`Cannot upload a chunk of type ${typeof value}: need a Uint8Array`);
      }
      await writeBlocks(transfer, value, blocksize, request);
    }
  } finally {
    if (!exhausted) giveUp(chunks);
  }
}

/** Lets go of what is left of a source. Not awaited: one that hangs must not hold us. */
function giveUp(chunks: AsyncIterator<Uint8Array>): void {
  Promise.try(() => chunks.return?.()).catch(() => {});
}

async function writeBlocks(
  transfer: DataTransfer,
  bytes: Uint8Array,
  blocksize: number,
  { meter, throttle, callback, signal }: UploadRequest,
): Promise<void> {
  for (let from = 0; from < bytes.length; from += blocksize) {
    const block = bytes.subarray(from, from + blocksize);
    await transfer.write(block);
    meter?.add(block.length);
    if (throttle) await throttle.take(block.length, { signal });
    if (callback) await restOf(callback(block), { signal });
  }
}
