/**
 * Sending mail, as Python's `smtplib` does: RFC 5321, with PIPELINING (RFC 2920),
 * SIZE (RFC 1870), 8BITMIME (RFC 6152), SMTPUTF8 (RFC 6531), STARTTLS (RFC 3207),
 * AUTH (RFC 4954) and enhanced status codes (RFC 3463).
 *
 * Needs `--allow-net=host:port` and nothing else. Certificates are verified,
 * passwords go only over TLS, and what a caller passes can never become a command.
 *
 * @module
 */

export { SMTP, SMTP_PORT, SMTP_SSL, SMTP_SSL_PORT } from "./client.ts";
export { SMTPCommands } from "./commands.ts";
export {
  SMTPAuthenticationError,
  SMTPConnectError,
  SMTPDataError,
  SMTPException,
  type SMTPExceptionOptions,
  SMTPHeloError,
  SMTPNotSupportedError,
  SMTPRecipientsRefused,
  SMTPResponseException,
  type SMTPResponseOptions,
  SMTPSenderRefused,
  SMTPServerDisconnected,
} from "./errors.ts";
export type {
  AuthObject,
  AuthOptions,
  MessageSource,
  RecipientReply,
  SendmailOptions,
  SendmailResult,
  SMTPConnectOptions,
  SMTPOptions,
  SMTPReply,
  StarttlsOptions,
} from "./types.ts";

export type { WaitOptions } from "../../loop/wait.ts";
export type {
  Address,
  ByteStream,
  Dial,
  HandshakeOptions,
  StartTlsOptions,
  StartTlsServerOptions,
} from "../../net/byte_stream.ts";
export type { ConnectOptions } from "../../net/streams/connect.ts";
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
export type { Origin } from "../../protocols/errors.ts";
export type { DebugLine } from "../_client/reply_options.ts";
