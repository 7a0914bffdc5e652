/**
 * The dialogue of an FTP session: whose turn it is, which replies are still to
 * come, what the server was told last (RFC 959 §5.4).
 *
 * After a transfer is broken off nobody knows how many replies follow: servers
 * send one or two. So the session reads the one that ends the transfer, then
 * sends NOOP, and reads until the answer to that, before its next command. The same
 * goes for NOOPs that are sent while a transfer runs: their answers come before its
 * last reply, or after it, or not at all.
 *
 * @module
 */

import { rethrowIfCancelled, TimeoutError } from "../../loop/exceptions.ts";
import { Lock } from "../../loop/locks.ts";
import { checkTimeout, DEFAULT_TIMEOUT, type WaitOptions } from "../../loop/wait.ts";
import { parseSize } from "../../protocols/ftp/replies.ts";
import { checkLimit } from "../../protocols/limits.ts";
import { checkLine } from "../../protocols/text/guard.ts";
import type { Reply } from "../../protocols/text/reply.ts";
import type { ByteStream, Dial } from "../../net/byte_stream.ts";
import { Connection } from "../../net/streams/connection.ts";
import { ReplyConnection } from "../_client/reply_connection.ts";
import type { DebugLine } from "../_client/reply_options.ts";
import { maskSecrets } from "../../protocols/text/secrets.ts";
import {
  faultError,
  FTPError,
  parseReply,
  quoteCommand,
  replyError,
  SessionBusyError,
  SessionClosedError,
} from "./errors.ts";
import { dialOf } from "./dials.ts";
import type { SessionTls } from "./session_tls.ts";
import { KeepAlive } from "./keep_alive.ts";
import type { FTPOptions } from "./types.ts";

/** What `Session.begin` is asked. */
export interface TurnOptions extends WaitOptions {
  /** Whether the caller's code runs before the turn ends. */
  interactive?: boolean;
}

/** What `Session.open` is asked. */
export interface SessionOptions extends WaitOptions {
  /** How its connections are encrypted, if they are. */
  tls?: SessionTls;
  /**
   * Whether the control connection is encrypted before the greeting.
   *
   * @default {false}
   */
  implicit?: boolean;
}

/** The right to speak on a session. */
export interface Turn {
  /** Says that no code of the caller's runs any more before the end: others may wait for it. */
  windUp(): void;
  /** Gives it to the next; may be called again. */
  end(): void;
}

/**
 * What the server still owes: nothing; the reply to a command; the reply that begins a transfer, or
 * the one that ends it; perhaps one more, after a transfer that failed (`doubt`); the reply to the
 * NOOP that ends the doubt, or to the PWD that does where NOOPs are out already.
 */
type Owed = "nothing" | "reply" | "begin" | "end" | "doubt" | "noop" | "pwd";

/** One control connection and what is known about the server behind it. */
export class Session {
  /** The control connection. */
  readonly control: ReplyConnection;
  /** The name or address that was dialled. */
  readonly host: string;
  /** How the session was opened. */
  readonly options: FTPOptions;
  /** The command that asked for the last data connection: the one to ask with again. */
  passive: "EPSV" | "PASV" | undefined;
  /** The command that the server was last told a port by. */
  active: "EPRT" | "PORT" | undefined;
  /** How the connections are encrypted, if they are. */
  readonly tls: SessionTls | undefined;
  /** The transfer that runs. */
  running: {
    breakOff(): void;
    /** Called before anything else is begun. */
    leave?(): void;
  } | undefined;
  /** Whether the server tells the size of a file when a download begins. */
  tellsSize = false;
  /** The longest line of a listing. */
  readonly maxLineLength: number;
  /** Whether the server turned out not to know MLSD. */
  lacksMlsd = false;
  /** What the server says that it can do, until something is sent that may change it. */
  features: ReadonlyMap<string, string> | undefined;
  /** The commands that led from the directory of the login to the working directory. */
  way: readonly string[] = [];
  readonly #lock = new Lock();
  /** The transfer that has the turn or waits for it, and whose bytes the caller's code takes. */
  #interactive: string | undefined;
  #representation: "A" | "I" | undefined;
  /** Whether a restart marker was sent and the transfer it is for was not. */
  #restarting = false;
  /** What is to be read before the next command. */
  #owed: Owed = "nothing";
  /** The command that it is owed to. */
  #command = "";
  /** How many commands were sent. */
  sent = 0;
  #keepAlive: KeepAlive | undefined;
  /** How many NOOPs that were sent during a transfer may still be answered. */
  #noops = 0;
  #released: Promise<void> | undefined;

