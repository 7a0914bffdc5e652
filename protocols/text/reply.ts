/**
 * Three-digit replies, as FTP, SMTP, LMTP and NNTP send them (RFC 959 §4.2,
 * RFC 5321 §4.2, RFC 3977 §3.2).
 *
 * @module
 */

import { LimitError, ProtocolError } from "../errors.ts";
import { checkLimit } from "../limits.ts";
import { checkLine } from "./guard.ts";
import { quote } from "./quote.ts";

/** One complete reply of a server. */
export interface Reply {
  /** The three-digit code, 100 to 599. */
  readonly code: number;
  /** The text of each line, without code, separator and line end. */
  readonly lines: readonly string[];
}

/**
 * How the lines between the first and the last look: each with the code before
 * it (`"coded"`, SMTP; RFC 5321 §4.2.1), or any text that does not look like the
 * last line (`"free"`, FTP; RFC 959 §4.2).
 */
export type ReplyStyle = "coded" | "free";

/** Limits of a {@linkcode ReplyDecoder}. A peer that goes past one is cut off, never buffered. */
export interface ReplyLimits {
  /**
   * The most lines in one reply.
   *
   * @default {1000}
   */
  maxLines?: number;
  /**
   * The most bytes in one reply, line ends included.
   *
   * @default {65536}
   */
  maxBytes?: number;
}

/** Options of a {@linkcode ReplyDecoder}. */
export interface ReplyDecoderOptions extends ReplyLimits {
  /**
   * How the lines inside a reply look. `"free"` reads both styles; `"coded"`
   * notices at once where a reply is cut off and another begins.
   *
   * @default {"free"}
   */
  style?: ReplyStyle;
}

/** The peer sent what is no reply. Nothing that follows on the connection can be trusted. */
export class ReplySyntaxError extends ProtocolError {
  /** The name of the class, as in every error. */
  override readonly name: string = "ReplySyntaxError";
  /** The line that is no reply, as it came. */
  readonly line: string;

  /**
   * Says what was expected.
   *
   * @param message What was expected, and what came.
   * @param line The line.
   */
  constructor(message: string, line: string) {
    super(message);
    this.line = line;
  }
}

/**
 * Turns lines into replies, without I/O.
 *
 * @example A reply of two lines
 * ```ts
 * import { ReplyDecoder } from "https://tulip.example/protocols/text/reply.ts";
 * import assert from "node:assert/strict";
 *
 * const decoder = new ReplyDecoder();
 * assert.equal(decoder.push("250-mail.example.org"), undefined); // more to come
 * assert.deepEqual(decoder.push("250 PIPELINING"), {
 *   code: 250,
 *   lines: ["mail.example.org", "PIPELINING"],
 * });
 * ```
 */
export class ReplyDecoder {
  readonly #maxLines: number;
  readonly #maxBytes: number;
  readonly #style: ReplyStyle;
  /** The reply that is being read; `undefined` between two of them. */
  #open: { code: number; lines: string[]; bytes: number } | undefined;

  /**
   * Begins between two replies.
   *
   * @param options What a reply may cost, and how it looks.
   * @throws {RangeError} If a limit is no whole number of at least 1.
   */
  constructor({ maxLines, maxBytes, style = "free" }: ReplyDecoderOptions = {}) {
    this.#maxLines = checkLimit("maxLines", maxLines, 1000);
    this.#maxBytes = checkLimit("maxBytes", maxBytes, 65_536);
    this.#style = style;
  }

  /** Whether a reply has begun and not ended: the end of the stream would cut it off. */
  get pending(): boolean {
    return this.#open !== undefined;
  }

  /**
   * Takes one line.
   *
   * @param line The line, without its CRLF.
   * @returns The reply that this line completes, or `undefined` where more lines follow.
   * @throws {ReplySyntaxError} If the line is no reply.
   * @throws {LimitError} If the reply has too many lines or bytes.
   */
  push(line: string): Reply | undefined {
    const code = codeOf(line);
    const reply = this.#open ??= { code: this.#begin(line, code), lines: [], bytes: 0 };
    reply.bytes += line.length + 2;
    if (reply.lines.length === this.#maxLines) {
      throw new LimitError(
        `A reply may have ${this.#maxLines} lines, the peer sends more`,
        "maxLines",
        this.#maxLines,
      );
    }
    if (reply.bytes > this.#maxBytes) {
      throw new LimitError(
        `A reply may have ${this.#maxBytes} bytes, the peer sends more`,
        "maxBytes",
        this.#maxBytes,
      );
    }
    const same = code === reply.code;
    if (!same && this.#style === "coded") {
      throw new ReplySyntaxError(`Expected more of reply ${reply.code}, got ${quote(line)}`, line);
    }
    // Free text may begin with digits: only the same code, and a space or
    // nothing after it, ends the reply.
    reply.lines.push(same ? line.slice(4) : line);
    if (!same || line[3] === "-") return undefined;
    this.#open = undefined;
    return { code: reply.code, lines: reply.lines };
  }

