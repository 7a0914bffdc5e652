/**
 * The reply that an SMTP hook throws (RFC 5321 §4.2, RFC 2034).
 *
 * @module
 */

import { parseEnhancedCode } from "../../protocols/smtp/enhanced.ts";
import { ReplyError } from "../_server/reply_error.ts";

/**
 * An SMTP reply in place of a command's success: thrown by a hook of
 * {@linkcode SMTPServer}, it is what the client gets. 421 also ends the session.
 *
 * @example Refuse a recipient
 * ```ts
 * import { SMTPReplyError, SMTPServer } from "https://tulip.example/stdlib/smtpd/mod.ts";
 *
 * await using server = await SMTPServer.start({
 *   handler: {
 *     rcpt(_session, address) {
 *       if (!address.endsWith("@example.org")) {
 *         throw new SMTPReplyError(550, "No such user here", "5.1.1");
 *       }
 *     },
 *   },
 * });
 * ```
 */
export class SMTPReplyError extends ReplyError {
  /** The name of the class, as in every error. */
  override readonly name: string = "SMTPReplyError";
  /** The enhanced status code that goes before the text. */
  readonly enhancedCode: string;

  /**
   * Makes the reply; it is sent when the error is thrown.
   *
   * @param code The three-digit code, 200 to 599.
   * @param text What it says; an array for a reply of several lines.
   * @param enhancedCode The enhanced status code (RFC 3463), of the same class as `code`. By
   *   default the one that says nothing more, such as `5.0.0`.
   * @throws {RangeError} If `code` cannot end a command.
   * @throws {TypeError} If a line contains CR, LF or NUL, or the enhanced code is none or of
   *   another class.
   */
  constructor(code: number, text: string | readonly string[], enhancedCode?: string) {
    const kind = Math.floor(code / 100);
    const prefix = enhancedCode ?? `${kind}.0.0`;
    const lines = typeof text === "string" ? [text] : text;
    // 3xx replies have none (RFC 2034 §4).
    super(code, kind === 3 ? lines : lines.map((line) => `${prefix} ${line}`));
    this.enhancedCode = prefix;
    if (enhancedCode !== undefined && parseEnhancedCode(enhancedCode)?.class !== kind) {
      throw new TypeError(`Cannot send ${JSON.stringify(enhancedCode)} with the code ${code}`);
    }
  }
}