  private constructor(
    control: ReplyConnection,
    host: string,
    options: FTPOptions,
    tls: SessionTls | undefined,
  ) {
    this.control = control;
    this.host = host;
    this.options = options;
    this.tls = tls;
    this.maxLineLength = checkLimit("maxLineLength", options.maxLineLength, 8192);
    this.passive = options.passive === "auto" ? undefined : options.passive;
  }

  /**
   * Dials, and reads the greeting.
   *
   * @returns The session and its greeting.
   */
  static async open(
    host: string,
    port: number,
    options: FTPOptions,
    { tls, implicit = false, ...wait }: SessionOptions,
  ): Promise<[Session, Reply]> {
    const keepAlive = checkTimeout(options.keepAlive, Infinity, "keepAlive");
    const control = await ReplyConnection.open(host, port, {
      ...implicit && { ...tls?.controlOptions, tls: true },
      timeout: options.timeout,
      connectTimeout: options.connectTimeout,
      dial: dialOf(options, { tls, purpose: "control" }),
      wireLog: options.wireLog,
      encoding: options.encoding,
      invalidUtf8: "keep",
      maxLineLength: options.maxLineLength,
      signal: wait.signal,
      resynchronise: true,
      errorFor: faultError,
    });
    control.debug = options.debug && ((line) => watch(control, options, line));
    let opened = false;
    try {
      let greeting = await control.readReply(wait);
      // 120 says that the service will be ready soon: the greeting proper follows.
      for (let more = MAX_REPLIES; greeting.code < 200 && more > 0; more--) {
        control.expect("the connection");
        greeting = await control.readReply(wait);
      }
      if (greeting.code < 200 || greeting.code >= 400) throw replyError(greeting, "The connection");
      if (implicit) tls?.hasBegun(control.connection.tlsInfo);
      opened = true;
      const session = new Session(control, host, options, tls);
      if (keepAlive !== Infinity) session.#keepAlive = new KeepAlive(session, keepAlive);
      return [session, greeting];
    } finally {
      if (!opened) control.close();
    }
  }

  /** What dials for data connections. */
  get dial(): Dial | undefined {
    return dialOf(this.options, { tls: this.tls, purpose: "data" });
  }

  /** Makes a data connection of what the server has dialled. */
  connectionOf(stream: ByteStream): Connection {
    return new Connection(this.tls?.prepareData(stream) ?? stream, {
      limit: this.maxLineLength,
      timeout: this.options.timeout ?? DEFAULT_TIMEOUT,
      wireLog: this.options.wireLog,
      hostname: this.host,
    });
  }

  /** Refuses what cannot be part of a command, before anything is sent. */
  check(name: string, text: string): void {
    checkLine(name, text, this.options.encoding);
  }

  /**
   * Waits for the turn, and brings the dialogue back into step.
   *
   * @param what What is to be done, for messages.
   * @param options Whether the caller's code runs before the turn ends.
   * @throws {SessionBusyError} If waiting could be for ever: the transfer that has the turn, or
   * gets it first, waits for the caller's code.
   */
  async begin(what: string, options: TurnOptions): Promise<Turn> {
    const turn = await this.#takeTurn(what, options);
    let ready = false;
    try {
      await this.#beInStep(options);
      ready = true;
      return turn;
    } finally {
      if (!ready) turn.end();
    }
  }

  /** Says goodbye, and waits for the answer; in step or not. */
  async leave(options: WaitOptions): Promise<void> {
    const turn = await this.#takeTurn("QUIT", options);
    try {
      this.#sendUnchecked("QUIT", "nothing");
      for (let more = MAX_REPLIES; more > 0; more--) {
        const reply = await this.control.readReply(options);
        if (reply.code === 221) return;
        if (this.control.outstanding === 0) this.control.expect("QUIT");
      }
    } finally {
      turn.end();
      this.close();
    }
  }

