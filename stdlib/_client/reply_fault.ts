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

/** How a connection ended, and the errors that say so. */
export class Ending {
  readonly #peer: string;
  readonly #errorFor: (fault: ReplyFault) => Error;
  #reason: string | undefined;
  #cause: unknown;
  #origin: Origin = "usage";

  /**
   * Begins with a connection that is open.
   *
   * @param peer How messages name the server.
   * @param errorFor Makes the error of a fault.
   */
  constructor(
    peer: string,
    errorFor: (fault: ReplyFault) => Error = (fault) => new ReplyFaultError(fault),
  ) {
    this.#peer = peer;
    this.#errorFor = errorFor;
  }

  /** Whether the end has come. */
  get reached(): boolean {
    return this.#reason !== undefined;
  }

  /**
   * Keeps why the connection ended. The first reason stays: what follows is its consequence.
   *
   * @param reason Why, as part of a sentence.
   * @param cause The error behind it.
   * @param origin Whose doing it is.
   */
  reach(reason: string, cause: unknown, origin: Origin): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#cause = cause;
    this.#origin = origin;
  }

  /**
   * The error for the call in which the end came.
   *
   * @param kind What happened.
   * @returns The error, of the owner's hierarchy.
   */
  errorOf(kind: ReplyFault["kind"]): Error {
    const message = `${this.#peer}: ${this.#reason}`;
    return this.#errorFor({ kind, message, origin: this.#origin, cause: this.#cause });
  }

  /**
   * The error for a call that comes after the end.
   *
   * @param what What the call cannot do.
   * @returns The error, of the owner's hierarchy.
   */
  closedError(what: string): Error {
    const message = `${what}: the connection to ${this.#peer} is closed (${this.#reason})`;
    return this.#errorFor({ kind: "closed", message, origin: this.#origin, cause: this.#cause });
  }
}
