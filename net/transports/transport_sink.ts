/**
 * A transport as a place where a stream writer puts its bytes.
 *
 * @module
 */

import type { Address, ByteStream } from "../byte_stream.ts";
import { ConnectionResetError, OSError } from "../errors.ts";
import type { Transport } from "./transports.ts";

/** Takes bytes for a transport, as fast as the transport can send them. */
export class TransportSink implements ByteStream {
  /** The transport. */
  readonly transport: Transport;
  /** Resolved when the connection is lost. */
  readonly closed: Promise<void>;
  readonly #close: () => void;
  #lost: { readonly error: unknown } | null = null;
  #paused: PromiseWithResolvers<void> | null = null;

  /**
   * Writes to a transport.
   *
   * @param transport The transport. Its protocol passes on what it is told.
   */
  constructor(transport: Transport) {
    this.transport = transport;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    this.#close = resolve;
  }

  /** What broke the connection, wrapped; `null` where nothing did. */
  get failure(): { readonly error: unknown } | null {
    return this.#lost !== null && this.#lost.error !== null ? this.#lost : null;
  }

  /** This side. */
  get localAddress(): Address {
    return this.transport.getExtraInfo("sockname", NOWHERE);
  }

  /** The other side. */
  get remoteAddress(): Address {
    return this.transport.getExtraInfo("peername", NOWHERE);
  }

  /** The transport cannot send any more. */
  pauseWriting(): void {
    this.#paused ??= Promise.withResolvers();
  }

  /** The transport can send again. */
  resumeWriting(): void {
    this.#paused?.resolve();
    this.#paused = null;
  }

  /** The connection is closed; `null` where it was ended in order. */
  connectionLost(error: unknown): void {
    this.#lost = { error };
    this.resumeWriting();
    this.#close();
  }

  /** Writes all of it, and waits until there may be more. */
  async write(data: Uint8Array): Promise<number> {
    if (this.#lost === null) {
      // The transport may keep it until it is sent, and the writer uses its memory again.
      this.transport.write(data.slice());
      await this.#paused?.promise;
    }
    if (this.#lost !== null) throw this.#lost.error ?? connectionLost();
    return data.length;
  }

  /** Ends our direction after what was written. */
  closeWrite(): Promise<void> {
    this.transport.writeEof();
    return Promise.resolve();
  }

  /** Closes the transport, after what was written. */
  close(): void {
    this.transport.close();
  }

  /** What comes goes to the protocol. */
  read(_buffer: Uint8Array): Promise<number | null> {
    return Promise.reject(new OSError("Cannot read from a transport: it tells its protocol"));
  }
}

const NOWHERE: Address = { hostname: "", port: 0, transport: "memory" };

function connectionLost(): ConnectionResetError {
  return new ConnectionResetError("The connection was lost before all was written");
}