  async #takeTurn(what: string, options: TurnOptions): Promise<Turn> {
    checkTimeout(options.timeout, DEFAULT_TIMEOUT);
    options.signal?.throwIfAborted();
    this.running?.leave?.();
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

  /** Sends a command and reads its reply, whatever it is. For who has the turn. */
  async ask(command: string, options: WaitOptions): Promise<Reply> {
    this.tls?.guard(command, this.control.connection.tls);
    // Whatever the caller sends by hand may change what is remembered here.
    if (/^\s*(?:TYPE|REIN|USER)\b/i.test(command)) this.#representation = undefined;
    if (/^\s*(?:REIN|HOST|USER|PASS|ACCT|AUTH|CCC|OPTS)\b/i.test(command)) {
      this.features = undefined;
    }
    this.#send(command, "reply");
    const reply = await this.#read(options);
    if (reply.code >= 200 && reply.code < 300) this.#follow(command);
    return reply;
  }

  /** Sends a command whose reply must begin with one of these digits. For who has the turn. */
  async command(command: string, options: WaitOptions, digits = "2"): Promise<Reply> {
    const reply = await this.ask(command, options);
    if (!digits.includes(String(reply.code)[0]!)) throw replyError(reply, command);
    return reply;
  }

  /** Takes the turn for one command. */
  async exchange(command: string, options: WaitOptions, digits = "2"): Promise<Reply> {
    this.check("command", command);
    const turn = await this.begin(command, options);
    try {
      return await this.command(command, options, digits);
    } finally {
      turn.end();
    }
  }