  #begin(line: string, code: number | undefined): number {
    if (code !== undefined) return code;
    const hint = OTHER_PROTOCOLS.find(([opening]) => line.startsWith(opening))?.[1];
    throw new ReplySyntaxError(
      `Expected a three-digit reply, got ${quote(line)}${hint === undefined ? "" : `: ${hint}`}`,
      line,
    );
  }
}

/**
 * Writes a reply, as a server sends it.
 *
 * @param code The three-digit code, 100 to 599.
 * @param lines The text of each line; a single string is a reply of one line.
 * @param style How the lines inside the reply look. In `"free"` style a line that begins with
 * three digits gets a space before it, so that no client takes it for the last (RFC 959 §4.2).
 * @returns The lines, each with its CRLF.
 * @throws {RangeError} If the code is no whole number from 100 to 599.
 * @throws {TypeError} If a line holds CR, LF or NUL.
 *
 * @example
 * ```ts
 * import { encodeReply } from "https://tulip.example/protocols/text/reply.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(encodeReply(250, ["mail.example.org", "SIZE"]), "250-mail.example.org\r\n250 SIZE\r\n");
 * assert.equal(encodeReply(211, ["Features:", " UTF8", "End"], "free"), "211-Features:\r\n UTF8\r\n211 End\r\n");
 * ```
 */
export function encodeReply(
  code: number,
  lines: string | readonly string[],
  style: ReplyStyle = "coded",
): string {
  if (!Number.isInteger(code) || code < 100 || code > 599) {
    throw new RangeError(`Cannot reply with code ${code}: need 100 to 599`);
  }
  const texts = typeof lines === "string" ? [lines] : lines;
  const last = texts.length - 1;
  let reply = last < 0 ? `${code} \r\n` : "";
  for (const [index, text] of texts.entries()) {
    checkLine("reply", text);
    if (index === last) reply += `${code} ${text}\r\n`;
    else if (index === 0 || style === "coded") reply += `${code}-${text}\r\n`;
    else reply += `${/^\d{3}/.test(text) ? " " : ""}${text}\r\n`;
  }
  return reply;
}

/**
 * What a reply means by its first digit: `"preliminary"` (1xx, another reply
 * follows), `"completion"` (2xx, done), `"intermediate"` (3xx, go on),
 * `"transient"` (4xx, failed but may be tried again), `"permanent"` (5xx, failed).
 */
export type ReplyClass =
  | "preliminary"
  | "completion"
  | "intermediate"
  | "transient"
  | "permanent";

const CLASSES: readonly ReplyClass[] = [
  "preliminary",
  "completion",
  "intermediate",
  "transient",
  "permanent",
];

/**
 * Classifies a reply (RFC 959 §4.2.1, RFC 5321 §4.2.1).
 *
 * @param code The three-digit code.
 * @returns What its first digit means.
 * @throws {RangeError} If the code is not between 100 and 599.
 *
 * @example
 * ```ts
 * import { classifyReply } from "https://tulip.example/protocols/text/reply.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(classifyReply(226), "completion");
 * assert.equal(classifyReply(450), "transient");
 * ```
 */
export function classifyReply(code: number): ReplyClass {
  const found = CLASSES[Math.floor(code / 100) - 1];
  if (found === undefined) {
    throw new RangeError(`Cannot classify reply code ${code}: need 100 to 599`);
  }
  return found;
}

function codeOf(line: string): number | undefined {
  return /^[1-5]\d\d(?:[ -]|$)/.test(line) ? Number(line.slice(0, 3)) : undefined;
}

/** How peers begin that speak something else, and what to do about each. */
const OTHER_PROTOCOLS: readonly (readonly [opening: string, hint: string])[] = [
  ["\x15\x03", "the peer speaks TLS, so connect with TLS"],
  ["\x16\x03", "the peer speaks TLS, so connect with TLS"],
  ["HTTP/", "the peer is an HTTP server or proxy"],
  ["SSH-", "the peer is an SSH server"],
  ["* OK", "the peer is an IMAP server"],
  ["+OK", "the peer is a POP3 server"],
];
