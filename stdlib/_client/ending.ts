/**
 * How a line of commands and replies comes to its end, and the errors that say so.
 *
 * @module
 */

import { CancelledError, TimeoutError } from "../../loop/exceptions.ts";
import type { WaitOptions } from "../../loop/wait.ts";
import { EOFError, LimitOverrunError, OSError, SSLError } from "../../net/errors.ts";
import type { Origin } from "../../protocols/errors.ts";
import { quote } from "../../protocols/text/quote.ts";
import { type ReplyFault, ReplyFaultError } from "./reply_fault.ts";
import type { ReplyLines } from "./reply_lines.ts";
import type { UnreadReplies } from "./unread.ts";

/** What an {@linkcode Ending} is about. */
export interface EndingOptions {
  /** How messages name the server. */
  readonly peer: string;
  /** Whether the owner reads late replies of a call that was broken off. */
  readonly resynchronise?: boolean;
  /** What was asked, and not answered. */
  readonly unread: UnreadReplies;
  /** Knows the limits. */
  readonly lines: ReplyLines;
  /** Closes the connection. */
  readonly close: () => void;
  /** Makes the error of a fault. */
  readonly errorFor?: (fault: ReplyFault) => Error;
}

/** The end of a connection: reached once, told by every error from then on. */
export class Ending {
  readonly #options: EndingOptions;
  readonly #errorFor: (fault: ReplyFault) => Error;
  #reason: string | undefined;
  #cause: unknown;
  #origin: Origin = "usage";

  /**
   * Begins with a connection that is open.
   *
   * @param options What it is about.
   */
  constructor(options: EndingOptions) {
    this.#options = options;
    this.#errorFor = options.errorFor ?? ((fault) => new ReplyFaultError(fault));
  }

  /** Whether the end has come. */
  get reached(): boolean {
    return this.#reason !== undefined;
  }

  /**
   * Ends the connection. The first reason stays: what follows is its consequence.
   *
   * @param reason Why, as part of a sentence.
   * @param cause The error behind it.
   * @param origin Whose doing it is.
   */
  reach(reason: string, cause: unknown, origin: Origin): void {
    if (this.#reason === undefined) {
      this.#reason = reason;
      this.#cause = cause;
      this.#origin = origin;
    }
    this.#options.unread.clear();
    this.#options.close();
  }

  /**
   * The error for a call that comes after the end.
   *
   * @param what What the call cannot do.
   * @returns The error, of the owner's hierarchy.
   */
  closedError(what: string): Error {
    const { peer } = this.#options;
    const message = `${what}: the connection to ${peer} is closed (${this.#reason})`;
    return this.#errorFor({ kind: "closed", message, origin: this.#origin, cause: this.#cause });
  }

  /**
   * Ends the connection over what the server did.
   *
   * @param kind What happened.
   * @param origin Whose doing it is.
   * @param reason Why, as part of a sentence.
   * @param cause The error behind it.
   * @returns The error for the call in which the end came.
   */
  over(kind: ReplyFault["kind"], origin: Origin, reason: string, cause?: unknown): Error {
    if (this.reached) return this.closedError("Cannot read a reply");
    this.reach(reason, cause, origin);
    return this.#errorFor({ kind, message: `${this.#options.peer}: ${reason}`, origin, cause });
  }

  /**
   * Ends the connection: the server has gone.
   *
   * @param cause The error behind it.
   * @returns The error that says so.
   */
  disconnected(cause?: unknown): Error {
    const { oldest } = this.#options.unread;
    const reason = `the server closed the connection instead of answering ${oldest}`;
    return this.over("disconnected", "transport", reason, cause);
  }

  /**
   * Ends the connection: the server does not keep to the protocol, or to the limits.
   *
   * @param cause What it did.
   * @returns The error that says so.
   */
  violation(cause: Error): Error {
    const reason = `no proper answer to ${this.#options.unread.oldest}: ${cause.message}`;
    return this.over("protocol", "peer", reason, cause);
  }

  /**
   * Ends the connection: the server spoke where nothing was asked.
   *
   * @param line What it said, if it is a line.
   * @param size How many bytes it said.
   * @returns The error that says so.
   */
  unasked(line: string | undefined, size: number): Error {
    const said = line === undefined ? `${size} bytes` : quote(line);
    return line?.startsWith("421")
      ? this.over("disconnected", "peer", `the server ended the session: ${said}`)
      : this.over("protocol", "peer", `the server said what nobody asked for: ${said}`);
  }

  /**
   * What a failed read means for the connection.
   *
   * @param error The error of the read.
   * @param signal The signal of the call.
   * @param timeout How long it was to wait.
   * @returns The error to tell it by.
   */
  failed(error: unknown, { signal }: WaitOptions, timeout: number): unknown {
    const aborted = error instanceof CancelledError || signal?.aborted === true;
    if (!aborted && !(error instanceof TimeoutError)) {
      if (error instanceof LimitOverrunError) return this.violation(this.#options.lines.tooLong());
      if (error instanceof SSLError && error.code === "ERR_TLS_UNEXPECTED") {
        return this.violation(error);
      }
      if (error instanceof OSError || error instanceof EOFError) return this.disconnected(error);
      return error;
    }
    const { peer, unread: { oldest }, resynchronise } = this.#options;
    const told = aborted ? error : new TimeoutError(
      `${peer} was silent for ${timeout} ms when it was to answer ${oldest}`,
      { cause: error },
    );
    if (!resynchronise) {
      const reason = `the wait for the answer to ${oldest} was broken off`;
      this.reach(reason, told, aborted ? "usage" : "transport");
    }
    return told;
  }
}
