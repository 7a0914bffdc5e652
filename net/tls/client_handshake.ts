/**
 * TLS as a client, by `node:tls` over a stream of bytes: for what Deno's own
 * cannot do.
 *
 * @module
 */

import type { X509Certificate } from "node:crypto";
import type { Duplex } from "node:stream";
import type { ConnectionOptions, TLSSocket } from "node:tls";
import { rethrowIfCancelled } from "../../loop/exceptions.ts";
import type { ByteStream } from "../byte_stream.ts";
import { hostAndPort } from "../native_errors.ts";
import type { TlsOptions } from "./tls.ts";
import { Carrier } from "./carrier.ts";
import { checkIdentity, readCertificates } from "./certificates.ts";
import { refusedCertificate } from "./failures.ts";
import { handshake, shownChain, shownLeaf, tlsInfo } from "./handshake.ts";
import type { NodeTls } from "./node.ts";
import { useOf } from "./extensions.ts";
import { checkAlpn, checkPins, checkVersions } from "./options.ts";
import { platformRoots } from "./roots.ts";
import { isSameBytes } from "./same_bytes.ts";
import { addressBytes, isFor, plainName } from "./server_name.ts";
import { keepSession, rememberVerified, sessionToResume, wasVerified } from "./session.ts";
import { TlsStream } from "./tls_stream.ts";
import { verifyChain } from "./verify_chain.ts";

/** What a client's handshakes begin with, checked. */
export interface ClientSettings {
  /** The name that the server must have, or its address. */
  readonly serverHostname: string;
  /** Whom to trust besides the platform's authorities. */
  readonly authorities: readonly X509Certificate[];
  /** The fingerprints that alone count; `undefined` for none. */
  readonly pins: readonly string[] | undefined;
  /** Whether the session of the connection may be resumed. */
  readonly resumable: boolean;
  /** By which name Deno keeps the session. */
  readonly sessionName: string;
  /** What is to be resumed. */
  readonly resumed: ReturnType<typeof sessionToResume> | undefined;
  /** What `node:tls` is told, but for the stream. */
  readonly connection: ConnectionOptions;
}

/**
 * Checks what TLS is told, before anything is sent.
 *
 * @param options How the server is verified, and what we show.
 * @param hostname The host that is connected to.
 * @param node Node's modules.
 * @throws {TypeError} If a certificate, a key, a name or a fingerprint cannot be used.
 * @throws {RangeError} If no version of TLS is left.
 */
export function clientSettings(
  options: TlsOptions,
  hostname: string,
  node: NodeTls,
): ClientSettings {
  const { cert, key, caCerts = [], session } = options;
  const named = options.serverHostname ?? hostname;
  const serverHostname = plainName(named);
  const pins = checkPins(options.pinnedFingerprints);
  const resumable = options.resumable === true || session !== undefined;
  // A session of TLS 1.3 can be resumed once only; one of 1.2 for every file.
  const versions = checkVersions(resumable ? { ...options, maxVersion: "TLSv1.2" } : options);
  const authorities = readCertificates("caCerts", caCerts, node);
  const alpnProtocols = checkAlpn(options.alpnProtocols);
  const connection: ConnectionOptions = { ...versions };
  if (cert !== undefined || key !== undefined) {
    if (resumable) {
      throw new TypeError(
        "Cannot resume sessions with a certificate of ours: Deno keeps no session then",
      );
    }
    checkIdentity({ cert: cert!, key: key! }, node);
    Object.assign(connection, { cert, key });
  }
  // With a dot at its end it is the same name, in the certificate and on the wire, but not the one
  // that Deno keeps a session by: so there is room for two.
  const sessionName = resumable && named.endsWith(".") ? `${serverHostname}.` : serverHostname;
  if (addressBytes(serverHostname) === undefined) connection.servername = sessionName;
  else connection.host = serverHostname;
  if (alpnProtocols.length > 0) connection.ALPNProtocols = [...alpnProtocols];
  const resumed = session && sessionToResume(session, sessionName);
  if (resumed !== undefined) connection.session = resumed.mark as Buffer;
  return { serverHostname, authorities, pins, resumable, sessionName, resumed, connection };
}

/**
 * Does the handshake, as the client.
 *
 * @param stream The connection; used up, and closed if the handshake fails.
 * @param settings How.
 * @param node Node's modules.
 * @returns The encrypted stream.
 * @throws {SSLCertVerificationError} If the server's certificate is refused.
 * @throws {SSLError} If the handshake fails otherwise.
 */
