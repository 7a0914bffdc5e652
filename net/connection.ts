/**
 * A connection: a reader and a writer over one stream of bytes.
 *
 * @module
 */

import { rethrowIfCancelled, RuntimeError, TimeoutError } from "../loop/exceptions.ts";
import { checkTimeout, DEFAULT_TIMEOUT, interruptible } from "../loop/wait.ts";
import type { Address, ByteStream, StartTlsOptions } from "./byte_stream.ts";
import { ConnectionAbortedError, SSLError } from "./errors.ts";
import { hostAndPort } from "./native_errors.ts";
import { StreamReader } from "./stream_reader.ts";
import { StreamWriter } from "./stream_writer.ts";
import { UpgradableStream } from "./upgradable_stream.ts";

/** Options of {@linkcode Connection}. */
export interface ConnectionOptions {
  /**
   * The longest line, or piece before a separator, in bytes.
   *
   * @default {65_536}
   */
  limit?: number;
  /**
   * How long a call lets the peer be silent where it does not say itself, in milliseconds.
   *
   * @default {Infinity}
   */
  timeout?: number;
  /**
   * The name by which the peer was reached, which its certificate must hold.
   *
   * @default the host name of the remote address
   */
  hostname?: string;
}

/**
 * A reader and a writer that belong together.
 *
 * `await using` sends what was written, and closes; {@linkcode Connection.close}
 * closes at once.
 */
export class Connection implements AsyncDisposable {
  /** Reads what the peer sends. */
  readonly reader: StreamReader;
  /** Writes to the peer. */
  readonly writer: StreamWriter;
  readonly #stream: UpgradableStream;
  readonly #hostname: string;

  /**
   * Takes over a stream of bytes.
   *
   * @param stream The stream; nobody else may read, write or close it from now on.
   * @param options Limits.
   * @throws {RangeError} If a limit is no number above 0.
   */
  constructor(stream: ByteStream, options: ConnectionOptions = {}) {
    const { limit, timeout } = options;
    this.#stream = new UpgradableStream(stream);
    this.#hostname = options.hostname ?? stream.remoteAddress.hostname;
    this.reader = new StreamReader({ source: this.#stream, limit, timeout });
    this.writer = new StreamWriter(this.#stream, {
      timeout,
      // The peer's last words are read first; then the reader says what happened.
      onError: (error) => this.reader._failAtEnd(error),
      startTls: (options) => this.startTls(options),
    });
  }

  /** This side. */
  get localAddress(): Address {
    return this.#stream.localAddress;
  }

  /** The other side. */
  get remoteAddress(): Address {
    return this.#stream.remoteAddress;
  }

  /** Whether the connection is encrypted. */
  get tls(): boolean {
    return this.#stream.tls;
  }

  /** Whether the connection is closed, or about to be, on our side. */
  get closed(): boolean {
    return this.writer.isClosing();
  }

  /**
   * Upgrades the connection to TLS as a client, in place, after what was written: reader and
   * writer go on, encrypted. If it fails, or is broken off, the connection is closed.
   *
   * @param options How the server is verified, and what may end the wait.
   * @throws {RuntimeError} If the connection cannot be upgraded, or a read is in flight; it stays
   * as it was.
   * @throws {SSLError} If the peer sent bytes that nobody has read: whoever sits in between could
   * have put them there, to be taken for words of the encrypted connection. Or if the handshake
   * fails: see `code`, and `reason` of {@linkcode SSLCertVerificationError}.
   * @throws {TimeoutError} If the handshake is not done in time.
   */
  async startTls(options: StartTlsOptions = {}): Promise<void> {
    const timeout = checkTimeout(options.timeout, DEFAULT_TIMEOUT);
    this.#refuseUpgrade();
    await this.writer.flush({ signal: options.signal, timeout });
    this.#refuseUpgrade();
    const { caCerts, alpnProtocols, signal, serverHostname = this.#hostname } = options;
    let done = false;
    try {
      await interruptible(this.#stream.upgrade({ caCerts, alpnProtocols, serverHostname }), {
        signal,
        timeout,
        timeoutError: () =>
          new TimeoutError(
            `TLS with ${hostAndPort(this.remoteAddress)} was not set up within ${timeout} ms`,
          ),
      });
      done = true;
    } finally {
      if (!done) this.close();
    }
  }

  /** Closes the connection at once, without what is not sent yet; idempotent. */
  close(): void {
    this.writer.abort();
  }

  /**
   * Sends what was written, for no longer than the timeout, and closes. It does not tell whether
   * everything could be sent: `writer.flush()` does.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.writer.close();
    try {
      await this.writer.waitClosed({ timeout: Infinity });
    } catch (error) {
      rethrowIfCancelled(error);
    } finally {
      this.close();
    }
  }

  #refuseUpgrade(): void {
    if (this.closed) throw new ConnectionAbortedError("The connection was closed on our side");
    if (this.tls) throw new RuntimeError("Cannot start TLS: the connection is encrypted already");
    if (this.reader.isReading) throw new RuntimeError("Cannot start TLS: a read is in flight");
    if (this.reader.buffered > 0) {
      throw new SSLError(
        `Cannot start TLS: ${this.reader.buffered} bytes were sent unencrypted before it, and ` +
          `must not be taken for encrypted ones. Somebody in between may have put them there`,
        { ...this.remoteAddress, code: "ERR_TLS_INJECTION" },
      );
    }
  }
}
