/**
 * Commands and replies of an FTP session, and which replies are still to come
 * (RFC 959 §5.4).
 *
 * After a transfer is broken off nobody knows how many replies follow: servers
 * send one or two. So the dialogue reads the one that ends the transfer, then
 * sends NOOP, and reads until the answer to that, before the next command. The same
 * goes for NOOPs that are sent while a transfer runs: their answers come before its
 * last reply, or after it, or not at all.
 *
 * @module
 */

import { rethrowIfCancelled, TimeoutError } from "../../loop/exceptions.ts";
import type { WaitOptions } from "../../loop/wait.ts";
import { maskSecrets } from "../../protocols/text/secrets.ts";
import type { Reply } from "../../protocols/text/reply.ts";
import type { ReplyConnection } from "../_client/reply_connection.ts";
import { quoteCommand, replyError, SessionClosedError } from "./errors.ts";

/**
 * What the server still owes: nothing; the reply to a command; the reply that begins a transfer, or
 * the one that ends it; perhaps one more, after a transfer that failed (`doubt`); the reply to the
 * NOOP that ends the doubt, or to the PWD that does where NOOPs are out already.
 */
type Owed = "nothing" | "reply" | "begin" | "end" | "doubt" | "noop" | "pwd";

/** What is said on one control connection. All of it is for who has the turn. */
export class Dialogue {
  /** How many commands were sent. */
  sent = 0;
  readonly #control: ReplyConnection;
  /** What is to be read before the next command. */
  #owed: Owed = "nothing";
  /** The command that it is owed to. */
  #command = "";
  /** How many NOOPs that were sent during a transfer may still be answered. */
  #noops = 0;

  /**
   * Begins behind the greeting.
   *
   * @param control The control connection.
   */
  constructor(control: ReplyConnection) {
    this.#control = control;
  }

  /** Sends a command and reads its reply, whatever it is. */
  async ask(command: string, options: WaitOptions): Promise<Reply> {
    this.#send(command, "reply");
    return await this.#read(options);
  }

  /** Sends a transfer command. */
  sendTransfer(command: string): void {
    this.#send(command, "begin");
  }

