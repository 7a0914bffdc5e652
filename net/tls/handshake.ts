/**
 * The handshake of TLS by `node:tls`, on both sides, and what is known once it
 * is done.
 *
 * @module
 */

import type { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";
import type { Address } from "../byte_stream.ts";
import { SSLError } from "../errors.ts";
import { fromNative, hostAndPort } from "../native_errors.ts";
import { looksLikeTls, type PeerCertificate, type TlsInfo, type TlsVersion } from "./tls.ts";
import type { Carrier } from "./carrier.ts";
import { describe, serverEndPoint } from "./certificates.ts";
import { cutShort, plaintext } from "./failures.ts";
import type { NodeTls } from "./node.ts";

/**
 * Waits for the end of a handshake.
 *
 * @param socket Who does it.
 * @param carrier What it is over.
 * @param event What the socket says when it is done.
 * @throws {SSLError} If it fails. Then the carrier is still open.
 */
export async function handshake(
  socket: TLSSocket,
  carrier: Carrier,
  event: "secure" | "secureConnect",
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const fail = (error: Error) => reject(failureOf(error, carrier));
  const end = () =>
    void carrier.turn().then(() => {
      if (carrier.failure !== null) return reject(carrier.failure.error);
      reject(failureOf(undefined, carrier));
    });
  socket.once(event, resolve);
  socket.once("error", fail);
  socket.once("close", end);
  carrier.onEnd = end;
  // Node begins in a tick of its own.
  carrier.turn().then(() => carrier.release());
  try {
    await promise;
  } finally {
    socket.off(event, resolve).off("close", end);
    carrier.onEnd = () => {};
    // What still goes wrong with a socket that is given up concerns nobody.
    socket.on("error", () => {});
    socket.off("error", fail);
  }
}

function failureOf(error: Error | undefined, carrier: Carrier): unknown {
  const place: Address = carrier.stream.remoteAddress;
  const what = `Cannot start TLS with ${hostAndPort(place)}`;
  const { firstCount, firstBytes } = carrier;
  if (firstCount >= 3 && !looksLikeTls(firstBytes)) return plaintext(what, { ...place });
  if (error === undefined) return cutShort(what, { ...place });
  const failure = fromNative(error, "start TLS with", place);
  if (failure !== error) return failure;
  return new SSLError(`${what}: TLS failed (${error.message})`, { ...place, cause: error });
}

/**
 * Reads what the other side has shown.
 *
 * @param socket The socket, its handshake done.
 * @param node Node's modules.
 * @returns Its certificate and what came with it, the leaf first; empty if it has shown none.
 */
export function shownChain(socket: TLSSocket, { crypto }: NodeTls): X509Certificate[] {
  const chain: X509Certificate[] = [];
  let each = socket.getPeerCertificate(true);
  // The last of a chain that ends in itself is its own issuer.
  while (each?.raw !== undefined && chain.length < LONGEST_CHAIN) {
    const certificate = new crypto.X509Certificate(each.raw);
    if (chain.some((other) => other.fingerprint256 === certificate.fingerprint256)) break;
    chain.push(certificate);
    each = each.issuerCertificate;
  }
  return chain;
}

const LONGEST_CHAIN = 16;

/**
 * Reads the certificate of the other side as it is, for who knows what is in it.
 *
 * @param socket The socket, its handshake done.
 * @returns Its DER; `undefined` if none was shown.
 */
export function shownLeaf(socket: TLSSocket): Uint8Array | undefined {
  return socket.getPeerCertificate()?.raw;
}

/** What {@linkcode tlsInfo} is told. */
export interface KnownTls {
  /** The name that was asked for (SNI). */
  readonly serverName?: string;
  /** What the other side has shown, read where somebody asks. */
  readonly peer?: () => X509Certificate | undefined;
  /** The certificate of the server, whichever side that is. */
  readonly server?: () => X509Certificate | undefined;
  /** What another connection can resume. */
  readonly session?: TlsInfo["session"];
  /** Whether the session of a known connection is shown, where that was to be told. */
  readonly belongs?: boolean | "untold";
}

/**
 * Gathers what is known about a connection.
 *
 * @param socket The socket, its handshake done.
 * @param known What the socket does not tell.
 * @param node Node's modules.
 */
export function tlsInfo(socket: TLSSocket, known: KnownTls, node: NodeTls): TlsInfo {
  const { serverName, peer, server, session, belongs } = known;
  let peerCertificate: PeerCertificate | undefined;
  let endPoint: { readonly value: Uint8Array<ArrayBuffer> | undefined } | undefined;
  return {
    protocol: (socket.getProtocol() ?? undefined) as TlsVersion | undefined,
    cipher: socket.getCipher()?.name,
    alpnProtocol: socket.alpnProtocol || undefined,
    serverName,
    sessionReused: socket.isSessionReused(),
    session,
    ...(typeof belongs === "boolean" && { sessionBelongs: belongs && socket.isSessionReused() }),
    get peerCertificate() {
      const certificate = peerCertificate === undefined ? peer?.() : undefined;
      return peerCertificate ??= certificate && describe(certificate);
    },
    get serverEndPoint() {
      if (endPoint === undefined) {
        const certificate = server?.();
        endPoint = { value: certificate && serverEndPoint(certificate, node) };
      }
      return endPoint.value;
    },
  };
}
