/**
 * Sessions that one connection makes and another resumes (RFC 5246 §7.3), as
 * data connections of FTP over TLS must (RFC 4217 §10).
 *
 * Deno keeps the secrets itself, by the server's name and the newest only, and
 * its session is no more than a mark. So what was resumed is not taken on
 * trust: it must be a session with the very certificate that was verified
 * before, or the certificate is verified anew.
 *
 * @module
 */

import type { TLSSocket } from "node:tls";
import type { TlsSession } from "./tls.ts";

interface Kept {
  /** What Deno calls it. */
  readonly mark: Uint8Array;
  /** The certificate that was verified, DER. */
  readonly certificate: Uint8Array;
}

const sessions = new WeakMap<TlsSession, Kept>();

/**
 * Makes a session that can be handed on.
 *
 * @param socket The connection that it was made by.
 * @param serverHostname The name that the server was verified for.
 * @param certificate The certificate that was verified, DER.
 */
export function keepSession(
  socket: TLSSocket,
  serverHostname: string,
  certificate: Uint8Array,
): TlsSession | undefined {
  const mark = socket.getSession();
  if (mark === undefined) return undefined;
  const session: TlsSession = { serverHostname };
  sessions.set(session, { mark, certificate });
  return session;
}

/**
 * Finds what is to be resumed.
 *
 * @param session What the caller was given.
 * @param serverHostname The name of the server that is connected to now.
 * @throws {TypeError} If it is no session of ours, or one with another server.
 */
export function sessionToResume(session: TlsSession, serverHostname: string): Kept {
  const kept = sessions.get(session);
  if (kept === undefined) {
    throw new TypeError("Cannot resume this session: need tlsInfo.session of a connection");
  }
  if (session.serverHostname !== serverHostname) {
    throw new TypeError(
      `Cannot resume a session with ${session.serverHostname} to speak with ${serverHostname}`,
    );
  }
  return kept;
}

/**
 * A session in a form that crosses to another isolate. It is of use only where it was made: the
 * secrets stay there.
 */
export interface PackedSession extends Kept {
  /** The name that the server was verified for. */
  readonly serverHostname: string;
}

/**
 * Takes a session apart.
 *
 * @param session A session of ours.
 */
export function packSession(session: TlsSession): PackedSession {
  return { ...sessions.get(session)!, serverHostname: session.serverHostname };
}

/**
 * Puts a session together again, in the isolate in which it was made.
 *
 * @param packed What crossed.
 */
export function unpackSession({ serverHostname, ...kept }: PackedSession): TlsSession {
  const session: TlsSession = { serverHostname };
  sessions.set(session, kept);
  return session;
}

/** How many certificates are remembered; the oldest is forgotten first. */
const REMEMBERED = 256;
const verified = new Set<string>();

/**
 * Notes that the platform has verified a certificate.
 *
 * @param serverHostname The name that it was verified for.
 * @param fingerprint Its SHA-256 fingerprint.
 */
export function rememberVerified(serverHostname: string, fingerprint: string): void {
  const [oldest] = verified;
  if (verified.size >= REMEMBERED) verified.delete(oldest!);
  verified.add(`${serverHostname} ${fingerprint}`);
}

/**
 * Says whether the platform has verified a certificate lately.
 *
 * @param serverHostname The name.
 * @param fingerprint Its SHA-256 fingerprint.
 */
export function wasVerified(serverHostname: string, fingerprint: string): boolean {
  return verified.has(`${serverHostname} ${fingerprint}`);
}
