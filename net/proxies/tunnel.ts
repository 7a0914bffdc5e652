/**
 * The way through a proxy: it is reached, asked, and from then on stands in
 * the place of the host behind it.
 *
 * @module
 */

import { rethrowIfCancelled, TimeoutError } from "../../loop/exceptions.ts";
import { ProtocolError } from "../../protocols/errors.ts";
import type { Handshake } from "../../protocols/handshake.ts";
import { HttpConnectError } from "../../protocols/http_connect/errors.ts";
import { SocksAuthError, SocksReplyError } from "../../protocols/socks/errors.ts";
import type { ByteStream } from "../byte_stream.ts";
import { ConnectionError, OSError, PermissionError, ResolveError } from "../errors.ts";
import { openStream } from "../tcp/opening.ts";
import type { OpenOptions } from "../tcp/opening.ts";
import { ProxyError } from "./proxy_error.ts";
import { TunnelStream } from "./tunnel_stream.ts";

/** What it takes to open a tunnel. */
export interface TunnelOptions {
  /** The host behind the proxy. */
  target: { hostname: string; port: number };
  /** The proxy. */
  proxy: { hostname: string; port: number };
  /** Both, for messages. */
  place: string;
  /** The kind of proxy, for messages. */
  kind: string;
  /** What is said to it. */
  handshake: Handshake;
  /** How it is reached. */
  way: OpenOptions;
  /** What must stand in no message. */
  secrets: readonly (string | undefined)[];
  /** Ends it all. */
  signal?: AbortSignal;
}

/** More than any message that is wanted at once. */
const BUFFER = 512;

/**
 * Opens a tunnel.
 *
 * @param options Where to, by which way.
 * @returns The connection with the host behind the proxy.
 * @throws {ProxyError} If the proxy cannot be reached, or says no.
 */
export async function openTunnel(options: TunnelOptions): Promise<ByteStream> {
  const stream = await reach(options);
  const { handshake, target, signal } = options;
  const giveUp = () => stream.close();
  signal?.addEventListener("abort", giveUp);
  let done = false;
  try {
    signal?.throwIfAborted();
    await shakeHands(stream, handshake);
    done = true;
    return new TunnelStream(stream, target);
  } catch (error) {
    rethrowIfCancelled(error);
    signal?.throwIfAborted();
    throw explained(error, options);
  } finally {
    signal?.removeEventListener("abort", giveUp);
    if (!done) giveUp();
  }
}

async function reach({ proxy, place, kind, way, signal, target }: TunnelOptions) {
  const itself = `the ${kind} proxy`;
  try {
    return await openStream(proxy, itself, { ...way, signal });
  } catch (error) {
    rethrowIfCancelled(error);
    // A proxy before this one has said all there is to say; and TLS names what it was refused by.
    const lost = error instanceof ConnectionError || error instanceof ResolveError;
    if (!lost || error instanceof ProxyError || error instanceof PermissionError) throw error;
    throw new ProxyError(`Cannot connect to ${place}: ${itself} itself fails: ${error.message}`, {
      origin: "transport",
      code: "ERR_PROXY_UNREACHABLE",
      cause: error,
      ...target,
    });
  }
}

/** Reads no byte more than is the proxy's: what follows stays where it is. */
async function shakeHands(stream: ByteStream, handshake: Handshake): Promise<void> {
  await writeAll(stream, handshake.start());
  const buffer = new Uint8Array(BUFFER);
  while (handshake.wanted > 0) {
    const count = await stream.read(buffer.subarray(0, handshake.wanted));
    if (count === null) throw new ClosedEarly();
    const { send } = handshake.push(buffer.subarray(0, count));
    if (send !== undefined) await writeAll(stream, send);
  }
}

async function writeAll(stream: ByteStream, data: Uint8Array): Promise<void> {
  for (let at = 0; at < data.length;) at += await stream.write(data.subarray(at));
}

class ClosedEarly extends Error {}

function explained(error: unknown, options: TunnelOptions): unknown {
  const failure = explain(error, options);
  if (failure === undefined) return error;
  // A proxy may say back what it was told.
  const message = mask(failure.words, options.secrets);
  return new ProxyError(`Cannot connect to ${options.place}: ${message}`, {
    origin: "peer",
    ...failure,
    ...options.target,
    cause: message === failure.words ? error : undefined,
  });
}

interface Failure {
  words: string;
  code: string;
  origin?: "transport";
  reply?: number;
  status?: number;
}

function explain(error: unknown, options: TunnelOptions): Failure | undefined {
  if (error instanceof SocksReplyError) {
    return { words: error.message, code: error.code, reply: error.reply };
  }
  if (error instanceof SocksAuthError) return { words: error.message, code: "ERR_PROXY_AUTH" };
  if (error instanceof HttpConnectError) return explainStatus(error, options);
  if (error instanceof ProtocolError) return { words: error.message, code: "ERR_PROXY_PROTOCOL" };
  if (error instanceof ClosedEarly) {
    const words = "the proxy closed the connection before its answer was complete";
    return { words, code: "ERR_PROXY_CLOSED" };
  }
  if (error instanceof OSError && !(error instanceof TimeoutError)) {
    return { words: error.message, code: "ERR_PROXY_CLOSED", origin: "transport" };
  }
  return undefined;
}

function explainStatus(error: HttpConnectError, { secrets }: TunnelOptions): Failure {
  const { status, challenges } = error;
  // 401 is none of a proxy's answers, and tinyproxy gives it for a wrong password.
  if (status === 407 || status === 401) {
    const offersBasic = challenges.length === 0 ||
      challenges.some((challenge) => /(?:^|,\s*)basic\b/i.test(challenge));
    const words = !offersBasic
      ? `it wants ${
        challenges.map((each) => each.split(" ")[0]).join(" or ")
      }, and only Basic is ` +
        `spoken here; other credentials may be given as headers`
      : secrets[0] === undefined
      ? "it wants a username and a password"
      : "it refuses the username or the password";
    return { words: `${error.message}: ${words}`, code: "ERR_PROXY_AUTH", status };
  }
  const denied = status === 403 || status === 405 || status === 451;
  const code = denied ? "ERR_PROXY_DENIED" : "ERR_PROXY_FAILURE";
  const hint = denied ? ". Many proxies allow tunnels to port 443 alone" : "";
  return { words: error.message + hint, code, status };
}

function mask(words: string, secrets: TunnelOptions["secrets"]): string {
  const [username, password] = secrets;
  if (username === undefined) return words;
  const bytes = new TextEncoder().encode(`${username}:${password ?? ""}`);
  const token = btoa(String.fromCharCode(...bytes));
  return [token, password].reduce<string>(
    (masked, secret) => secret ? masked.replaceAll(secret, "***") : masked,
    words,
  );
}
