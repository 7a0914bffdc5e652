/**
 * TLS from the first byte by a socket of Node's own, for a Deno whose
 * `node:tls` does not work over a stream of ours: what it is asked for there is
 * a pinned fingerprint, or a certificate of ours.
 *
 * A connection that was cut off looks there like one that has ended.
 *
 * @module
 */

import type { TLSSocket } from "node:tls";
import { rethrowIfCancelled, RuntimeError } from "../../loop/exceptions.ts";
import type { Address, ByteStream } from "../byte_stream.ts";
import { BrokenPipeError, ConnectionAbortedError, PermissionError } from "../errors.ts";
import { fromNative, hostAndPort } from "../native_errors.ts";
import type { TlsInfo, TlsOptions } from "./tls.ts";
import { useOf } from "./extensions.ts";
import { refusedCertificate } from "./failures.ts";
import { DENO_WITH_TLS_OVER_STREAMS, nodeTls } from "./node.ts";
import { checkAlpn, checkPins } from "./options.ts";
import { addressBytes, isFor, plainName } from "./server_name.ts";

/** With this much unread, no more is read. */
const FULL = 65_536;

/**
 * Connects, with TLS from the first byte.
 *
 * @param target The host and the port.
 * @param options How the server is verified, and what we show.
 * @param signal What ends the connecting.
 * @returns The connection, encrypted.
 * @throws {RuntimeError} If this Deno cannot do what is asked for.
 * @throws {SSLCertVerificationError} If the server's certificate is refused.
 */
export async function dialTlsByNode(
  target: { hostname: string; port: number },
  options: TlsOptions,
  signal: AbortSignal,
): Promise<ByteStream> {
  for (const name of ["session", "resumable", "minVersion", "maxVersion"] as const) {
    if (options[name] === undefined) continue;
    throw new RuntimeError(
      `${name} needs Deno ${DENO_WITH_TLS_OVER_STREAMS} or newer, and this is ${Deno.version.deno}`,
    );
  }
  const pins = checkPins(options.pinnedFingerprints);
  const name = plainName(options.serverHostname ?? target.hostname);
  const alpnProtocols = checkAlpn(options.alpnProtocols);
  const { cert, key, caCerts } = options;
  if ((cert === undefined) !== (key === undefined)) {
    throw new TypeError("Cannot use a certificate without its key: need cert and key, both PEM");
  }
  await mayConnect(target);
  signal.throwIfAborted();
  const { tls, turn } = await nodeTls();
  const socket = tls.connect({
    host: target.hostname,
    port: target.port,
    ...(addressBytes(name) === undefined && { servername: name }),
    ...(alpnProtocols.length > 0 && { ALPNProtocols: [...alpnProtocols] }),
    ...(caCerts !== undefined && caCerts.length > 0 && { ca: caCerts }),
    cert,
    key,
    rejectUnauthorized: pins === undefined,
    // Some have looked at it already, as rustls does; others would take the common name for one.
    checkServerIdentity: (_host, { raw }) => {
      const use = useOf(new Uint8Array(raw));
      if (pins !== undefined || (use !== undefined && isFor(name, use))) return undefined;
      return Object.assign(new Error(`It is not for ${name}`), {
        code: "ERR_TLS_CERT_ALTNAME_INVALID",
      });
    },
  });
  socket.setNoDelay(true);
  const place = { hostname: name, port: target.port };
  const give = () => socket.destroy();
  signal.addEventListener("abort", give);
  try {
    const { print, isVersion3 } = await shown(socket, turn, place);
    const what = `Cannot start TLS with ${hostAndPort(place)}`;
    // Deno does not verify that the server has the key of an older certificate.
    if (!isVersion3) {
      throw refusedCertificate("other", "it is not of X.509 version 3", what, place);
    }
    if (pins !== undefined && !pins.includes(print.replaceAll(":", ""))) {
      throw refusedCertificate("wrong-fingerprint", `its fingerprint is ${print}`, what, place);
    }
    return new NodeStream(socket, { alpnProtocol: socket.alpnProtocol || undefined });
  } catch (error) {
    rethrowIfCancelled(error);
    socket.destroy();
    if (signal.aborted) throw signal.reason;
    throw error;
  } finally {
    signal.removeEventListener("abort", give);
  }
}

/** A socket of Node's that may not connect ends the program, where Deno's is an error. */
async function mayConnect({ hostname, port }: { hostname: string; port: number }): Promise<void> {
  const place = hostAndPort({ hostname, port });
  const { state } = await Deno.permissions.request({ name: "net", host: place });
  if (state === "granted") return;
  throw new PermissionError(
    `Cannot connect to ${place}: permission denied. Run the program with --allow-net=${place}`,
    { hostname, port },
  );
}

