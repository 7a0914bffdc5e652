/**
 * What can go wrong on a line of commands and replies, in one shape that each
 * client turns into an error of its own hierarchy.
 *
 * @module
 */

import type { Origin } from "../../protocols/errors.ts";

/** One way in which a {@linkcode ReplyConnection} came to its end, or never began. */
export interface ReplyFault {
  /**
   * `closed`: the call came after the end, or was caught by it.
   * `disconnected`: the server went away.
   * `protocol`: the server sent what is no reply, or a reply that nobody asked for.
   */
  readonly kind: "closed" | "disconnected" | "protocol";
  /** What failed, on which command, and why. */
  readonly message: string;
  /** Whose doing it is. */
  readonly origin: Origin;
  /** The error behind it, if there is one. */
  readonly cause?: unknown;
}

/** The error of a {@linkcode ReplyConnection} whose owner has no hierarchy of its own. */
export class ReplyFaultError extends Error {
  /** The name of the class, as in every error. */
  override readonly name: string = "ReplyFaultError";
  /** What happened. */
  readonly kind: ReplyFault["kind"];
  /** Whose doing it is. */
  readonly origin: Origin;

  /**
   * Wraps a fault.
   *
   * @param fault What happened.
   */
  constructor({ kind, message, origin, cause }: ReplyFault) {
    super(message, { cause });
    this.kind = kind;
    this.origin = origin;
  }
}
