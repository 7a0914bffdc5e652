/**
 * Commands out, three-digit replies in, strictly paired: what the clients of
 * FTP (RFC 959), SMTP (RFC 5321) and NNTP (RFC 3977) share.
 *
 * Every command registers one reply. A reply that nobody asked for, a line that is
 * no reply, a server that goes away, or (unless the owner can resynchronise) a call
 * broken off between the two end the connection, and every later call says why: the
 * answer to an old question is never read as the answer to a new one.
 *
 * @module
 */

import { CancelledError, RuntimeError, TimeoutError } from "../../loop/exceptions.ts";
import { Lock } from "../../loop/locks.ts";
import { checkTimeout, DEFAULT_TIMEOUT, type WaitOptions } from "../../loop/wait.ts";
import type { Connection } from "../../net/connection.ts";
import { type ConnectOptions, openConnection } from "../../net/connect.ts";
import { EOFError, LimitOverrunError, OSError, SSLError } from "../../net/errors.ts";
import { hostAndPort } from "../../net/native_errors.ts";
import type { TlsOptions } from "../../net/tls.ts";
import { type Origin, ProtocolError } from "../../protocols/errors.ts";
import { checkLine } from "../../protocols/text/guard.ts";
import { encodeLatin1 } from "../../protocols/text/latin1.ts";
import { quote } from "../../protocols/text/quote.ts";
import type { Reply } from "../../protocols/text/reply.ts";
import { Ending, type ReplyFault } from "./reply_fault.ts";
import { MAX_LINE_LENGTH, ReplyLines } from "./reply_lines.ts";
import type { DebugLine, ReplyConnectionOptions, SendOptions } from "./reply_options.ts";
import { MASK, maskSecrets } from "./secrets.ts";

const MAX_PRELIMINARIES = 1000;

/** A connection on which commands go out and three-digit replies come in. */
export class ReplyConnection {
  /** The connection underneath. */
  readonly connection: Connection;
  /** How messages name the server, as `host:port`. */
  readonly peer: string;
  /** Called with every line sent and received, secrets masked. May be changed. */
  debug: ((line: DebugLine) => void) | undefined;
  readonly #timeout: number;
  readonly #encoding: "utf-8" | "latin-1";
  readonly #preliminary: boolean;
  readonly #resynchronise: boolean;
  readonly #ending: Ending;
  readonly #lines: ReplyLines;
  readonly #lock = new Lock();
  // The commands whose replies are unread, oldest first; it opens with the greeting.
  #awaiting: string[] = ["the connection"];
  #lastCommand = "";
  #preliminaries = 0;

  /**
   * Takes over a connection. The greeting is the first reply to be read.
   *
   * @param connection The connection; its reader's limit must be at least `maxLineLength`.
   * @param options Encoding, limits and the rest.
   * @throws {RangeError} If a limit is below 1, or the timeout is no time.
   */
  constructor(connection: Connection, options: ReplyConnectionOptions = {}) {
    this.connection = connection;
    this.#timeout = checkTimeout(options.timeout, DEFAULT_TIMEOUT);
    this.#encoding = options.encoding ?? "utf-8";
    this.#preliminary = options.preliminary ?? false;
    this.#resynchronise = options.resynchronise ?? false;
    this.#lines = new ReplyLines(options);
    this.debug = options.debug;
    this.peer = options.peer ?? hostAndPort(connection.remoteAddress);
    this.#ending = new Ending(this.peer, options.errorFor);
  }

  /**
   * Dials, and makes TLS where `tls` is set. Nothing is read yet.
   *
   * @param host The server.
   * @param port Its port.
   * @param options How to connect, and how to speak.
   * @returns The connection, before its greeting.
   * @throws {ConnectionError} If the server cannot be reached.
   * @throws {SSLError} If its certificate does not hold.
   * @throws {TimeoutError} If dialling takes longer than `connectTimeout`.
   */
  static async open(
    host: string,
    port: number,
    options: ConnectOptions & ReplyConnectionOptions = {},
  ): Promise<ReplyConnection> {
    new ReplyLines(options); // A wrong limit is told before anything is dialled.
    const limit = options.maxLineLength ?? MAX_LINE_LENGTH;
    const connection = await openConnection(host, port, { ...options, limit });
    const peer = options.peer ?? hostAndPort({ hostname: host, port });
    return new ReplyConnection(connection, { ...options, peer });
  }

  /** Whether the connection has come to its end. */
  get closed(): boolean {
    return this.#ending.reached;
  }

  /** How many replies are still to be read. */
  get outstanding(): number {
    return this.#awaiting.length;
  }

  /** Whether some call has the connection for itself now. */
  get busy(): boolean {
    return this.#lock.locked();
  }

  /** The command sent last, secrets masked; empty before the first. */
  get lastCommand(): string {
    return this.#lastCommand;
  }

