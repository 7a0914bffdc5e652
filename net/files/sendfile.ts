/**
 * Sending files: Python's `loop.sendfile`.
 *
 * @module
 */

import { RuntimeError } from "../../loop/exceptions.ts";
import type { WaitOptions } from "../../loop/wait.ts";
import { checkLimit } from "../../protocols/limits.ts";
import { AsyncFile } from "./async_file.ts";
import { SendfileProtocol } from "./sendfile_protocol.ts";
import { StreamTransport } from "../transports/stream_transport.ts";
import { StreamWriter } from "../streams/stream_writer.ts";
import type { WriteTransport } from "../transports/transports.ts";

/** The system cannot send the file by itself, and was not to be helped. */
export class SendfileNotAvailableError extends RuntimeError {
  /** The name of the class. */
  override readonly name: string = "SendfileNotAvailableError";
}

/** Options of {@linkcode sendfile}. Without `timeout`, a wait for the peer is as long as the writer's. */
export interface SendfileOptions extends WaitOptions {
  /**
   * The first byte to send.
   *
   * @default {0}
   */
  offset?: number;
  /**
   * How many bytes to send at most.
   *
   * @default all until the end of the file
   */
  count?: number;
  /**
   * Whether the file is read and written by us: Deno has no way to let the system do it.
   *
   * @default {true}
   */
  fallback?: boolean;
}

/**
 * Sends a file, as fast as the peer takes it.
 *
 * After what was written before, and before what is written afterwards. While it is sent, a
 * transport refuses other writes, and its protocol is told of no bytes; with a writer, nobody else
 * may write.
 *
 * @param target Where to: a transport, or a writer.
 * @param file The file, open to be read. Its position is behind the last byte that was sent, also
 * where sending fails.
 * @param options Which part, and what may end the wait.
 * @returns How many bytes were sent. The last of them may still be on their way.
 * @throws {RangeError} If the offset or the count is no whole number, or too small.
 * @throws {RuntimeError} If the transport is closing, or is none for a stream of bytes.
 * @throws {SendfileNotAvailableError} If `fallback` is `false`.
 * @throws {ConnectionError} If the connection breaks, or is closed.
 * @throws {OSError} If the file cannot be read.
 * @throws {TimeoutError} If the peer takes nothing for `timeout` milliseconds.
 *
 * @example Send a part of a file
 * ```ts
 * import { openFile } from "https://tulip.example/net/files/files.ts";
 * import { memoryPair } from "https://tulip.example/net/memory.ts";
 * import { sendfile } from "https://tulip.example/net/files/sendfile.ts";
 * import { StreamReader } from "https://tulip.example/net/streams/stream_reader.ts";
 * import { StreamWriter } from "https://tulip.example/net/streams/stream_writer.ts";
 * import assert from "node:assert/strict";
 *
 * const path = await Deno.makeTempFile();
 * await Deno.writeTextFile(path, "0123456789");
 * const [near, far] = memoryPair();
 * const writer = new StreamWriter(near);
 * {
 *   await using file = await openFile(path);
 *   assert.equal(await sendfile(writer, file, { offset: 2, count: 3 }), 3);
 *   assert.equal(await file.tell(), 5);
 * }
 * writer.close();
 * const sent = await new StreamReader({ source: far }).read();
 * assert.equal(new TextDecoder().decode(sent), "234");
 * await Deno.remove(path);
 * ```
 */
export async function sendfile(
  target: WriteTransport | StreamWriter,
  file: AsyncFile | Deno.FsFile,
  options: SendfileOptions = {},
): Promise<number> {
  const { offset = 0, fallback = true } = options;
  if (!(Number.isSafeInteger(offset) && offset >= 0)) {
    throw new RangeError(`Cannot send from ${offset} on: need a whole number of at least 0`);
  }
  const count = checkLimit("count", options.count, Infinity, { allowInfinity: true });
  if (target.isClosing()) throw new RuntimeError("Cannot send a file: the transport is closing");
  if (!(target instanceof StreamWriter || target instanceof StreamTransport)) {
    throw new RuntimeError("Sending a file is not supported for this kind of transport");
  }
  if (!fallback) {
    throw new SendfileNotAvailableError(
      "The system's sendfile is not supported: Deno has no way to call it, and fallback is false",
    );
  }
  const source = file instanceof AsyncFile ? file : new AsyncFile(file, "the file");
  if (target instanceof StreamWriter) {
    return await copy(source, offset, count, options, {
      write: (data) => target.write(data),
      drain: (wait) => target.drain(wait),
    });
  }
  using protocol = new SendfileProtocol(target);
  return await copy(source, offset, count, options, protocol);
}

/** Where the pieces of a file go. */
interface Sink {
  write(data: Uint8Array): void;
  drain(options?: WaitOptions): PromiseLike<void>;
}

const PIECE = 131_072;

async function copy(
  file: AsyncFile,
  offset: number,
  count: number,
  { signal, timeout }: WaitOptions,
  sink: Sink,
): Promise<number> {
  const wait = { signal, timeout };
  await file.seek(offset, 0, wait);
  let sent = 0;
  try {
    while (sent < count) {
      const piece = new Uint8Array(Math.min(PIECE, count - sent));
      const length = await file.readInto(piece, wait);
      if (length === null) break;
      await sink.drain(wait);
      sink.write(piece.subarray(0, length));
      sent += length;
    }
    await sink.drain(wait);
    return sent;
  } finally {
    if (!file.closed) await file.seek(offset + sent);
  }
}