  /**
   * Reads the reply that begins the transfer whose command was sent.
   *
   * @returns The reply: 1xx, or the 2xx of a server that begins and ends in one.
   */
  async beginTransfer(command: string, options: WaitOptions): Promise<Reply> {
    let reply = await this.#read(options);
    if (this.#owed === "begin") reply = await this.#read(options);
    if (reply.code < 200 || ENDS_TRANSFER.has(reply.code)) return reply;
    this.#owed = "nothing";
    throw replyError(reply, command);
  }

  /**
   * Reads the reply that ends a transfer, whatever it is.
   *
   * Of one whose data connection broke, Pure-FTPd says with a 150 how long it took, and no more.
   */
  async endTransfer(
    command: string,
    beginning: Reply,
    options: WaitOptions & { broken?: boolean },
  ): Promise<Reply> {
    if (beginning.code >= 200) return beginning;
    for (let more = MAX_REPLIES + this.#noops; more > 0; more--) {
      const before = this.#noops;
      const reply = await this.#read(options);
      if (this.#noops < before) continue;
      if (reply.code >= 200) {
        // A transfer that failed may be reported twice: 426, then 226.
        if (reply.code < 400) this.#owed = "nothing";
        return reply;
      }
      if (options.broken) return reply;
      this.#expectMore(maskSecrets(command));
      this.#owed = "end";
    }
    throw this.#giveUp(`the server never ended ${quoteCommand(command)}`);
  }

  /**
   * Reads the reply that ends a transfer, unless something else is over before.
   *
   * @param other What else is waited for; how it ends does not matter.
   * @returns The reply; `undefined` where the other was there before.
   */
  async endUnless(
    other: PromiseLike<unknown>,
    command: string,
    beginning: Reply,
    options: WaitOptions,
  ): Promise<Reply | undefined> {
    const over = new AbortController();
    const end = () => over.abort();
    other.then(end, end);
    const signal = options.signal ? AbortSignal.any([options.signal, over.signal]) : over.signal;
    try {
      return await this.endTransfer(command, beginning, { timeout: Infinity, signal });
    } catch (error) {
      rethrowIfCancelled(error, options.signal);
      if (error !== over.signal.reason) throw error;
      return undefined;
    }
  }

  /**
   * Sends a NOOP while a transfer runs, so that whoever sits in between does not take the control
   * connection for idle. Some servers answer at once, some after the transfer, and some never; the
   * session is in step again in each case.
   *
   * @returns Whether it was sent: only where a transfer runs, and the last reply is still to come.
   */
  noopDuring(): boolean {
    if (this.#owed !== "end" || this.#control.closed || this.#noops >= MAX_NOOPS) return false;
    this.#noops++;
    this.#sendUnchecked("NOOP", "end");
    return true;
  }

  /** Says goodbye, and waits for the answer; in step or not. */
  async leave(options: WaitOptions): Promise<void> {
    this.#sendUnchecked("QUIT", "nothing");
    for (let more = MAX_REPLIES; more > 0; more--) {
      const reply = await this.#control.readReply(options);
      if (reply.code === 221) return;
      if (this.#control.outstanding === 0) this.#control.expect("QUIT");
    }
  }

  /**
   * Reads the replies away that commands broken off have left. NOOP is not sent
   * before the transfer has its last reply: Pure-FTPd and ProFTPD would read it in
   * the middle of the transfer, and answer out of order.
   */
  async beInStep(options: WaitOptions): Promise<void> {
    try {
      for (let more = MAX_REPLIES + this.#noops; !this.#control.closed; more--) {
        if (this.#owed === "nothing" && this.#noops === 0) return;
        if (more === 0) throw this.#giveUp(`the server talks on and on after ${this.#command}`);
        // Who has been asked for a NOOP already is asked something else, to tell the answers apart.
        if (this.#noops > 0 && (this.#owed === "nothing" || this.#owed === "doubt")) {
          this.#sendUnchecked("PWD", "pwd");
        } else if (this.#owed === "doubt") {
          this.#sendUnchecked("NOOP", "noop");
        }
        const reply = await this.#read(options);
        if (reply.code === 421) throw replyError(reply, this.#command);
      }
    } catch (error) {
      rethrowIfCancelled(error, options.signal);
      if (!(error instanceof TimeoutError)) throw error;
      throw this.#giveUp(
        `${this.#command} was broken off, and the server did not come back into step`,
        error,
      );
    }
  }

  #send(command: string, owed: Owed): void {
    this.sent++;
    this.#control.send(command);
    this.#command = quoteCommand(command);
    this.#owed = owed;
  }

  /** Reads one reply, and settles what is owed by then. */
  async #read(options: WaitOptions): Promise<Reply> {
    const reply = await this.#control.readReply(options);
    if (this.#noops > 0 && ANSWERS_NOOP.has(reply.code)) {
      this.#noops--;
    } else {
      if (this.#owed === "pwd") this.#settleNoops(reply);
      this.#owed = owedAfter(this.#owed, reply);
    }
    const more = this.#owed !== "nothing" && this.#owed !== "doubt";
    if (more && !this.#control.closed) this.#expectMore(this.#command);
    return reply;
  }

  /** PWD was answered: whatever NOOP has no answer by now will have none. */
  #settleNoops({ code }: Reply): void {
    if (!ANSWERS_PWD.has(code)) return;
    this.#noops = 0;
    this.#control.settle();
  }

  #expectMore(command: string): void {
    if (this.#control.outstanding === 0) this.#control.expect(command);
  }

  /** Unlike `control.send`, does not take replies that lie there unread for the server's fault. */
  #sendUnchecked(command: string, owed: Owed): void {
    this.sent++;
    this.#control.expect(command);
    this.#owed = owed;
    this.#control.connection.writer.write(`${command}\r\n`);
    this.#control.debug?.({ direction: "send", text: command });
  }

  #giveUp(reason: string, cause?: unknown): SessionClosedError {
    this.#control.breakOff(reason, cause);
    return new SessionClosedError(`The session is closed: ${reason}`, {
      origin: "peer",
      command: this.#control.lastCommand,
      cause,
    });
  }
}

function owedAfter(owed: Owed, { code }: Reply): Owed {
  switch (owed) {
    case "reply":
      return code < 200 ? "end" : "nothing";
    case "begin":
      if (code < 200) return "end";
      // Some servers answer LIST and STOR with a 200 before the 150.
      return code < 300 && !ENDS_TRANSFER.has(code) ? "begin" : "doubt";
    case "end":
      // Whatever it is: after its data connection was closed, Pure-FTPd ends with a 150.
      return "doubt";
    case "noop":
      return code === 200 ? "nothing" : "noop";
    case "pwd":
      return ANSWERS_PWD.has(code) ? "nothing" : "pwd";
    default:
      return owed;
  }
}

/** Replies that say that the data connection is closed and the transfer done. */
const ENDS_TRANSFER: ReadonlySet<number> = new Set([226, 250]);

/** Replies to a NOOP that was sent during a transfer: none of them can end the transfer. */
const ANSWERS_NOOP: ReadonlySet<number> = new Set([200, 500, 501, 502, 503, 504]);

/** Replies to PWD, which no transfer ends with. */
const ANSWERS_PWD: ReadonlySet<number> = new Set([257, 500, 502, 530, 550]);

/** How many NOOPs may be unanswered: after that, who sits in between has seen enough of them. */
const MAX_NOOPS = 1000;

/** How many replies one command may have: a server that talks on and on is cut off. */
export const MAX_REPLIES = 32;