/** Waits for the end of the handshake: some say that it is done when it has only begun. */
async function shown(
  socket: TLSSocket,
  turn: () => Promise<void>,
  place: { hostname: string; port: number },
): Promise<{ print: string; isVersion3: boolean }> {
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  socket.once("error", (error) => failed.reject(fromNative(error, "start TLS with", place)));
  socket.once("close", () =>
    failed.reject(fromNative(
      new Deno.errors.UnexpectedEof("closed"),
      "start TLS with",
      place,
    )));
  const done = new Promise<void>((resolve) => socket.once("secureConnect", resolve));
  await Promise.race([done, failed.promise]);
  for (;;) {
    const { fingerprint256, raw } = socket.getPeerCertificate() ?? {};
    if (fingerprint256 !== undefined && raw !== undefined) {
      const use = useOf(new Uint8Array(raw));
      return { print: fingerprint256, isVersion3: use?.isVersion3 === true };
    }
    await Promise.race([turn(), failed.promise]);
  }
}

/** A socket of Node's as a stream of bytes. */
class NodeStream implements ByteStream {
  readonly tls = true;
  readonly tlsInfo: TlsInfo;
  readonly localAddress: Address;
  readonly remoteAddress: Address;
  readonly #socket: TLSSocket;
  #chunks: Uint8Array[] = [];
  #unread = 0;
  #ended = false;
  #failure: { readonly error: unknown } | null = null;
  #wake: (() => void) | null = null;
  #closed = false;
  #writeEnded = false;

  constructor(socket: TLSSocket, info: TlsInfo) {
    this.#socket = socket;
    this.tlsInfo = info;
    const { localAddress = "", localPort = 0, remoteAddress = "", remotePort = 0 } = socket;
    this.localAddress = { hostname: localAddress, port: localPort, transport: "tcp" };
    this.remoteAddress = { hostname: remoteAddress, port: remotePort, transport: "tcp" };
    socket.on("data", (chunk: Uint8Array) => {
      this.#chunks.push(chunk);
      this.#unread += chunk.length;
      if (this.#unread >= FULL) socket.pause();
      this.#wake?.();
    });
    const end = () => {
      this.#ended = true;
      this.#wake?.();
    };
    const fail = (error: Error) => {
      this.#failure = { error: fromNative(error, "read from", this.remoteAddress) };
      this.#wake?.();
    };
    socket.on("end", end);
    socket.on("close", end);
    socket.on("error", fail);
    // It may have ended since the handshake was done, and tells nobody twice.
    this.#ended = socket.destroyed;
    if (socket.errored) fail(socket.errored);
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    for (;;) {
      if (this.#closed) throw closedHere();
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        const count = Math.min(chunk.length, buffer.length);
        buffer.set(chunk.subarray(0, count));
        if (count < chunk.length) this.#chunks.unshift(chunk.subarray(count));
        this.#unread -= count;
        if (this.#unread < FULL && this.#socket.isPaused()) this.#socket.resume();
        return count;
      }
      if (this.#failure !== null) throw this.#failure.error;
      if (this.#ended) return null;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  async write(data: Uint8Array): Promise<number> {
    if (this.#closed) throw closedHere();
    if (this.#writeEnded) throw new BrokenPipeError("Cannot write after closeWrite()");
    if (this.#failure !== null) throw this.#failure.error;
    if (this.#socket.destroyed) throw gone();
    await new Promise<void>((resolve, reject) => {
      const failed = (error: unknown) => reject(fromNative(error, "write to", this.remoteAddress));
      const close = () => reject(this.#failure?.error ?? gone());
      this.#socket.once("close", close);
      // The bytes are copied: the caller may use its memory again.
      this.#socket.write(data.slice(), (error) => {
        this.#socket.off("close", close);
        if (error) failed(error);
        else resolve();
      });
    });
    return data.length;
  }

  closeWrite(): Promise<void> {
    this.#writeEnded = true;
    return new Promise((resolve) => {
      this.#socket.once("close", () => resolve());
      this.#socket.end(() => resolve());
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    // What was written has left by now; the end of TLS goes with it.
    if (!this.#writeEnded) this.#socket.end();
    this.#socket.destroy();
    this.#wake?.();
  }
}

function closedHere(): ConnectionAbortedError {
  return new ConnectionAbortedError("The connection was closed on our side");
}

function gone(): BrokenPipeError {
  return new BrokenPipeError("Cannot write: the peer has closed the connection");
}