  /** Sets how bytes are represented, where that changes. For who has the turn. */
  async represent(type: "A" | "I", options: WaitOptions): Promise<void> {
    if (this.#representation === type) return;
    this.#representation = undefined;
    await this.command(`TYPE ${type}`, options);
    this.#representation = type;
  }

  /**
   * Encrypts the control connection, after the server agreed to. For who has the turn.
   *
   * @throws {SSLError} If the handshake fails, or bytes came before it. The session is closed then.
   */
  async startTls(tls: SessionTls, { signal }: WaitOptions): Promise<void> {
    const timeout = this.options.connectTimeout ?? DEFAULT_TIMEOUT;
    await this.control.startTls({ ...tls.controlOptions, signal, timeout });
    tls.hasBegun(this.control.connection.tlsInfo);
    // What was agreed on in clear may have been somebody else's wish.
    this.#representation = undefined;
    this.lacksMlsd = this.tellsSize = false;
    this.way = [];
  }

  /**
   * Takes the encryption off the control connection. For who has the turn.
   *
   * @returns The server's consent.
   * @throws {FTPError} If there is none.
   */
  async endTls(options: WaitOptions): Promise<Reply> {
    const { connection } = this.control;
    if (!connection.canEndTls) {
      throw new FTPError("Cannot take TLS off: the session is not encrypted", {
        origin: "usage",
      });
    }
    const reply = await this.command("CCC", options);
    try {
      await connection.endTls({ ...options, timeout: options.timeout ?? this.options.timeout });
    } catch (error) {
      this.control.breakOff("TLS could not be taken off", error);
      throw error;
    }
    return reply;
  }

  /** Asks for the size of a file; `undefined` where the server does not tell. For who has the turn. */
  async sizeOf(path: string, options: WaitOptions): Promise<number | undefined> {
    const command = `SIZE ${path}`;
    const reply = await this.ask(command, options);
    return reply.code === 213 ? parseReply(parseSize, reply, command) : undefined;
  }

  /** Says where the next transfer begins (RFC 3659 §5). For who has the turn. */
  async restartAt(offset: number, options: WaitOptions): Promise<void> {
    // A marker whose transfer was never begun would shift the next one.
    const before = this.#restarting;
    if (offset === 0 && !before) return;
    this.#restarting = true;
    const reply = await this.ask(`REST ${offset}`, options);
    if (reply.code >= 300 && reply.code < 400) return;
    // One that was refused need not be taken back before the next transfer.
    this.#restarting = before;
    throw replyError(reply, `REST ${offset}`);
  }

  /**
   * Sends a transfer command and reads the reply that begins the transfer. For who has the turn.
   *
   * @returns The reply: 1xx, or the 2xx of a server that begins and ends in one.
   */
  async beginTransfer(command: string, options: WaitOptions): Promise<Reply> {
    this.#send(command, "begin");
    this.#restarting = false;
    let reply = await this.#read(options);
    if (this.#owed === "begin") reply = await this.#read(options);
    if (reply.code < 200 || ENDS_TRANSFER.has(reply.code)) return reply;
    this.#owed = "nothing";
    throw replyError(reply, command);
  }

  /**
   * Reads the reply that ends a transfer, whatever it is. For who has the turn.
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
   * Reads the reply that ends a transfer, unless something else is over before. For who has the turn.
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
    if (this.#owed !== "end" || this.closed || this.#noops >= MAX_NOOPS) return false;
    this.#noops++;
    this.#sendUnchecked("NOOP", "end");
    return true;
  }

  /** Whether nobody speaks, or is to. */
  get isIdle(): boolean {
    return !this.#lock.locked();
  }

  /** Whether it has come to its end. */
  get closed(): boolean {
    return this.control.closed;
  }

  /** Breaks off the transfer that runs, if one does; tells whether one did. */
  breakOff(): boolean {
    const { running } = this;
    running?.breakOff();
    return running !== undefined;
  }

  /** Closes at once, the data connection too. */
  close(): void {
    this.#keepAlive?.stop();
    this.control.close();
    this.breakOff();
    this.#released ??= this.tls?.release();
  }

  /** Settles when nothing is left of a session that was closed. */
  get released(): Promise<void> | undefined {
    return this.#released;
  }

  /**
   * Reads the replies away that commands broken off have left. NOOP is not sent
   * before the transfer has its last reply: Pure-FTPd and ProFTPD would read it in
   * the middle of the transfer, and answer out of order.
   */
  async #beInStep(options: WaitOptions): Promise<void> {
    try {
      for (let more = MAX_REPLIES + this.#noops; !this.closed; more--) {
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

  /** Remembers the way to the working directory. */
  #follow(command: string): void {
    if (/^\s*(?:REIN|USER|PASS|ACCT)\b/i.test(command)) this.way = [];
    if (!/^\s*X?(?:CWD|CDUP|CUP)\b/i.test(command)) return;
    // What begins at the root needs nothing of what came before it.
    this.way = /^\s*X?CWD \//i.test(command) ? [command] : [...this.way, command];
  }

  #send(command: string, owed: Owed): void {
    this.sent++;
    this.control.send(command);
    this.#command = quoteCommand(command);
    this.#owed = owed;
  }

  /** Reads one reply, and settles what is owed by then. */
  async #read(options: WaitOptions): Promise<Reply> {
    const reply = await this.control.readReply(options);
    if (this.#noops > 0 && ANSWERS_NOOP.has(reply.code)) {
      this.#noops--;
    } else {
      if (this.#owed === "pwd") this.#settleNoops(reply);
      this.#owed = owedAfter(this.#owed, reply);
    }
    const more = this.#owed !== "nothing" && this.#owed !== "doubt";
    if (more && !this.closed) this.#expectMore(this.#command);
    return reply;
  }

  /** PWD was answered: whatever NOOP has no answer by now will have none. */
  #settleNoops({ code }: Reply): void {
    if (!ANSWERS_PWD.has(code)) return;
    this.#noops = 0;
    this.control.settle();
  }

  #expectMore(command: string): void {
    if (this.control.outstanding === 0) this.control.expect(command);
  }

  /** Unlike `control.send`, does not take replies that lie there unread for the server's fault. */
  #sendUnchecked(command: string, owed: Owed): void {
    this.sent++;
    this.control.expect(command);
    this.#owed = owed;
    this.control.connection.writer.write(`${command}\r\n`);
    this.control.debug?.({ direction: "send", text: command });
  }

  #giveUp(reason: string, cause?: unknown): SessionClosedError {
    this.control.breakOff(reason, cause);
    return new SessionClosedError(`The session is closed: ${reason}`, {
      origin: "peer",
      command: this.control.lastCommand,
      cause,
    });
  }
}

/** Shows a line. Where that fails, it is no longer known which reply answers what. */
function watch(control: ReplyConnection, { debug }: FTPOptions, line: DebugLine): void {
  try {
    debug?.(line);
  } catch (error) {
    control.breakOff("its debug callback failed", error);
    throw error;
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
const MAX_REPLIES = 32;
