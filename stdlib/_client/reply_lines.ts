/**
 * From the lines of a connection to replies in the client's encoding, within limits.
 *
 * @module
 */

import { LimitError } from "../../protocols/errors.ts";
import { checkLimit } from "../../protocols/limits.ts";
import { type Reply, ReplyDecoder } from "../../protocols/text/reply.ts";
import { type InvalidUtf8, latin1ToUtf8 } from "../../protocols/text/utf8.ts";
import type { ReplyConnectionOptions } from "./reply_options.ts";

/** The longest line of a reply, in bytes, where nothing else is said. */
export const MAX_LINE_LENGTH = 8192;

/** Puts lines together to replies. */
export class ReplyLines {
  readonly #encoding: "utf-8" | "latin-1";
  readonly #invalidUtf8: InvalidUtf8;
  readonly #maxLineLength: number;
  readonly #decoder: ReplyDecoder;

  /**
   * Begins between two replies.
   *
   * @param options Encoding, style and limits.
   * @throws {RangeError} If a limit is below 1.
   */
  constructor(options: ReplyConnectionOptions) {
    this.#encoding = options.encoding ?? "utf-8";
    this.#invalidUtf8 = options.invalidUtf8 ?? "replace";
    this.#maxLineLength = checkLimit("maxLineLength", options.maxLineLength, MAX_LINE_LENGTH);
    this.#decoder = new ReplyDecoder({
      style: options.style,
      maxLines: checkLimit("maxLines", options.maxLines, 1000),
      maxBytes: checkLimit("maxReplyBytes", options.maxReplyBytes, 65_536),
    });
  }

  /**
   * Takes one line.
   *
   * @param line The line as latin-1, without its CRLF.
   * @returns The reply that this line completes, or `undefined` where more lines follow.
   * @throws {ProtocolError} If the line is no reply, or too long, or one too many.
   */
  push(line: string): Reply | undefined {
    if (line.length > this.#maxLineLength) throw this.tooLong();
    const reply = this.#decoder.push(line);
    return reply && { code: reply.code, lines: reply.lines.map((each) => this.textOf(each)) };
  }

  /**
   * The error of a line that is too long.
   *
   * @returns The error; it is not thrown here.
   */
  tooLong(): LimitError {
    return new LimitError(
      `A line may have ${this.#maxLineLength} bytes, the peer sends more`,
      "maxLineLength",
      this.#maxLineLength,
    );
  }

  /**
   * Reads a line in the client's encoding.
   *
   * @param line The line as latin-1.
   * @returns Its text.
   */
  textOf(line: string): string {
    return this.#encoding === "latin-1" ? line : latin1ToUtf8(line, this.#invalidUtf8);
  }
}
