/**
 * A socket of `node:net` as a stream of bytes, for what `Deno.connect` cannot
 * do.
 *
 * @module
 */

import type { Socket } from "node:net";
import type { Address, ByteStream } from "../byte_stream.ts";
import { fromNative } from "../native_errors.ts";

/** A connection over TCP, by `node:net`. */
export class SocketStream implements ByteStream {
  /** This side. */
  readonly localAddress: Address;
  /** The other side. */
  readonly remoteAddress: Address;
  readonly #socket: Socket;
  #rest: Uint8Array | null = null;
  #failure: { readonly error: unknown } | null = null;
  #ended = false;
  #closed = false;
  #wake: () => void = () => {};

  /**
   * Takes over a socket.
   *
   * @param socket The socket: connected, and not read from.
   */
  constructor(socket: Socket) {
    this.#socket = socket;
    this.localAddress = addressOf(socket.localAddress, socket.localPort);
    this.remoteAddress = addressOf(socket.remoteAddress, socket.remotePort);
    socket.on("readable", () => this.#wake());
    socket.on("end", () => {
      this.#ended = true;
      this.#wake();
    });
    socket.on("error", (error) => {
      this.#failure ??= { error };
      this.#wake();
    });
    socket.on("close", () => this.#wake());
  }

  /** Reads what has arrived. */
  async read(buffer: Uint8Array): Promise<number | null> {
    for (;;) {
      const chunk: Uint8Array | null = this.#closed ? null : this.#rest ?? this.#socket.read();
      if (chunk !== null) {
        const piece = chunk.subarray(0, buffer.length);
        buffer.set(piece);
        this.#rest = piece.length < chunk.length ? chunk.subarray(piece.length) : null;
        return piece.length;
      }
      if (this.#failure !== null) throw this.#named(this.#failure.error, "read from");
      if (this.#ended) return null;
      if (this.#socket.destroyed) throw this.#named(closedHere(), "read from");
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  /** Writes bytes, all of them. */
  write(data: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(this.#named(closedHere(), "write to"));
      this.#socket.write(data, (error) => {
        if (error) reject(this.#named(this.#closed ? closedHere() : error, "write to"));
        else resolve(data.length);
      });
    });
  }

  /** Ends our direction. */
  closeWrite(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(this.#named(closedHere(), "end writing to"));
      this.#socket.end((error?: Error) => {
        if (error) reject(this.#named(error, "end writing to"));
        else resolve();
      });
    });
  }

  /** Closes both directions at once. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.destroy();
    this.#wake();
  }

  #named(error: unknown, doing: string): unknown {
    return fromNative(error, doing, this.remoteAddress);
  }
}

/** What Deno's own connections say in that case. */
function closedHere(): Error {
  return Object.assign(new Error("The socket was closed"), { code: "EBADF" });
}

function addressOf(hostname = "", port = 0): Address {
  return { hostname, port, transport: "tcp" };
}