export async function clientHandshake(
  stream: ByteStream,
  settings: ClientSettings,
  node: NodeTls,
): Promise<TlsStream> {
  const carrier = new Carrier(stream, node);
  const place = { hostname: settings.serverHostname, port: stream.remoteAddress.port };
  const what = `Cannot start TLS with ${hostAndPort(place)}`;
  let socket: TLSSocket | undefined;
  let told: Uint8Array | undefined;
  try {
    socket = node.tls.connect({
      ...settings.connection,
      ...trust(settings, node),
      // The name is looked at here: Node would take the common name for one.
      checkServerIdentity: (_host, { raw }) => {
        told = raw;
        return undefined;
      },
      // A Duplex will do, though the types of Node ask for a socket.
      socket: carrier.duplex as Duplex as TLSSocket,
    });
    await handshake(socket, carrier, "secureConnect");
    const der = told ?? shownLeaf(socket);
    if (!goesOn(socket, der, settings)) {
      const refusal = judge(shownChain(socket, node), socket.isSessionReused(), settings, node);
      if (refusal !== null) throw refusedCertificate(refusal.reason, refusal.detail, what, place);
    }
    const { serverHostname, resumable, sessionName, connection } = settings;
    let leaf: X509Certificate | undefined;
    const shown = () => leaf ??= new node.crypto.X509Certificate(der!);
    const info = tlsInfo(socket, {
      serverName: connection.servername && serverHostname,
      peer: shown,
      server: shown,
      session: resumable ? keepSession(socket, sessionName, der!) : undefined,
    }, node);
    return new TlsStream(socket, carrier, info);
  } catch (error) {
    rethrowIfCancelled(error);
    carrier.close();
    // One that is only left holds its memory for ever.
    socket?.destroy();
    throw error;
  }
}

/** Whether `node:tls` verifies the chain, and by whom. */
function trust(settings: ClientSettings, node: NodeTls): ConnectionOptions {
  const { authorities, pins, resumable, connection } = settings;
  const options = {
    rejectUnauthorized: pins === undefined && !(resumable && authorities.length > 0),
  };
  // Deno resumes nothing where it is given authorities, so where sessions are wanted the chain is
  // verified here. Elsewhere it is given an empty one, for before 2.9.6 it resumes of its own
  // accord, verifies nothing then, and the session may be that of a server which was refused.
  if (resumable) return options;
  const { minVersion, maxVersion, cert, key } = connection;
  const secureContext = node.tls.createSecureContext({ minVersion, maxVersion, cert, key });
  // Only so they count besides those of the platform; as `ca` they would take their place.
  const { context } = secureContext as { context: { addCACert(pem: string): void } };
  for (const pem of ["", ...authorities.map(String)]) context.addCACert(pem);
  return { ...options, secureContext };
}

/** Whether a known session goes on with the certificate that was verified when it began. */
function goesOn(
  socket: TLSSocket,
  der: Uint8Array | undefined,
  { pins, resumed }: ClientSettings,
): boolean {
  return pins === undefined && resumed !== undefined && der !== undefined &&
    socket.isSessionReused() && isSameBytes(der, resumed.certificate);
}

function judge(
  chain: readonly X509Certificate[],
  isReused: boolean,
  settings: ClientSettings,
  node: NodeTls,
): ReturnType<typeof verifyChain> {
  const { pins, authorities, resumable, resumed, serverHostname: hostname } = settings;
  const [leaf] = chain;
  const use = leaf && useOf(new Uint8Array(leaf.raw));
  if (leaf === undefined || use === undefined) {
    return { reason: "other", detail: "no certificate was shown that can be read" };
  }
  // Deno does not verify that the server has the key of an older certificate.
  if (!use.isVersion3) return { reason: "other", detail: "it is not of X.509 version 3" };
  if (pins !== undefined) {
    const print = leaf.fingerprint256;
    if (pins.includes(print.replaceAll(":", ""))) return null;
    return { reason: "wrong-fingerprint", detail: `its fingerprint is ${print}` };
  }
  if (resumed !== undefined && isReused) {
    // Deno keeps one session for each name, so it may be another server that goes on with its own.
    const detail = "this is another server of the same name, which goes on with its own session";
    return { reason: "wrong-fingerprint", detail };
  }
  if (resumable && authorities.length > 0) return verify(chain, settings, node);
  // Before 2.9.6 Deno resumes of its own accord, and verifies nothing then.
  const { fingerprint256 } = leaf;
  if (!isReused) rememberVerified(hostname, fingerprint256);
  else if (!wasVerified(hostname, fingerprint256)) return verify(chain, settings, node);
  if (use.isAuthority) {
    return { reason: "ca-as-leaf", detail: `it is ${leaf.subject}` };
  }
  if (isFor(hostname, use)) return null;
  const names = leaf.subjectAltName ?? "no name";
  return { reason: "wrong-host", detail: `it is for ${names}, not for ${hostname}` };
}

/** Verifies a chain here, by the caller's authorities and the platform's. */
function verify(
  chain: readonly X509Certificate[],
  { authorities, serverHostname: hostname }: ClientSettings,
  node: NodeTls,
): ReturnType<typeof verifyChain> {
  const expected = { purpose: "server" as const, hostname, now: Date.now() };
  const refusal = verifyChain(chain, { ...expected, trusted: authorities });
  if (refusal?.reason !== "unknown-issuer") return refusal;
  const trusted = [...authorities, ...platformRoots(node)];
  return verifyChain(chain, { ...expected, trusted });
}
