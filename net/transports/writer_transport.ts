/**
 * The transport of a stream that is read when somebody asks: what Python's
 * `StreamWriter.transport` is good for, as far as that goes without a protocol.
 *
 * @module
 */

import { NotImplementedError } from "../../loop/exceptions.ts";
import { extraInfo } from "./extra_info.ts";
import type { Outgoing } from "../streams/outgoing.ts";
import type { AnyProtocol, WriteBufferLimits, WriteTransport } from "./transports.ts";
import { setLimits } from "./write_limits.ts";

/** A view of the writing half of a connection. */
export class WriterTransport implements WriteTransport {
  readonly #outgoing: Outgoing;

  /**
   * Shows a connection.
   *
   * @param outgoing Its writing half.
   */
  constructor(outgoing: Outgoing) {
    this.#outgoing = outgoing;
  }

  /** Tells what is known about the connection. */
  // deno-lint-ignore no-explicit-any -- as in BaseTransport
  getExtraInfo(name: string, fallback?: any): any {
    const info = extraInfo(this.#outgoing.stream, name);
    return info === undefined ? fallback : info;
  }

  /** Whether it is closed, or about to be. */
  isClosing(): boolean {
    return this.#outgoing.isClosing;
  }

  /** Closes it, after what was written. */
  close(): void {
    this.#outgoing.close();
  }

  /** Closes it at once, without what is not sent yet. */
  abort(): void {
    this.#outgoing.abort();
  }

  /** @throws {NotImplementedError} A stream has no protocol. */
  getProtocol(): AnyProtocol {
    throw new NotImplementedError(NO_PROTOCOL);
  }

  /** @throws {NotImplementedError} A stream has no protocol. */
  setProtocol(_protocol: AnyProtocol): void {
    throw new NotImplementedError(NO_PROTOCOL);
  }

  /** Writes, without waiting. */
  write(data: Uint8Array | string): void {
    this.#outgoing.write(data);
  }

  /** Writes several pieces. */
  writelines(pieces: Iterable<Uint8Array | string>): void {
    for (const piece of pieces) this.write(piece);
  }

  /** Ends our direction after what was written; the peer can still send. */
  writeEof(): void {
    this.#outgoing.writeEof();
  }

  /** Whether `writeEof` is possible: it always is, with TLS too. */
  canWriteEof(): boolean {
    return true;
  }

  /** How much is unsent, in bytes. */
  getWriteBufferSize(): number {
    return this.#outgoing.size;
  }

  /** Between which amounts of unsent bytes `drain` waits. */
  getWriteBufferLimits(): { readonly low: number; readonly high: number } {
    return this.#outgoing.waterMarks;
  }

  /** Sets them; what is not given follows from the other, as in Python. */
  setWriteBufferLimits(limits?: WriteBufferLimits): void {
    setLimits(this.#outgoing, limits);
  }
}

const NO_PROTOCOL = "A stream is read when somebody asks, and has no protocol: for one that is " +
  "told of everything, use createConnection() or createServer()";
