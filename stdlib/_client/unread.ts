/**
 * What was asked of a server, and not answered yet.
 *
 * @module
 */

import { quote } from "../../protocols/text/quote.ts";
import type { Turn } from "./turns.ts";

const MAX_PROMISES = 1000;

/**
 * The commands whose replies are unread, oldest first: those of the call whose turn it
 * is, and behind them those that were sent ahead for the next. The first cannot take a
 * reply that belongs to the second.
 */
export class UnreadReplies {
  // It opens with the greeting. What was answered stays in front until all is: taking it out
  // one by one would cost more the longer the list is.
  readonly #own: string[] = ["the connection"];
  #answered = 0;
  #ahead: { readonly turn: Turn; readonly commands: string[] } | undefined;
  #promises = 0;

  /** How many replies the call is still to read whose turn it is. */
  get count(): number {
    return this.#own.length - this.#answered;
  }

  /** For whom commands were sent that it has not taken over yet. */
  get aheadFor(): Turn | undefined {
    return this.#ahead?.turn;
  }

  /** What the next reply will answer, for messages. */
  get oldest(): string {
    return shown(this.#own[this.#answered]);
  }

  /** The first of the commands that were sent ahead, for messages. */
  get oldestAhead(): string {
    return shown(this.#ahead?.commands[0]);
  }

  /**
   * Registers commands.
   *
   * @param commands The commands, or what else is to be answered.
   * @param ahead Whose they are, if they were sent before its turn.
   */
  add(commands: string[], ahead?: Turn): void {
    if (ahead === undefined) { for (const command of commands) this.#own.push(command); }
    else this.#ahead = { turn: ahead, commands };
  }

  /**
   * Makes what was sent ahead the call's own.
   *
   * @param turn The call whose turn it is.
   * @returns Whether anything was sent ahead for it.
   */
  takeOver(turn: Turn | undefined): boolean {
    if (this.#ahead === undefined || this.#ahead.turn !== turn) return false;
    const { commands } = this.#ahead;
    this.#ahead = undefined;
    this.add(commands);
    return true;
  }

  /**
   * The oldest had a preliminary reply (1yz), which is not the last.
   *
   * @returns Whether there may be more of them.
   */
  promised(): boolean {
    return ++this.#promises <= MAX_PROMISES;
  }

  /** The oldest was answered. */
  answered(): void {
    this.#promises = 0;
    this.#answered++;
    if (this.count > 0) return;
    this.#own.length = 0;
    this.#answered = 0;
  }

  /** No answer will come any more. */
  clear(): void {
    this.#own.length = 0;
    this.#answered = 0;
    this.#ahead = undefined;
  }
}

function shown(what = ""): string {
  // "the connection", "the message": not a command, and so not quoted.
  return what.startsWith("the ") ? what : quote(what);
}
