/**
 * What can be asked of a {@linkcode ReplyConnection}.
 *
 * @module
 */

import type { ReplyStyle } from "../../protocols/text/reply.ts";
import type { InvalidUtf8 } from "../../protocols/text/utf8.ts";
import type { ReplyFault } from "./reply_fault.ts";

/** One line of a dialogue, as a `debug` callback sees it: secrets are masked. */
export interface DebugLine {
  /** Who spoke. */
  readonly direction: "send" | "receive";
  /** What was said, without its CRLF. */
  readonly text: string;
}

/** Options of a {@linkcode ReplyConnection}. */
export interface ReplyConnectionOptions {
  /**
   * How text is written in commands and read in replies.
   *
   * @default {"utf-8"}
   */
  encoding?: "utf-8" | "latin-1";
  /**
   * What a line of a reply means that is no UTF-8, where UTF-8 is spoken.
   *
   * @default {"replace"}
   */
  invalidUtf8?: InvalidUtf8;
  /**
   * How the lines inside a reply look: each with its code (SMTP), or free text (FTP).
   *
   * @default {"free"}
   */
  style?: ReplyStyle;
  /**
   * The longest line of a reply, in bytes.
   *
   * @default {8192}
   */
  maxLineLength?: number;
  /**
   * The most bytes of one reply, all lines together.
   *
   * @default {65536}
   */
  maxReplyBytes?: number;
  /**
   * The most lines of one reply.
   *
   * @default {1000}
   */
  maxLines?: number;
  /**
   * The longest silence of the server, in milliseconds, for calls that do not say their own.
   *
   * @default {30_000}
   */
  timeout?: number;
  /**
   * Whether a 1yz reply announces that another reply to the same command follows
   * (FTP, RFC 959 §4.2). Otherwise it is a reply like others.
   *
   * @default {false}
   */
  preliminary?: boolean;
  /**
   * Whether the owner brings the dialogue back into step after a call was broken
   * off. The unread replies then stay counted in {@linkcode ReplyConnection.outstanding},
   * and the next exchange first reads them away. Otherwise the connection is closed.
   *
   * @default {false}
   */
  resynchronise?: boolean;
  /** Makes the error of a fault, in the owner's hierarchy. */
  errorFor?: (fault: ReplyFault) => Error;
  /** Called with every line sent and received. */
  debug?: (line: DebugLine) => void;
  /** How messages name the server; its address unless given. */
  peer?: string;
}

/** Options of {@linkcode ReplyConnection.send}. */
export interface SendOptions {
  /**
   * Whether the whole line is secret, as a response of an AUTH exchange is.
   *
   * @default {false}
   */
  secret?: boolean;
}
