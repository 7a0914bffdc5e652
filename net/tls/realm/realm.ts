/**
 * TLS in a Worker, which remembers its own sessions.
 *
 * Deno keeps the sessions of `node:tls` once for all of a program (an isolate), by the name of the
 * server and the newest only. So two connections to one server at a time cannot both be resumed,
 * as two clients of FTP over TLS must have it (RFC 4217 §10). A Worker is an isolate of its own.
 *
 * @module
 */

import { RuntimeError } from "../../../loop/exceptions.ts";
import { interruptible } from "../../../loop/wait.ts";
import type { ByteStream, StartTlsOptions } from "../../byte_stream.ts";
import { PermissionError, SSLError } from "../../errors.ts";
import { requireDeno } from "../../runtime.ts";
import { tlsOptions } from "../begin_tls.ts";
import { bounded } from "../bounded.ts";
import { DENO_WITH_TLS_OVER_STREAMS } from "../node.ts";
import type { PackedSession } from "../session.ts";
import type { TlsInfo, TlsSession } from "../tls.ts";
import { type Envelope, type FromWorker, memoryOf, type ToWorker } from "./messages.ts";
import { type RealmSession, RealmStream } from "./realm_stream.ts";

/** How long connections have to say goodbye when their realm is closed, in milliseconds. */
const GOODBYE = 1000;

/**
 * A place where connections are encrypted apart from those of the program and of other realms: it
 * remembers the sessions of its own connections, and no others can be resumed in it.
 *
 * The bytes cross to a Worker and back, which costs a tenth of a millisecond each way and lets a
 * second processor encrypt. The Worker begins with the first connection, and keeps the program
 * alive until {@linkcode TlsRealm.close}. It needs Deno 2.9.1 and the permission to load its own
 * code: `--allow-import` where the library comes from the network and its host is not allowed
 * anyway, `--allow-read` where it lies on the disk.
 *
 * @example Two connections to one server, each of which can be resumed
 * ```ts
 * import { TlsRealm } from "https://tulip.example/net/tls/realm/realm.ts";
 * import { memoryPair } from "https://tulip.example/net/memory.ts";
 * import { startTlsServer } from "https://tulip.example/net/tls/starttls.ts";
 * import { trialCertificates } from "https://tulip.example/examples/net/certificates.ts";
 * import assert from "node:assert/strict";
 *
 * const { cert, key, caCerts } = await trialCertificates();
 * await using realm = new TlsRealm();
 * const [near, far] = memoryPair();
 * const [client, server] = await Promise.all([
 *   realm.startTlsClient(near, { caCerts, serverHostname: "localhost", resumable: true }),
 *   startTlsServer(far, { cert, key }),
 * ]);
 * await client.write(new TextEncoder().encode("secret"));
 * assert.equal(await server.read(new Uint8Array(10)), 6);
 * assert.equal(client.tlsInfo?.session?.serverHostname, "localhost");
 * client.close();
 * server.close();
 * ```
 */
export class TlsRealm implements Disposable, AsyncDisposable {
  readonly #streams = new Map<number, RealmStream>();
  readonly #sessions = new WeakMap<TlsSession, RealmSession>();
  #lastId = 0;
  #worker: Worker | null = null;
  #ended: Promise<void> | null = null;
  #failure: Error | null = null;
  #empty = () => {};

  /** Whether it can be used no more: it was closed, or its Worker has ended. */
  get closed(): boolean {
    return this.#ended !== null || this.#failure !== null;
  }

