/**
 * From a connection in the clear to one under TLS (RFC 3207).
 *
 * @module
 */

import { tlsOptions } from "../../net/tls/begin_tls.ts";
import { adviceOn } from "./advice.ts";
import { SMTPException, SMTPNotSupportedError, SMTPResponseException } from "./errors.ts";
import { showReply } from "./replies.ts";
import type { Session } from "./session.ts";
import type { SMTPReply, StarttlsOptions } from "./types.ts";

/**
 * Has the server begin TLS.
 *
 * @param session Whose.
 * @param options Whom to trust, and how long to wait.
 * @returns The reply that agreed to it.
 */
export async function starttls(session: Session, options: StarttlsOptions): Promise<SMTPReply> {
  const { line } = session;
  if (session.tls) {
    throw new SMTPException("Cannot start TLS: the connection is encrypted already", {
      origin: "usage",
    });
  }
  await session.greet(options);
  if (!session.features?.has("starttls")) {
    throw new SMTPNotSupportedError(
      `${line.peer} does not offer STARTTLS. Its port for TLS from the first byte (465, SMTP_SSL) ` +
        "may; where it should be offered here, somebody between may have removed it",
    );
  }
  const reply = await session.ask("STARTTLS", options);
  if (reply.code !== 220) {
    throw new SMTPResponseException(
      `${line.peer} refuses STARTTLS: ${showReply(reply)}${adviceOn(reply)}`,
      { reply, command: "STARTTLS" },
    );
  }
  await line.startTls({ ...tlsOptions(session.options), ...options });
  // What the server said in the clear may have been somebody else's words (RFC 3207 §4.2).
  session.forget();
  return reply;
}
