/**
 * TLS from the first byte, as a server, over whatever listens.
 *
 * It is made by `node:tls`, as Deno's own listener leaves Nagle's algorithm on,
 * which stalls every larger answer for 40 ms, and can neither ask clients for a
 * certificate nor tell a name that was asked for (SNI).
 *
 * @module
 */

import { getEventLoop } from "../../loop/events.ts";
import { rethrowIfCancelled, TimeoutError } from "../../loop/exceptions.ts";
import { checkTimeout, DEFAULT_TIMEOUT, interruptible } from "../../loop/wait.ts";
import { checkLimit } from "../../protocols/limits.ts";
import type { Address, ByteStream } from "../byte_stream.ts";
import type { Listen, Listener, ListenOptions } from "../listener.ts";
import { hostAndPort } from "../native_errors.ts";
import { listenTcp } from "../tcp/tcp.ts";
import type { TlsServerOptions } from "./tls.ts";
import { nodeTlsOverStreams } from "./node.ts";
import { ServerContext } from "./server_context.ts";
import { serverHandshake } from "./server_handshake.ts";

/** Options of {@linkcode listenTls}, besides the certificates. */
export interface TlsListenOptions {
  /**
   * What listens underneath.
   *
   * @default TCP
   */
  listen?: (...args: Parameters<Listen>) => Listener | PromiseLike<Listener>;
  /**
   * The longest that a client may take for the handshake, in milliseconds.
   *
   * @default {30_000}
   */
  handshakeTimeout?: number;
  /**
   * The most handshakes at a time. Other clients wait with the system.
   *
   * @default {1000}
   */
  maxHandshakes?: number;
  /**
   * Is told which handshakes fail; the listener goes on.
   *
   * @default tells the exception handler of the event loop, in debug mode
   */
  onHandshakeError?: (error: unknown, remoteAddress: Address) => void;
}

/**
 * Prepares to listen with TLS: gives what listens, as `startServer` and `createServer` take it.
 *
 * @param tls The certificates, and whom they let in.
 * @param options What listens underneath, limits.
 * @returns What listens.
 * @throws {TypeError} If a certificate or a key cannot be used.
 * @throws {RangeError} If a limit or a time is out of range, or no version of TLS is left.
 * @throws {RuntimeError} If this Deno is older than 2.9.1.
 *
 * @example
 * ```ts
 * import { listenTls } from "https://tulip.example/net/tls/tls_listener.ts";
 * import { openConnection } from "https://tulip.example/net/streams/connect.ts";
 * import { trialCertificates } from "https://tulip.example/examples/net/certificates.ts";
 * import assert from "node:assert/strict";
 *
 * const { cert, key, caCerts } = await trialCertificates();
 * const listen = await listenTls({ cert, key });
 * using listener = await listen({ hostname: "127.0.0.1", port: 0 });
 *
 * const [stream, connection] = await Promise.all([
 *   listener.accept(),
 *   openConnection("localhost", listener.address.port, { tls: true, caCerts }),
 * ]);
 * assert.equal(stream?.tlsInfo?.protocol, "TLSv1.3");
 * connection.close();
 * stream?.close();
 * ```
 */
export async function listenTls(
  tls: TlsServerOptions,
  options: TlsListenOptions = {},
): Promise<(...args: Parameters<Listen>) => Promise<TlsListener>> {
  const { listen = listenTcp, onHandshakeError = tellInDebugMode } = options;
  const settings = {
    timeout: checkTimeout(options.handshakeTimeout, DEFAULT_TIMEOUT, "handshakeTimeout"),
    most: checkLimit("maxHandshakes", options.maxHandshakes, 1000),
    failed: onHandshakeError,
  };
  const context = new ServerContext(tls, await nodeTlsOverStreams("A server with TLS"));
  return async (target, listenOptions?: ListenOptions) =>
    new TlsListener(await listen(target, listenOptions), context, settings);
}

