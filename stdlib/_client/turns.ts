/**
 * A line of calls that want one connection for themselves, served in the order they
 * came, and who of them comes next.
 *
 * @module
 */

import { Wait } from "../../loop/wait.ts";

/** One call, from the moment it stands in line until it is through. */
export interface Turn {
  /**
   * Gives the commands that may go out before its turn, behind what is written already;
   * `undefined` for none. Not there for a call that has none in any case.
   */
  readonly ahead?: () => readonly string[] | undefined;
  /** Does what can be done before its turn. Called at most once, while the holder waits. */
  prepare?: () => void;
  /** Why it left the line before its turn, once it did. */
  gaveUp?: { readonly error: unknown };
}

/** Who has the connection, and who waits for it. */
export class Turns {
  readonly #line = new Map<Wait<void>, Turn>();
  #holder: Turn | undefined;

  /** Whose turn it is. */
  get holder(): Turn | undefined {
    return this.#holder;
  }

  /** Who comes next, unless it leaves. */
  get next(): Turn | undefined {
    // One that was cancelled just now is still in line, but on its way out.
    for (const [wait, turn] of this.#line) if (!wait.done()) return turn;
    return undefined;
  }

  /**
   * Waits for a turn, and takes it.
   *
   * @param turn The call. If the wait fails and it has become the holder meanwhile, it must
   * still be passed on.
   * @param signal What ends the wait.
   */
  async take(turn: Turn, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (this.#holder === undefined) {
      this.#holder = turn;
      return;
    }
    const wait = new Wait<void>({ signal });
    this.#line.set(wait, turn);
    try {
      await wait;
    } finally {
      this.#line.delete(wait);
    }
  }

  /** Lets the first in line that is not prepared do what it can do before its turn. */
  prepareOne(): void {
    for (const turn of this.#line.values()) {
      const { prepare } = turn;
      if (prepare === undefined) continue;
      turn.prepare = undefined;
      return prepare();
    }
  }

  /** Ends the holder's turn. The next one has it from now on, before it even runs. */
  pass(): void {
    for (const [wait, turn] of this.#line) {
      if (wait.done()) {
        // It has left, but did not run yet to say so.
        turn.gaveUp ??= { error: failureOf(wait) };
        continue;
      }
      this.#holder = turn;
      wait.setResult();
      return;
    }
    this.#holder = undefined;
  }
}

function failureOf(wait: Wait<void>): unknown {
  try {
    return wait.result();
  } catch (error) {
    return error;
  }
}
