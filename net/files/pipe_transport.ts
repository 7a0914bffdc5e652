/**
 * The transport of a pipe, which has one direction.
 *
 * @module
 */

import type { FileStream } from "./file_stream.ts";
import type { StreamProtocol } from "../transports/push_reader.ts";
import { StreamTransport } from "../transports/stream_transport.ts";

/** Moves bytes from or to a pipe, and tells a protocol. */
export class PipeTransport extends StreamTransport {
  readonly #pipe: unknown;

  /**
   * Takes over a pipe. The protocol's `connectionMade` follows.
   *
   * @param stream The pipe; nobody else may read, write or close it from now on.
   * @param protocol Who is told what happens.
   * @param pipe What `getExtraInfo("pipe")` tells.
   */
  constructor(stream: FileStream, protocol: StreamProtocol, pipe: unknown) {
    // Whoever reads a pipe may take their time: a person does, who turns pages.
    super(stream, protocol, { oneWay: true, closeTimeout: Infinity });
    this.#pipe = pipe;
  }

  /**
   * Tells what is known about the pipe.
   *
   * @param name `"pipe"`, the open file.
   * @param fallback What to return for what is not known.
   */
  // deno-lint-ignore no-explicit-any
  override getExtraInfo(name: string, fallback?: any): any {
    return name === "pipe" ? this.#pipe : fallback;
  }

  /** Closes it, after what was written: a pipe has no other direction that could stay open. */
  override writeEof(): void {
    this.close();
  }
}
