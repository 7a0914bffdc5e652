/**
 * The reply that an FTP command, or a file system behind it, throws
 * (RFC 959 §4.2).
 *
 * @module
 */

import { ReplyError } from "../../_server/reply_error.ts";

/**
 * An FTP reply in place of a command's success: thrown by a file system or a
 * hook of {@linkcode FTPServer}, it is what the client gets.
 *
 * @example Refuse a name
 * ```ts
 * import { FTPReplyError } from "https://tulip.example/stdlib/ftplib/mod.ts";
 *
 * const refusal = new FTPReplyError(553, "Only .txt files are taken here");
 * console.log(refusal.message); // "553 Only .txt files are taken here"
 * ```
 */
export class FTPReplyError extends ReplyError {
  /** The name of the class, as in every error. */
  override readonly name: string = "FTPReplyError";
}
