/**
 * Commands out, three-digit replies in, strictly paired: what the clients of
 * FTP (RFC 959), SMTP (RFC 5321) and NNTP (RFC 3977) share.
 *
 * Every command registers one reply; calls have the connection one after the other, and
 * the next in line may have its commands sent ahead (RFC 2920 §3.1). A reply that nobody asked for, a line that is
 * no reply, a server that goes away, or (unless the owner can resynchronise) a call
 * broken off between the two end the connection, and every later call says why: the
 * answer to an old question is never read as the answer to a new one.
 *
 * @module
 */

import { RuntimeError } from "../../loop/exceptions.ts";
import { checkTimeout, DEFAULT_TIMEOUT, type WaitOptions } from "../../loop/wait.ts";
import type { Connection } from "../../net/streams/connection.ts";
import { type ConnectOptions, openConnection } from "../../net/streams/connect.ts";
import { LimitOverrunError } from "../../net/errors.ts";
import { hostAndPort } from "../../net/native_errors.ts";
import type { TlsOptions } from "../../net/tls/tls.ts";
import { type Origin, ProtocolError } from "../../protocols/errors.ts";
import { quote } from "../../protocols/text/quote.ts";
import type { Reply } from "../../protocols/text/reply.ts";
import { encodeCommands, join } from "./command_lines.ts";
import { Ending } from "./ending.ts";
import { MAX_LINE_LENGTH, ReplyLines } from "./reply_lines.ts";
import type { DebugLine, ReplyConnectionOptions, SendOptions } from "./reply_options.ts";
import { MASK, maskSecrets } from "../../protocols/text/secrets.ts";
import { type Turn, Turns } from "./turns.ts";
import { UnreadReplies } from "./unread.ts";

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
  readonly #turns = new Turns();
  readonly #unread = new UnreadReplies();
  #lastCommand = "";

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
    this.#ending = new Ending({
      ...options,
      peer: this.peer,
      unread: this.#unread,
      lines: this.#lines,
      close: () => connection.close(),
    });
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

  /** How many replies are still to be read by the call whose turn it is. */
  get outstanding(): number {
    return this.#unread.count;
  }

  /** Whether some call has the connection for itself now. */
  get busy(): boolean {
    return this.#turns.holder !== undefined;
  }

  /** Whether commands were sent ahead for a call that has not taken them over yet. */
  get sentAhead(): boolean {
    return this.#unread.aheadFor !== undefined;
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
   * @param options A signal that ends the wait for one's turn, and the commands that may go out
   * before it. Giving up after they did ends the connection, once the call before is through.
   * @returns What `body` returns.
   */
  async exclusive<T>(
    body: () => T | PromiseLike<T>,
    { signal, timeout, ahead, prepare }: WaitOptions & Pick<Turn, "ahead" | "prepare"> = {},
  ): Promise<T> {
    checkTimeout(timeout, this.#timeout);
    const turn: Turn = { ahead, prepare };
    try {
      await this.#turns.take(turn, signal);
    } catch (error) {
      turn.gaveUp = { error };
      if (this.#turns.holder === turn) this.#pass();
      throw error;
    }
    const before = this.outstanding;
    try {
      return await body();
    } catch (error) {
      if (this.outstanding > before && !this.#resynchronise) {
        this.breakOff(`the exchange ${this.#unread.oldest} was broken off`, error);
      }
      throw error;
    } finally {
      this.#pass();
    }
  }

  /**
   * Writes the last bytes of the present call, and in the same write what the next in line may
   * send ahead. That one calls {@linkcode takeOver} at its turn; until then nothing can be sent.
   *
   * @param last The bytes.
   */
  writeLast(last: readonly Uint8Array[]): void {
    const { next } = this.#turns;
    const commands = this.sentAhead || this.closed ? undefined : next?.ahead?.();
    if (commands === undefined) this.connection.writer.write(join(last));
    else this.#write(commands, { before: last, ahead: next });
  }

  /**
   * Takes over what was sent ahead for the call whose turn it is: the replies are its own now.
   *
   * @returns Whether anything was; otherwise it is still to be sent.
   */
  takeOver(): boolean {
    return this.#unread.takeOver(this.#turns.holder);
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
          throw new RuntimeError(
            `Read the reply to ${this.#unread.oldest} before the next command`,
          );
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
  send(command: string | readonly string[], options: SendOptions = {}): void {
    this.#write(typeof command === "string" ? [command] : command, options);
  }

  /**
   * Registers the reply to what the owner is about to write itself, a message. Called
   * before its first byte, so that one broken off halfway ends the connection.
   *
   * @param what What the reply will answer, for messages.
   */
  expect(what: string): void {
    this.#assertOpen(what);
    this.#unread.add([what]);
    this.#lastCommand = what;
  }

  /** Strikes out the replies that are outstanding: the owner knows that none of them will come. */
  settle(): void {
    this.#unread.clear();
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
    this.#turns.prepareOne(); // There is nothing else to do now.
    for (;;) {
      const line = await this.connection.reader.nextLine({ signal: options.signal, timeout })
        .catch((error) => Promise.reject(this.#ending.failed(error, options, timeout)));
      if (line === null) throw this.#ending.disconnected();
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
  }

  /** Closes at once, without a word to the server. May be called again. */
  close(): void {
    this.breakOff("it was closed on our side");
  }

  #write(
    commands: readonly string[],
    options: SendOptions & { before?: readonly Uint8Array[]; ahead?: Turn },
  ): void {
    const { secret = false, before, ahead } = options;
    const bytes = encodeCommands(commands, this.#encoding, before);
    const shown = commands.map((each) => secret ? MASK : maskSecrets(each));
    this.#assertOpen(shown[0]);
    if (this.outstanding === 0) this.#assertQuiet();

    const isMasked = shown.some((text, index) => text !== commands[index]);
    this.connection.writer.write(bytes, isMasked ? `${shown.join("\r\n")}\r\n` : undefined);
    this.#unread.add(shown, ahead);
    this.#lastCommand = shown.at(-1) ?? "";
    if (this.debug) { for (const text of shown) this.debug({ direction: "send", text }); }
  }

  /** Ends a turn. What was sent ahead must have somebody who reads the answers. */
  #pass(): void {
    const { aheadFor, oldestAhead } = this.#unread;
    this.#turns.pass();
    if (aheadFor === undefined || aheadFor === this.#turns.holder) return;
    this.breakOff(`${oldestAhead} was sent ahead, and then given up`, aheadFor.gaveUp?.error);
  }

  #takeLine(): string | undefined {
    try {
      return this.connection.reader.takeLine();
    } catch (error) {
      if (!(error instanceof LimitOverrunError)) throw error;
      throw this.#ending.violation(this.#lines.tooLong());
    }
  }

  #push(line: string): Reply | undefined {
    this.debug?.({ direction: "receive", text: this.#lines.textOf(line) });
    let reply: Reply | undefined;
    try {
      reply = this.#lines.push(line);
    } catch (error) {
      throw this.#ending.violation(error as Error);
    }
    if (reply === undefined) return undefined;
    if (this.#preliminary && reply.code < 200) {
      if (this.#unread.promised()) return reply;
      throw this.#ending.violation(new ProtocolError("The peer sends 1yz replies without end"));
    }
    this.#unread.answered();
    if (reply.code === 421) {
      const reason = `the server ended the session: 421 ${quote(reply.lines.join(" "))}`;
      this.breakOff(reason, undefined, "peer");
    }
    return reply;
  }

  #assertOpen(command = "a command"): void {
    if (this.closed) throw this.#ending.closedError(`Cannot send ${quote(command)}`);
    if (!this.sentAhead) return;
    throw new RuntimeError(`Cannot send ${command}: ${this.#unread.oldestAhead} was sent ahead`);
  }

  #assertAwaiting(): void {
    if (this.closed) throw this.#ending.closedError("Cannot read a reply");
    if (this.outstanding === 0) {
      throw new RuntimeError("Cannot read a reply: no command is waiting for one");
    }
  }

  /** What lies unread before a command goes out cannot be the answer to it. */
  #assertQuiet(): void {
    const { buffered } = this.connection.reader;
    if (buffered > 0) throw this.#ending.unasked(this.#takeLine(), buffered);
  }
}
