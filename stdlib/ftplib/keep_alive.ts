/**
 * Keeping a session alive: a `NOOP` where the control connection has been silent
 * for a while, so that neither the server nor a firewall takes it for dead.
 *
 * @module
 */

import { getEventLoop } from "../../loop/events.ts";

/** What is kept alive: a session, as far as it has to be known here. */
interface Silent {
  readonly dialogue: { readonly sent: number; noopDuring(): boolean };
  readonly closed: boolean;
  readonly isIdle: boolean;
  exchange(command: string, options: object): Promise<unknown>;
}

/** Says something on a session that is silent. */
export class KeepAlive {
  readonly #session: Silent;
  readonly #interval: number;
  /** How many commands had been sent when it was last looked. */
  #seen = 0;
  #cancel: () => void = () => {};

  /**
   * Begins at once.
   *
   * @param session The session.
   * @param interval After how many milliseconds of silence.
   */
  constructor(session: Silent, interval: number) {
    this.#session = session;
    this.#interval = interval;
    this.#watch();
  }

  /** Ends. May be called again. */
  stop(): void {
    this.#cancel();
  }

  #watch(): void {
    this.#seen = this.#session.dialogue.sent;
    // A session that nobody uses any more must not keep the program from its end.
    this.#cancel = getEventLoop()._callInBackground(this.#interval, () => this.#look());
  }

  #look(): void {
    if (this.#session.closed) return;
    if (this.#session.dialogue.sent === this.#seen) this.#speak();
    this.#watch();
  }

  /**
   * During a transfer the answer is read with the one that ends it. Where somebody waits for an
   * answer there is no silence that would have to be broken.
   */
  #speak(): void {
    if (this.#session.dialogue.noopDuring() || !this.#session.isIdle) return;
    // The session tells whoever uses it next what has become of it.
    this.#session.exchange("NOOP", {}).catch(() => {}).finally(() => {
      this.#seen = this.#session.dialogue.sent;
    });
  }
}
