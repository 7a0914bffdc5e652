/**
 * What a scripted peer needs of a connection and of a place to wait for connections. A stream of
 * `net/memory.ts`, a socket and a TLS connection all fit.
 *
 * @module
 */

import type { Identity } from "./certs.ts";

/** One connection, as the peer holds it. */
export interface Pipe {
  /** Waits for bytes; `null` at the end. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** May take fewer bytes than it is given. */
  write(data: Uint8Array): Promise<number>;
  /** Ends this side cleanly. */
  closeWrite(): Promise<void>;
  /** Gives the connection up; a second call does nothing. */
  close(): void;
  /** Ends the connection so that the other side sees a reset. */
  reset(): void;
  /** Answers a TLS handshake, where the place can; with a certificate that holds if none is given. */
  answerTls?(identity?: Identity): Promise<Pipe>;
  /** Ends an encrypted connection without saying so inside of it, as whoever is in between may. */
  truncate?(): Promise<void>;
}

/** A place where connections arrive, one after the other. */
export interface Listening {
  /** Where the client has to dial. */
  readonly port: number;
  /** The next connection. Rejects when the place is closed. */
  accept(): Promise<Pipe>;
  /** No more connections; those that nobody took are closed. */
  close(): void;
}

/** Where a peer lives: in memory or on loopback sockets. */
export interface Stage {
  /** The address, as PASV gives it. */
  readonly address: string;
  /** Opens a place for connections. */
  listen(): Promise<Listening>;
  /** Lets the client act on what was sent so far. */
  turn(): Promise<void>;
  /** How long what the client did last may take to be seen here, in milliseconds. */
  readonly patience: number;
}

/** Writes all of it. */
export async function writeAll(pipe: Pipe, data: Uint8Array): Promise<void> {
  while (data.length > 0) data = data.subarray(await pipe.write(data));
}

/** Takes lines and bytes from a pipe, and remembers what came. */
export class PipeReader {
  readonly #pipe: Pipe;
  readonly #buffer = new Uint8Array(16_384);
  #text = "";
  /** Everything that was read, a character for a byte. */
  received = "";

  constructor(pipe: Pipe) {
    this.#pipe = pipe;
  }

  /** The next line with its line end, what there is of it at the end, or `null`. */
  async line(): Promise<string | null> {
    let from = 0;
    for (;;) {
      const end = this.#text.indexOf("\n", from);
      if (end >= 0) return this.#take(end + 1);
      from = this.#text.length;
      if (!await this.#fill()) return this.#text === "" ? null : this.#take(from);
    }
  }

  /** All that comes until the other side ends. */
  async rest(): Promise<string> {
    while (await this.#fill());
    return this.#take(this.#text.length);
  }

  /** What is here already, unread. */
  get pending(): string {
    return this.#text;
  }

  #take(count: number): string {
    const taken = this.#text.slice(0, count);
    this.#text = this.#text.slice(count);
    return taken;
  }

  async #fill(): Promise<boolean> {
    // A connection that is broken is at its end, as far as a script is concerned.
    const count = await this.#pipe.read(this.#buffer).catch(() => null);
    if (count === null) return false;
    let text = "";
    for (const byte of this.#buffer.subarray(0, count)) text += String.fromCharCode(byte);
    this.received += text;
    this.#text += text;
    return true;
  }
}
