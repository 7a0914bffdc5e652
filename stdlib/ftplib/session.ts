/**
 * One session with an FTP server: its connections, and what the server was told
 * last (RFC 959 §5.4).
 *
 * @module
 */

import { checkTimeout, DEFAULT_TIMEOUT, type WaitOptions } from "../../loop/wait.ts";
import { parseSize } from "../../protocols/ftp/replies.ts";
import { checkLimit } from "../../protocols/limits.ts";
import { checkLine } from "../../protocols/text/guard.ts";
import type { Reply } from "../../protocols/text/reply.ts";
import type { ByteStream, Dial } from "../../net/byte_stream.ts";
import { Connection } from "../../net/streams/connection.ts";
import { ReplyConnection } from "../_client/reply_connection.ts";
import type { DebugLine } from "../_client/reply_options.ts";
import { faultError, FTPError, parseReply, replyError } from "./errors.ts";
import { Dialogue, MAX_REPLIES } from "./dialogue.ts";
import { dialOf } from "./dials.ts";
import { SessionTurns, type Turn, type TurnOptions } from "./session_turns.ts";
import type { SessionTls } from "./session_tls.ts";
import { KeepAlive } from "./keep_alive.ts";
import type { FTPOptions } from "./session_options.ts";

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

/** One control connection and what is known about the server behind it. */
export class Session {
  /** The control connection. */
  readonly control: ReplyConnection;
  /** What is said on it. */
  readonly dialogue: Dialogue;
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
  /** Whether the last data connection that was dialled came about. */
  reachesPorts = false;
  /** Whether the server refuses commands whose data connection does not stand yet. */
  dialsFirst = false;
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
  #representation: "A" | "I" | undefined;
  /** Whether a restart marker was sent and the transfer it is for was not. */
  #restarting = false;
  /** Where the next transfer begins, as the caller has told the server by hand (`REST`). */
  marker = 0;
  readonly #turns = new SessionTurns();
  #keepAlive: KeepAlive | undefined;
  #released: Promise<void> | undefined;

  private constructor(
    control: ReplyConnection,
    host: string,
    options: FTPOptions,
    tls: SessionTls | undefined,
  ) {
    this.control = control;
    this.dialogue = new Dialogue(control);
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
      // What lies behind a dial of the caller's may be another server each time.
      else if (options.dial === undefined) tls?.hasGreeted({ host, port }, greeting.lines);
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
      await this.dialogue.beInStep(options);
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
      await this.dialogue.leave(options);
    } finally {
      turn.end();
      this.close();
    }
  }

  async #takeTurn(what: string, options: TurnOptions): Promise<Turn> {
    checkTimeout(options.timeout, DEFAULT_TIMEOUT);
    options.signal?.throwIfAborted();
    this.running?.leave?.();
    return await this.#turns.take(what, options);
  }

  /** Sends a command and reads its reply, whatever it is. For who has the turn. */
  async ask(command: string, options: WaitOptions): Promise<Reply> {
    this.tls?.guard(command, this.control.connection.tls);
    // Whatever the caller sends by hand may change what is remembered here.
    if (/^\s*(?:TYPE|REIN|USER)\b/i.test(command)) this.#representation = undefined;
    if (/^\s*(?:REIN|HOST|USER|PASS|ACCT|AUTH|CCC|OPTS)\b/i.test(command)) {
      this.features = undefined;
    }
    const reply = await this.dialogue.ask(command, options);
    if (reply.code >= 200 && reply.code < 300) this.#follow(command);
    const marker = /^\s*REST\s+(\d+)\s*$/i.exec(command)?.[1];
    if (marker !== undefined && reply.code >= 300 && reply.code < 400) {
      this.marker = Number(marker);
      this.#restarting = true;
    }
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
    if (offset > 0 && offset === this.marker) return;
    this.#restarting = true;
    const reply = await this.ask(`REST ${offset}`, options);
    this.marker = 0;
    if (reply.code >= 300 && reply.code < 400) return;
    // One that was refused need not be taken back before the next transfer.
    this.#restarting = before;
    throw replyError(reply, `REST ${offset}`);
  }

  /** Sends a transfer command. For who has the turn. */
  sendTransfer(command: string): void {
    this.#restarting = false;
    this.marker = 0;
    this.dialogue.sendTransfer(command);
  }

  /**
   * Reads the reply that begins a transfer. For who has the turn.
   *
   * @returns The reply: 1xx, or the 2xx of a server that begins and ends in one.
   */
  beginTransfer(command: string, options: WaitOptions): Promise<Reply> {
    return this.dialogue.beginTransfer(command, options);
  }

  /** Whether nobody speaks, or is to. */
  get isIdle(): boolean {
    return this.#turns.areFree;
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

  /** Remembers the way to the working directory. */
  #follow(command: string): void {
    if (/^\s*(?:REIN|USER|PASS|ACCT)\b/i.test(command)) this.way = [];
    if (!/^\s*X?(?:CWD|CDUP|CUP)\b/i.test(command)) return;
    // What begins at the root needs nothing of what came before it.
    this.way = /^\s*X?CWD \//i.test(command) ? [command] : [...this.way, command];
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
