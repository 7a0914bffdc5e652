/**
 * Uploads: bytes of whatever source, written block by block.
 *
 * @module
 */

import { interruptible, type WaitOptions } from "../../loop/wait.ts";
import { command, restCommand } from "../../protocols/ftp/commands.ts";
import type { Reply } from "../../protocols/text/reply.ts";
import { restOf } from "./callback.ts";
import { DataTransfer, type TransferRequest } from "./data_transfer.ts";
import { quoteCommand, TruncatedError } from "./errors.ts";
import { ProgressMeter } from "./progress.ts";
import type { Session } from "./session.ts";
import type { Uploaded, UploadOptions, UploadSource } from "./types.ts";

/**
 * Stores a file, as `FTP.upload` does.
 *
 * @param session The session.
 * @param path The file on the server.
 * @param source The bytes.
 * @param options Where in the file they go, whom to tell.
 * @returns What came of it.
 */
export async function upload(
  session: Session,
  path: string,
  source: UploadSource,
  options: UploadOptions,
): Promise<Uploaded> {
  const cmd = storeCommand(session, path, options);
  const { offset = 0, onProgress, signal, timeout } = options;
  const bytes = typeof source === "string" ? new TextEncoder().encode(source) : source;
  const meter = new ProgressMeter(onProgress, offset);
  if (bytes instanceof Uint8Array) meter.total = offset + bytes.length;
  const request = { command: cmd, type: "I", offset, meter, signal, timeout } as const;
  const reply = await uploadAll(session, bytes, request);
  if (options.verify) await verifyStored(session, path, meter.transferred, request);
  return { transferred: meter.transferred - offset, reply };
}

/**
 * Builds the command of an upload, and checks what was asked for.
 *
 * @param session The session.
 * @param path The file on the server.
 * @param options Where in the file the bytes go.
 * @returns The command.
 * @throws {TypeError} If the path cannot be sent, or `append` comes with `offset` or `verify`.
 * @throws {RangeError} If the offset is no whole number of at least 0.
 */
export function storeCommand(session: Session, path: string, options: UploadOptions): string {
  const { append = false, offset = 0, verify = false } = options;
  restCommand(offset);
  if (append && (offset > 0 || verify)) {
    throw new TypeError(
      `Cannot append with ${
        verify ? "verify" : "offset"
      }: where the bytes go is the server's choice`,
    );
  }
  return command(append ? "APPE" : "STOR", path, session.options.encoding);
}

/**
 * Compares the size on the server with what was sent.
 *
 * @param session The session.
 * @param path The file on the server.
 * @param size How many bytes the file shall have.
 * @param request The upload.
 * @throws {TruncatedError} If it has another size. A server that does not tell is believed.
 */
export async function verifyStored(
  session: Session,
  path: string,
  size: number,
  request: WaitOptions & { command: string },
): Promise<void> {
  const turn = await session.begin(request.command, request);
  try {
    const stored = await session.sizeOf(path, request);
    if (stored === undefined || stored === size) return;
    throw new TruncatedError(
      `${quoteCommand(request.command)}: the server reported success, but its file has ${stored} ` +
        `bytes instead of ${size}`,
      stored,
      size,
      { command: request.command, origin: "peer" },
    );
  } finally {
    turn.end();
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
  const blocksize = request.blocksize ?? BLOCK;
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
    request.meter?.finish();
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
  { meter, callback, signal }: UploadRequest,
): Promise<void> {
  for (let from = 0; from < bytes.length; from += blocksize) {
    const block = bytes.subarray(from, from + blocksize);
    await transfer.write(block);
    meter?.add(block.length);
    if (callback) await restOf(callback(block), { signal });
  }
}
