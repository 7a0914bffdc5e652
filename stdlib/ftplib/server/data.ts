/**
 * The server's end of FTP's data connections, passive ones (RFC 959 §3.2,
 * RFC 1123 §4.1.2.6, RFC 2577 §3). Active ones are in `active.ts`.
 *
 * A listener takes one connection, from the address that the control connection
 * comes from, and closes: nobody else can take or inject a file.
 *
 * @module
 */

import { interruptible } from "../../../loop/wait.ts";
import type { ByteStream } from "../../../net/byte_stream.ts";
import type { Listen, Listener } from "../../../net/listener.ts";
import { unmapped } from "../../../protocols/text/ip.ts";
import { FTPReplyError } from "./errors.ts";

/** Where the next data connection comes from. */
export interface DataPort {
  /**
   * Gives the connection, as soon as it is there.
   *
   * @throws {FTPReplyError} 425, if it does not come in time.
   */
  connection(): Promise<ByteStream>;
  /** Waits no more, and closes a connection that nobody has taken. */
  close(): void;
}

/** Where passive listeners open. */
export interface PassiveOptions {
  /** What opens a port. */
  listen: Listen;
  /** The address that the client reached the server by. */
  hostname: string;
  /** The only address that may connect; any where absent. */
  peer?: string;
  /** The first and last port to try; any where absent. */
  ports?: readonly [number, number];
  /** How long to wait for the client, in milliseconds. */
  timeout: number;
}

/** One listener, for one data connection. */
export class PassivePort implements DataPort {
  /** The port that the client has to connect to. */
  readonly port: number;
  readonly #listener: Listener;
  readonly #peer: string | undefined;
  readonly #timeout: number;
  readonly #stream: Promise<ByteStream | undefined>;
  #closed = false;

  private constructor(listener: Listener, options: PassiveOptions) {
    this.#listener = listener;
    this.#peer = options.peer === undefined ? undefined : unmapped(options.peer);
    this.#timeout = options.timeout;
    this.port = listener.address.port;
    // At once: a stranger in the queue must not keep the client out.
    this.#stream = this.#accept();
    // A failure is told where the connection is asked for, which may be never.
    this.#stream.catch(() => {});
  }

  /**
   * Listens.
   *
   * @param options Where, and for whom.
   * @throws {FTPReplyError} 425, if no port is free.
   */
  static open(options: PassiveOptions): PassivePort {
    const [first, last] = options.ports ?? [0, 0];
    // Beginning anywhere in the range makes the next port hard to foresee.
    const size = last - first + 1;
    const start = Math.floor(Math.random() * size);
    for (let tried = 0; tried < size; tried++) {
      const port = first + (start + tried) % size;
      try {
        return new PassivePort(options.listen({ hostname: options.hostname, port }), options);
      } catch (error) {
        if ((error as { code?: string }).code !== "EADDRINUSE") throw error;
      }
    }
    throw new FTPReplyError(425, "No port is free for a data connection");
  }

  /**
   * Gives the connection, as soon as the client has made it.
   *
   * @throws {FTPReplyError} 425, if it does not in time.
   */
  async connection(): Promise<ByteStream> {
    const late = () => new FTPReplyError(425, "No data connection came");
    try {
      const stream = await interruptible(this.#stream, {
        timeout: this.#timeout,
        timeoutError: late,
      });
      if (!stream) throw late();
      this.#closed = true;
      return stream;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Stops listening, and closes a connection that nobody has taken. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener.close();
    this.#stream.then((stream) => stream?.close(), () => {});
  }

  async #accept(): Promise<ByteStream | undefined> {
    try {
      for (let stream; (stream = await this.#listener.accept()) !== null;) {
        if (this.#peer === undefined) return stream;
        if (unmapped(stream.remoteAddress.hostname) === this.#peer) return stream;
        stream.close();
      }
      return undefined;
    } finally {
      this.#listener.close();
    }
  }
}
