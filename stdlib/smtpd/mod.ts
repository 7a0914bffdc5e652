/**
 * smtpd: an SMTP server to embed, after Python's `smtpd` and aiosmtpd.
 *
 * @example Take mail, and refuse some
 * ```ts
 * import { SMTPReplyError, SMTPServer } from "https://tulip.example/stdlib/smtpd/mod.ts";
 *
 * await using server = await SMTPServer.start({
 *   handler: {
 *     rcpt(_session, address) {
 *       if (!address.endsWith("@example.org")) {
 *         throw new SMTPReplyError(550, "Not for us", "5.7.1");
 *       }
 *     },
 *     message(session, envelope) {
 *       console.log(`${session.hostName} sends ${envelope.content.length} bytes`);
 *     },
 *   },
 * });
 * console.log(`Listening on ${server.hostname}:${server.port}`);
 * ```
 *
 * @module
 */

export type {
  Address,
  ByteStream,
  HandshakeOptions,
  StartTlsOptions,
  StartTlsServerOptions,
} from "../../net/byte_stream.ts";
export type { Listen, Listener } from "../../net/listener.ts";
export type {
  PeerCertificate,
  TlsIdentity,
  TlsInfo,
  TlsOptions,
  TlsServerOptions,
  TlsSession,
  TlsVersion,
  TlsVersions,
} from "../../net/tls/tls.ts";
export type {
  BodyType,
  MailParameters,
  NotifyEvent,
  RcptParameters,
} from "../../protocols/smtp/parameters.ts";
export type { ServerOptions, StopOptions } from "../_server/command_server.ts";
export { ReplyError } from "../_server/reply_error.ts";
export { DebuggingServer, type DebuggingServerOptions } from "./debugging_cli.ts";
export { SMTPReplyError } from "./errors.ts";
export { DATA_SIZE_DEFAULT, type SMTPServerOptions } from "./options.ts";
export { SMTPServer } from "./server.ts";
export { Envelope, type Recipient, type SMTPHandler, type SMTPSession } from "./types.ts";
