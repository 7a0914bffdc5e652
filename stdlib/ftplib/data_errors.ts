/**
 * What a reply means that refuses or ends a data connection: among those of
 * encrypted sessions, which of them are about the TLS session (RFC 4217 §10).
 *
 * @module
 */

import type { TlsInfo } from "../../net/tls/tls.ts";
import { quote } from "../../protocols/text/quote.ts";
import type { Reply } from "../../protocols/text/reply.ts";
import { type FTPError, quoteCommand, replyError } from "./errors.ts";
import { FTPSessionReuseError, type SessionReuseFailure } from "./session_reuse_error.ts";
import type { Session } from "./session.ts";

/** What is known when a reply has refused a data connection. */
export interface DataFailure extends ErrorOptions {
  /** What is known about the encryption of the data connection, if that was made. */
  tlsInfo?: TlsInfo;
}

/**
 * Makes the error that a reply stands for, after a data connection was opened.
 *
 * @param reply The reply that was not wanted.
 * @param command The transfer command.
 * @param session The session.
 * @param failure What else is known.
 * @returns The error.
 */
export function dataError(
  reply: Reply,
  command: string,
  session: Session,
  { cause, tlsInfo }: DataFailure = {},
): FTPError {
  const text = reply.lines.join("\n");
  const speaksOfIt = /\b(?:re-?us\w*|resum\w*)\b/i.test(text);
  const mayMeanIt = REFUSED.has(reply.code) && tlsInfo?.sessionReused !== true;
  if (session.tls?.protection !== "P" || !(speaksOfIt || mayMeanIt)) {
    return replyError(reply, command, cause);
  }
  session.tls.wasRefused();
  const reason = reasonFor(session, tlsInfo);
  return new FTPSessionReuseError(
    `${quoteCommand(command)} failed: ${reply.code} ${quote(text)}: the server wants data ` +
      `connections to go on with the TLS session of the control connection, and ${ADVICE[reason]}`,
    reason,
    { code: reply.code, text, command, cause },
  );
}

/** What servers answer where they miss the session: vsftpd, ProFTPD, FileZilla, and others. */
const REFUSED: ReadonlySet<number> = new Set([425, 450, 522, 534]);

function reasonFor({ tls, control }: Session, data: TlsInfo | undefined): SessionReuseFailure {
  if (data?.sessionReused === true) return "rejected";
  if (tls!.hinderedBy !== undefined) return tls!.hinderedBy;
  return control.connection.tls && control.connection.tlsInfo?.session === undefined
    ? "no-session"
    : "not-resumed";
}

const ADVICE: Readonly<Record<SessionReuseFailure, string>> = {
  "client-certificate": "this one cannot, because Deno keeps no session where `cert` and `key` " +
    "are given: connect without them, or have the server not require it",
  "version": "in TLS 1.3 that is not possible here: leave out `minVersion`, so that TLS 1.2 is " +
    "spoken, or have the server not require it",
  "no-session": "it has given none that could be resumed: its session cache or tickets may be " +
    "switched off",
  "not-resumed": "it was not resumed: the session may have expired (then connect again), or " +
    "another connection of this program to the same server has taken its place, made by other " +
    `means than this module; this is Deno ${Deno.version.deno}`,
  "rejected": "it does not accept the one that was resumed: it may have expired; connect again",
};