  /**
   * Runs `body` while no other call speaks on the connection; calls are served in
   * the order they came. Where `body` fails and leaves replies unread, the connection
   * is closed, unless its owner resynchronises.
   *
   * @param body What to do.
   * @param options A signal that ends the wait for one's turn.
   * @returns What `body` returns.
   */
  async exclusive<T>(body: () => T | PromiseLike<T>, options: WaitOptions = {}): Promise<T> {
    checkTimeout(options.timeout, this.#timeout);
    await this.#lock.acquire({ signal: options.signal });
    const before = this.outstanding;
    try {
      return await body();
    } catch (error) {
      if (this.outstanding > before && !this.#resynchronise) {
        this.breakOff(`the exchange ${this.#awaiting[0]} was broken off`, error);
      }
      throw error;
    } finally {
      this.#lock.release();
    }
  }

  /**
   * Sends one command and reads its reply.
   *
   * @param command The command, without CRLF.
   * @param options How long to wait, and whether the line is secret.
   * @returns The reply, whatever its code.
   * @throws {TypeError} If the command holds CR, LF, NUL, or what the encoding cannot say.
   * @throws {TimeoutError} If the server is silent for too long.
   */
  async exchange(command: string, options: WaitOptions & SendOptions = {}): Promise<Reply> {
    return (await this.pipeline([command], options))[0] as Reply;
  }

  /**
   * Sends several commands in one write and reads their replies, in order. Only for
   * servers and commands that allow it (RFC 2920).
   *
   * @param commands The commands, without CRLF.
   * @param options How long to wait for each reply, and whether the lines are secret.
   * @returns One reply for each command.
   * @throws {TypeError} If a command holds CR, LF, NUL; then none was sent.
   */
  pipeline(
    commands: readonly string[],
    options: WaitOptions & SendOptions = {},
  ): Promise<Reply[]> {
    return this.exclusive(async () => {
      if (this.outstanding > 0) {
        if (!this.#resynchronise) {
          throw new RuntimeError(`Read the reply to ${this.#awaited()} before the next command`);
        }
        await this.catchUp(options);
      }
      this.send(commands, options);
      const replies: Reply[] = [];
      while (replies.length < commands.length) {
        replies.push(this.takeReply() ?? await this.readReply(options));
      }
      return replies;
    }, options);
  }

  /**
   * Sends commands in one write, without waiting, and registers their replies.
   *
   * @param command One command or several, without CRLF.
   * @param options Whether the lines are secret.
   * @throws {TypeError} If one holds CR, LF, NUL, or cannot be encoded; then none was sent.
   */
  send(command: string | readonly string[], { secret = false }: SendOptions = {}): void {
    const commands = typeof command === "string" ? [command] : command;
    let text = "";
    for (const each of commands) {
      checkLine("command", each, this.#encoding);
      text += `${each}\r\n`;
    }
    const bytes = this.#encoding === "latin-1" ? encodeLatin1(text) : text;
    const shown = secret ? commands.map(() => MASK) : commands.map(maskSecrets);
    this.#assertOpen(shown[0]);
    if (this.outstanding === 0) this.#assertQuiet();

    this.connection.writer.write(bytes);
    for (const each of shown) this.#awaiting.push(each);
    this.#lastCommand = shown.at(-1) ?? "";
    if (this.debug) { for (const text of shown) this.debug({ direction: "send", text }); }
  }

  /**
   * Registers the reply to what the owner is about to write itself, a message. Called
   * before its first byte, so that one broken off halfway ends the connection.
   *
   * @param what What the reply will answer, for messages.
   */
  expect(what: string): void {
    this.#assertOpen(what);
    this.#awaiting.push(what);
    this.#lastCommand = what;
  }

  /**
   * Takes the next reply if it has arrived already, without waiting.
   *
   * @returns The reply, or `undefined` where it must be waited for.
   */
  takeReply(): Reply | undefined {
    this.#assertAwaiting();
    let reply: Reply | undefined;
    for (let line; reply === undefined && (line = this.#takeLine()) !== undefined;) {
      reply = this.#push(line);
    }
    return reply;
  }

  /**
   * Waits for the greeting, or the next reply to a command that was sent.
   *
   * @param options How long to wait.
   * @returns The reply, whatever its code. A 421 has closed the connection.
   * @throws {RuntimeError} If no reply is outstanding: the wait would never end.
   * @throws {TimeoutError} If the server is silent for too long.
   */
  async readReply(options: WaitOptions = {}): Promise<Reply> {
    this.#assertAwaiting();
    const timeout = checkTimeout(options.timeout, this.#timeout);
    for (;;) {
      const line = await this.connection.reader.nextLine({ signal: options.signal, timeout })
        .catch((error) => Promise.reject(this.#failed(error, options, timeout)));
      if (line === null) throw this.#disconnected();
      const reply = this.#push(line) ?? this.takeReply();
      if (reply !== undefined) return reply;
    }
  }

  /**
   * Reads the replies that are still unread, to be in step again.
   *
   * @param options How long to wait for each.
   * @returns The replies, oldest first, preliminary ones included.
   */
  async catchUp(options: WaitOptions = {}): Promise<Reply[]> {
    const replies: Reply[] = [];
    while (this.outstanding > 0) replies.push(await this.readReply(options));
    return replies;
  }

  /**
   * Makes TLS on the connection, after the server agreed to. Where it fails, it is closed.
   *
   * @param options Whom to trust, and how long to wait.
   * @throws {SSLError} If the handshake fails, or bytes arrived before it (RFC 3207 §6).
   */
  async startTls(options: TlsOptions & WaitOptions = {}): Promise<void> {
    this.#assertOpen("the TLS handshake");
    try {
      if (this.outstanding > 0) throw new RuntimeError("Cannot start TLS: replies are unread");
      this.#assertQuiet();
      await this.connection.startTls({ timeout: this.#timeout, ...options });
    } catch (error) {
      this.breakOff("the TLS handshake failed", error);
      throw error;
    }
  }

  /**
   * Ends the connection, and has every later call say why. Nothing is sent.
   *
   * @param reason Why, as the end of a sentence.
   * @param cause The error behind it.
   * @param origin Whose doing it is.
   */
  breakOff(reason: string, cause?: unknown, origin: Origin = "usage"): void {
    this.#ending.reach(reason, cause, origin);
    this.#awaiting.length = 0;
    this.connection.close();
  }

  /** Closes at once, without a word to the server. May be called again. */
  close(): void {
    this.breakOff("it was closed on our side");
  }

  #takeLine(): string | undefined {
    try {
      return this.connection.reader.takeLine();
    } catch (error) {
      throw error instanceof LimitOverrunError ? this.#violation(this.#lines.tooLong()) : error;
    }
  }

  #push(line: string): Reply | undefined {
    this.debug?.({ direction: "receive", text: this.#lines.textOf(line) });
    let reply: Reply | undefined;
    try {
      reply = this.#lines.push(line);
    } catch (error) {
      throw this.#violation(error as Error);
    }
    if (reply === undefined) return undefined;

    if (this.#preliminary && reply.code < 200) {
      if (++this.#preliminaries > MAX_PRELIMINARIES) {
        throw this.#violation(new ProtocolError("The peer sends 1yz replies without end"));
      }
    } else {
      this.#preliminaries = 0;
      this.#awaiting.shift();
    }
    if (reply.code === 421) {
      const reason = `the server ended the session: 421 ${quote(reply.lines.join(" "))}`;
      this.breakOff(reason, undefined, "peer");
    }
    return reply;
  }

  #assertOpen(command = "a command"): void {
    if (this.closed) throw this.#ending.closedError(`Cannot send ${quote(command)}`);
  }

  #assertAwaiting(): void {
    if (this.closed) throw this.#ending.closedError("Cannot read a reply");
    if (this.#awaiting.length === 0) {
      throw new RuntimeError("Cannot read a reply: no command is waiting for one");
    }
  }

  /** What lies unread before a command goes out cannot be the answer to it. */
  #assertQuiet(): void {
    const { buffered } = this.connection.reader;
    if (buffered === 0) return;
    const line = this.#takeLine();
    const said = line === undefined ? `${buffered} bytes` : quote(line);
    throw line?.startsWith("421")
      ? this.#over("disconnected", "peer", `the server ended the session: ${said}`)
      : this.#over("protocol", "peer", `the server said what nobody asked for: ${said}`);
  }

  /** The error that a failed read is told by, after what it means for the connection. */
  #failed(error: unknown, options: WaitOptions, timeout: number): unknown {
    const aborted = error instanceof CancelledError || options.signal?.aborted === true;
    if (!aborted && !(error instanceof TimeoutError)) {
      if (error instanceof LimitOverrunError) return this.#violation(this.#lines.tooLong());
      if (error instanceof SSLError && error.code === "ERR_TLS_UNEXPECTED") {
        return this.#violation(error);
      }
      if (error instanceof OSError || error instanceof EOFError) return this.#disconnected(error);
      return error;
    }
    const told = aborted ? error : new TimeoutError(
      `${this.peer} was silent for ${timeout} ms when it was to answer ${this.#awaited()}`,
      { cause: error },
    );
    if (!this.#resynchronise) {
      const reason = `the wait for the answer to ${this.#awaited()} was broken off`;
      this.breakOff(reason, told, aborted ? "usage" : "transport");
    }
    return told;
  }

  /** Ends the connection over what the server did, and gives the error that says so. */
  #over(kind: ReplyFault["kind"], origin: Origin, reason: string, cause?: unknown): Error {
    if (this.closed) return this.#ending.closedError("Cannot read a reply");
    this.breakOff(reason, cause, origin);
    return this.#ending.errorOf(kind);
  }

  #disconnected(cause?: unknown): Error {
    const reason = `the server closed the connection instead of answering ${this.#awaited()}`;
    return this.#over("disconnected", "transport", reason, cause);
  }

  #violation(cause: Error): Error {
    const reason = `no proper answer to ${this.#awaited()}: ${cause.message}`;
    return this.#over("protocol", "peer", reason, cause);
  }

  #awaited(): string {
    const what = this.#awaiting[0] ?? "";
    // "the connection", "the message": not a command, and so not quoted.
    return what.startsWith("the ") ? what : quote(what);
  }
}