interface TlsListenerSettings {
  readonly timeout: number;
  readonly most: number;
  readonly failed: (error: unknown, remoteAddress: Address) => void;
}

interface Waiting {
  resolve(stream: ByteStream | null): void;
  reject(error: unknown): void;
}

/** A place where connections arrive that are encrypted already. */
export class TlsListener implements Listener, Disposable {
  readonly #listener: Listener;
  readonly #settings: TlsListenerSettings;
  #context: ServerContext;
  #handshakes = new Set<ByteStream>();
  #ready: ByteStream[] = [];
  #waiting: Waiting[] = [];
  #accepting = false;
  #closed = false;

  /** @internal Takes over what listens underneath. */
  constructor(listener: Listener, context: ServerContext, settings: TlsListenerSettings) {
    this.#listener = listener;
    this.#context = context;
    this.#settings = settings;
  }

  /** Where it listens. */
  get address(): Address {
    return this.#listener.address;
  }

  /**
   * Exchanges the certificates, for handshakes that begin from now on: Node's `setSecureContext`.
   *
   * @param tls The certificates, and whom they let in.
   * @throws {TypeError} If a certificate or a key cannot be used; then all stays as it was.
   * @throws {RangeError} If no version of TLS is left.
   */
  setSecureContext(tls: TlsServerOptions): void {
    this.#context = new ServerContext(tls, this.#context.node);
  }

  /**
   * Waits for the next connection whose handshake is done. Handshakes run side by side: one that
   * is slow keeps nobody waiting.
   *
   * @returns The connection, or `null` once the listener is closed.
   * @throws {OSError} If the system cannot accept connections.
   */
  accept(): Promise<ByteStream | null> {
    const stream = this.#ready.shift();
    if (stream !== undefined) return Promise.resolve(stream);
    if (this.#closed) return Promise.resolve(null);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#acceptMore();
    });
  }

  /** Stops listening, and gives up the handshakes under way; idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener.close();
    for (const stream of this.#handshakes) stream.close();
    for (const stream of this.#ready.splice(0)) stream.close();
    for (const { resolve } of this.#waiting.splice(0)) resolve(null);
  }

  /** Closes it. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Accepts for as long as somebody waits; then clients are left with the system. */
  #acceptMore(): void {
    if (this.#accepting || this.#closed || this.#waiting.length === 0) return;
    if (this.#handshakes.size + this.#ready.length >= this.#settings.most) return;
    this.#accepting = true;
    this.#listener.accept().then(
      (stream) => {
        this.#accepting = false;
        if (stream === null) return this.close();
        if (this.#closed) return stream.close();
        this.#begin(stream).then(() => this.#acceptMore());
        this.#acceptMore();
      },
      (error) => {
        this.#accepting = false;
        this.#waiting.shift()?.reject(error);
      },
    );
  }

  async #begin(stream: ByteStream): Promise<void> {
    const { timeout, failed } = this.#settings;
    this.#handshakes.add(stream);
    try {
      const encrypted = await interruptible(serverHandshake(stream, this.#context), {
        timeout,
        timeoutError: () =>
          new TimeoutError(
            `${hostAndPort(stream.remoteAddress)} did not make TLS within ${timeout} ms`,
          ),
      });
      if (this.#closed) return encrypted.close();
      const taker = this.#waiting.shift();
      if (taker === undefined) this.#ready.push(encrypted);
      else taker.resolve(encrypted);
    } catch (error) {
      rethrowIfCancelled(error);
      stream.close();
      if (!this.#closed) failed(error, stream.remoteAddress);
    } finally {
      this.#handshakes.delete(stream);
    }
  }
}

function tellInDebugMode(exception: unknown, { hostname, port }: Address): void {
  const loop = getEventLoop();
  if (!loop.getDebug()) return;
  const message = `The TLS handshake with ${hostAndPort({ hostname, port })} has failed`;
  loop.callExceptionHandler({ message, exception });
}