  /**
   * Begins TLS as a client, as the function of this name does.
   *
   * @param stream The connection; used up, and closed if the handshake fails.
   * @param options How the server is verified, what we show, and what may end the wait. A `session`
   * must be one of this realm.
   * @returns The encrypted stream, its handshake done.
   * @throws {TypeError} If a certificate, a key, a name, a fingerprint or the session cannot be used.
   * @throws {RuntimeError} If this Deno is older than 2.9.1, or the realm is closed.
   * @throws {PermissionError} If the Worker may not be started.
   * @throws {SSLCertVerificationError} If the server's certificate is refused.
   * @throws {SSLError} If the handshake fails otherwise; `code` is `ERR_TLS_WORKER` where there is no
   * Worker to be had, or it has ended.
   * @throws {TimeoutError} If it is not done in time.
   */
  async startTlsClient(stream: ByteStream, options: StartTlsOptions = {}): Promise<ByteStream> {
    requireDeno(DENO_WITH_TLS_OVER_STREAMS, "TLS in a realm of its own");
    const { session, ...asked } = tlsOptions(options);
    const resumed = session && this.#sessions.get(session);
    if (session !== undefined && resumed === undefined) {
      throw new TypeError("Cannot resume this session: need one of a connection of this TLS realm");
    }
    let encrypted: RealmStream | undefined;
    try {
      return await bounded(stream, () => {
        encrypted = this.#take(stream);
        return encrypted.start(asked, resumed);
      }, options);
    } catch (error) {
      encrypted?.close();
      throw error;
    }
  }

  /**
   * Closes its connections and ends the Worker; idempotent. Connections that were closed just
   * before, and those that are closed by this, still say goodbye where their peer takes it at once.
   */
  close(): void {
    this.#ended ??= this.#end();
  }

  /** Closes it. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Closes it, and waits until nothing is left of it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.#ended;
  }

  async #end(): Promise<void> {
    for (const stream of [...this.#streams.values()]) stream.close();
    if (this.#streams.size > 0) {
      const empty = new Promise<void>((resolve) => this.#empty = resolve);
      await interruptible(empty, { timeout: GOODBYE }).then(undefined, () => {});
    }
    this.#stop(new RuntimeError("Its TLS realm is closed"));
  }

  /** Gives a stream a number, by which the Worker knows it. */
  #take(stream: ByteStream): RealmStream {
    const worker = this.#start();
    const id = ++this.#lastId;
    const encrypted = new RealmStream(stream, {
      say: (message: ToWorker) => worker.postMessage({ id, message }, memoryOf(message)),
      keep: (packed, info) => this.#keep(packed, info),
      gone: () => this.#forget(id),
    });
    this.#streams.set(id, encrypted);
    return encrypted;
  }

  #start(): Worker {
    if (this.#failure !== null) throw this.#failure;
    if (this.#ended !== null) throw new RuntimeError("Cannot start TLS: its realm is closed");
    if (this.#worker !== null) return this.#worker;
    let worker: Worker;
    try {
      const program = new URL("./worker.ts", import.meta.url);
      worker = new Worker(program, { type: "module", name: "tulip-tls" });
    } catch (error) {
      throw this.#failure = noWorker(error);
    }
    worker.onmessage = ({ data: { id, message } }: MessageEvent<Envelope<FromWorker>>) =>
      this.#streams.get(id)?.hear(message);
    worker.onmessageerror = () => this.#lose(new Error("a message could not be read"));
    worker.onerror = (event) => {
      event.preventDefault();
      this.#lose(new Error(event.message));
    };
    return this.#worker = worker;
  }

  #keep(packed: PackedSession, info: TlsInfo): TlsSession {
    const session: TlsSession = { serverHostname: packed.serverHostname };
    this.#sessions.set(session, { packed, info: { ...info, session } });
    return session;
  }

  #forget(id: number): void {
    this.#streams.delete(id);
    if (this.#streams.size === 0) this.#empty();
  }

  #lose(cause: Error): void {
    this.#failure ??= noWorker(cause);
    this.#stop(this.#failure);
  }

  #stop(reason: Error): void {
    this.#worker?.terminate();
    this.#worker = null;
    for (const stream of [...this.#streams.values()]) stream.lose(reason);
  }
}

function noWorker(cause: unknown): Error {
  const words = cause instanceof Error ? cause.message : String(cause);
  const permission = /Requires (\w+) access to [^,]+/.exec(words);
  if (permission !== null) {
    return new PermissionError(
      `Cannot start the Worker of a TLS realm: it ${permission[0].toLowerCase()}. Run the ` +
        `program with --allow-${permission[1]}, or have fewer clients of one server at a time`,
      { cause },
    );
  }
  return new SSLError(`The Worker of a TLS realm cannot be used: ${words}`, {
    code: "ERR_TLS_WORKER",
    cause,
  });
}
