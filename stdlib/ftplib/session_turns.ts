/**
 * Whose turn it is on an FTP session: one call speaks at a time, in the order
 * they came.
 *
 * @module
 */

import { Lock } from "../../loop/locks.ts";
import type { WaitOptions } from "../../loop/wait.ts";
import { maskSecrets } from "../../protocols/text/secrets.ts";
import { quoteCommand, SessionBusyError } from "./errors.ts";

/** What `Session.begin` is asked. */
export interface TurnOptions extends WaitOptions {
  /** Whether the caller's code runs before the turn ends. */
  interactive?: boolean;
}

/** The right to speak on a session. */
export interface Turn {
  /** Says that no code of the caller's runs any more before the end: others may wait for it. */
  windUp(): void;
  /** Gives it to the next; may be called again. */
  end(): void;
}

/** The turns of one session. */
export class SessionTurns {
  readonly #lock = new Lock();
  /** The transfer that has the turn or waits for it, and whose bytes the caller's code takes. */
  #interactive: string | undefined;

  /** Whether nobody speaks, or is to. */
  get areFree(): boolean {
    return !this.#lock.locked();
  }

  /**
   * Waits for the turn.
   *
   * @param what What is to be done, for messages.
   * @param options Whether the caller's code runs before the turn ends.
   * @throws {SessionBusyError} If waiting could be for ever: the transfer that has the turn, or
   * gets it first, waits for the caller's code.
   */
  async take(what: string, options: TurnOptions): Promise<Turn> {
    const before = this.#interactive;
    if (before !== undefined) {
      throw new SessionBusyError(
        `Cannot begin ${quoteCommand(what)}: the session is busy with ${quoteCommand(before)}, ` +
          "whose bytes your code takes or gives; finish or close that first, or open a second session",
        { origin: "usage", command: maskSecrets(what) },
      );
    }
    if (options.interactive) this.#interactive = what;
    let state: "waiting" | "speaking" | "ended" = "waiting";
    let interactive = options.interactive;
    const turn = {
      windUp: (): void => {
        if (interactive) this.#interactive = undefined;
        interactive = false;
      },
      end: (): void => {
        if (state === "ended") return;
        turn.windUp();
        if (state === "speaking") this.#lock.release();
        state = "ended";
      },
    };
    try {
      await this.#lock.acquire({ signal: options.signal });
      state = "speaking";
      return turn;
    } finally {
      if (state === "waiting") turn.end();
    }
  }
}
