/**
 * A server's end of one connection: command lines in, three-digit replies out.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../loop/exceptions.ts";
import { createTask } from "../../loop/tasks.ts";
import { LimitOverrunError } from "../../net/errors.ts";
import type { Address } from "../../net/byte_stream.ts";
import type { StartPreparedTlsOptions } from "../../net/tls/server_tls.ts";
import type { StreamReader } from "../../net/streams/stream_reader.ts";
import type { StreamWriter } from "../../net/streams/stream_writer.ts";
import type { TlsInfo } from "../../net/tls/tls.ts";
import { encodeLatin1 } from "../../protocols/text/latin1.ts";
import type { Reply, ReplyStyle } from "../../protocols/text/reply.ts";
import { encodeReply } from "../../protocols/text/reply.ts";
import { MASK, maskSecrets } from "../../protocols/text/secrets.ts";
import { type Trickle, writeInPieces } from "./trickle.ts";
import { Watchdog } from "./watchdog.ts";

/** How a {@linkcode CommandChannel} speaks, and how long it waits. */
export interface CommandChannelOptions {
  /** How replies of several lines look. */
  style: ReplyStyle;
  /** How replies are encoded. What latin-1 cannot say is sent as `?`. */
  encoding: "utf-8" | "latin-1";
  /** How long a command may take to come, whole, in milliseconds. */
  timeout: number;
  /** What to say to a client from whom no command came in time. */
  silent: Reply;
  /** Called when no command came in time: whether to go on waiting, since work is going on. */
  busy(): boolean;
}

/** The client is gone, or was sent away: what the session does now reaches nobody. */
export class ChannelClosedError extends Error {
  /** The name of the class, as in every error. */
  override readonly name: string = "ChannelClosedError";
  /** Who is at fault. */
  readonly origin = "peer";
}

// More than this in waiting replies, and a client that never reads would cost memory.
const REPLIES_AT_ONCE = 16_384;

/**
 * Replies wait until no further command has come, and then go out in one write:
 * so a pipelined batch gets its answers together (RFC 2920 §3.2).
 */
export class CommandChannel {
  /** The address that the client connected to. */
  readonly localAddress: Address;
  /** The client's address. */
  readonly remoteAddress: Address;
  /** The bytes from the client, for what is no command. */
  readonly reader: StreamReader;
  readonly #writer: StreamWriter;
  readonly #options: CommandChannelOptions;
  readonly #watchdog: Watchdog;
  /** In what pieces replies go out; all at once where absent. */
  trickle: Trickle | undefined;
  #replies = "";
  /** What was written since the last wait for the client to take it. */
  #undrained = 0;
  #idle = false;
  #ending = false;
  #closed = false;
  #failure: unknown;

  /**
   * Speaks over a connection that was accepted.
   *
   * @param reader Its bytes.
   * @param writer Where replies go.
   * @param options How to speak.
   */
  constructor(reader: StreamReader, writer: StreamWriter, options: CommandChannelOptions) {
    this.reader = reader;
    this.#writer = writer;
    this.#options = options;
    this.localAddress = writer.getExtraInfo("sockname") as Address;
    this.remoteAddress = writer.getExtraInfo("peername") as Address;
    this.#watchdog = new Watchdog(() => this.#expired());
    reader.showAs(maskSecrets);
  }

  /** Whether the session is to end as soon as its last replies are out. */
  get ending(): boolean {
    return this.#ending;
  }

  /** Whether the session waits for a command. */
  get idle(): boolean {
    return this.#idle;
  }

  /** Whether the connection is closed on this side. */
  get closed(): boolean {
    return this.#closed;
  }

  /** What is known about the encryption; `undefined` in the clear. */
  get tlsInfo(): TlsInfo | undefined {
    return this.#writer.getExtraInfo("sslInfo");
  }

  /** What broke the connection, if that is why it closed. */
  get failure(): unknown {
    return this.#failure;
  }

  /**
   * Puts a reply behind those that wait. A 421 ends the session.
   *
   * @param code The three-digit code.
   * @param lines The text.
   * @throws {TypeError} If the text contains CR, LF or NUL.
   */
  reply(code: number, lines: string | readonly string[]): void {
    this.#replies += encodeReply(code, lines, this.#options.style);
    if (code === 421) this.#ending = true;
  }

  /** Puts a reply behind those that wait; see {@linkcode CommandChannel.reply}. */
  send(reply: Reply): void {
    this.reply(reply.code, reply.lines);
  }

  /**
   * Puts a reply that was encoded before behind those that wait.
   *
   * @param text The lines, each with its CRLF.
   */
  sendEncoded(text: string): void {
    this.#replies += text;
  }

  /** Ends the session as soon as the waiting replies are out. */
  end(): void {
    this.#ending = true;
  }

  /**
   * Writes the waiting replies.
   *
   * @throws {ChannelClosedError} If the client is gone, or does not read.
   */
  async flush(): Promise<void> {
    if (this.#closed) throw this.#gone();
    if (this.trickle) await this.#writeSlowly(this.trickle);
    else this.#write();
    // The replies to a few commands fit into any buffer: to wait for each of them costs more
    // than to send it.
    if (this.#undrained < REPLIES_AT_ONCE) return;
    this.#undrained = 0;
    try {
      await this.#writer.drain({ timeout: this.#options.timeout });
    } catch (error) {
      rethrowIfCancelled(error);
      throw this.#fail(error);
    }
  }

  /** Writes the waiting replies, if the client is still there. Never fails. */
  async flushIfOpen(): Promise<void> {
    if (this.#closed) return;
    try {
      await this.flush();
    } catch (error) {
      rethrowIfCancelled(error);
    }
  }

  /**
   * Takes the next command, if it has come already.
   *
   * @returns The line in latin-1, without its line end; `undefined` where it has to be waited for.
   * @throws {LimitOverrunError} If the line is longer than the reader's limit.
   */
  takeCommand(): string | undefined {
    return this.#replies.length < REPLIES_AT_ONCE ? this.reader.takeLine() : undefined;
  }

  /**
   * Writes the waiting replies, and waits for the next command.
   *
   * @returns The line in latin-1, without its line end; `null` when the client closed.
   * @throws {LimitOverrunError} If the line is longer than the reader's limit.
   * @throws {ChannelClosedError} If the connection broke, or the time is up.
   */
  async nextCommand(): Promise<string | null> {
    if (this.#replies !== "" || this.#closed) await this.flush();
    this.#idle = true;
    this.#watchdog.watch(this.#options.timeout);
    try {
      return await this.reader.nextLine(FOR_EVER);
    } catch (error) {
      rethrowIfCancelled(error);
      if (error instanceof LimitOverrunError) throw error;
      throw this.#fail(error);
    } finally {
      this.#watchdog.rest();
      this.#idle = false;
    }
  }

  /**
   * Waits for a line that is secret, as an answer in a login is.
   *
   * @returns The line in latin-1, without its line end; `null` when the client closed.
   * @throws {LimitOverrunError} If the line is longer than the reader's limit.
   * @throws {ChannelClosedError} If the connection broke, or the time is up.
   */
  async nextSecret(): Promise<string | null> {
    this.reader.showAs(() => MASK);
    try {
      return this.takeCommand() ?? await this.nextCommand();
    } finally {
      this.reader.showAs(maskSecrets);
    }
  }

  /**
   * Passes over the rest of a line that is too long, within the time of a command.
   *
   * @returns Whether it ended before it was much too long.
   * @throws {ChannelClosedError} If the connection broke, or the time is up.
   */
  async skipLine(): Promise<boolean> {
    this.#watchdog.watch(this.#options.timeout);
    // It may have begun with PASS.
    this.reader.showAs(() => MASK);
    try {
      for (let skipped = 0; skipped < SKIP_AT_MOST;) {
        const bytes = await this.receive();
        if (bytes === null) break;
        const end = bytes.indexOf(LF);
        skipped += bytes.length;
        this.reader.consume(end < 0 ? bytes.length : end + 1);
        if (end >= 0) return true;
      }
      return false;
    } finally {
      this.reader.showAs(maskSecrets);
      this.#watchdog.rest();
    }
  }

  /**
   * Waits for bytes that are no command. The time is what {@linkcode CommandChannel.watch} allows.
   *
   * @returns A borrowed view, see `reader.borrow`; `null` when the client closed.
   * @throws {ChannelClosedError} If the connection broke, or the time is up.
   */
  async receive(): Promise<Uint8Array | null> {
    try {
      return await this.reader.borrow(FOR_EVER);
    } catch (error) {
      rethrowIfCancelled(error);
      throw this.#fail(error);
    }
  }

  /**
   * Writes the waiting replies, and begins TLS behind them.
   *
   * @param options The certificates, and how long the client may take.
   * @throws {ChannelClosedError} If the handshake fails, or the client has sent something in the
   *   clear that was not read: who sits in between could have put it there. The connection is
   *   closed, and `failure` tells why.
   */
  async startTls(options: StartPreparedTlsOptions): Promise<void> {
    try {
      await this.flush();
      await this.#writer.startTls(options);
    } catch (error) {
      rethrowIfCancelled(error);
      throw this.#fail(error);
    }
  }

  /**
   * Writes the waiting replies, and takes TLS off behind them.
   *
   * @param timeout How long the client may take to end its side, in milliseconds.
   * @throws {ChannelClosedError} If it does not, or goes on. The connection is closed.
   */
  async endTls(timeout: number): Promise<void> {
    try {
      this.#write();
      await this.#writer.endTls({ timeout });
    } catch (error) {
      rethrowIfCancelled(error);
      throw this.#fail(error);
    }
  }

  /**
   * Sets a deadline, at which the client is sent away.
   *
   * @param timeout How far away it is, in milliseconds.
   */
  watch(timeout: number): void {
    this.#watchdog.watch(timeout);
  }

  /** Drops the deadline. */
  rest(): void {
    this.#watchdog.rest();
  }

  /** Sends a last word, if the client still listens, and closes. */
  async bye(reply: Reply): Promise<void> {
    if (this.#closed) return;
    this.send(reply);
    await this.hangUp();
  }

  /** Writes what waits, lets the client read it, and closes. Never fails. */
  async hangUp(): Promise<void> {
    if (this.#closed) return;
    try {
      if (this.trickle) await this.#writeSlowly(this.trickle);
      this.#write();
      await this.#writer.flush({ timeout: LAST_WORD });
    } catch (error) {
      rethrowIfCancelled(error);
      this.#failure ??= error;
    } finally {
      this.close();
    }
  }

  /** Closes at once. */
  close(): void {
    this.#watchdog.stop();
    if (this.#closed) return;
    this.#closed = true;
    this.#ending = true;
    this.#writer.abort();
  }

  async #writeSlowly(trickle: Trickle): Promise<void> {
    const encoded = this.#encode(this.#replies);
    this.#replies = "";
    await writeInPieces(this.#writer, encoded, { ...trickle, timeout: this.#options.timeout });
  }

  #encode(text: string): Uint8Array {
    return this.#options.encoding === "utf-8" ? new TextEncoder().encode(text) : narrow(text);
  }

  #write(): void {
    const replies = this.#replies;
    this.#replies = "";
    this.#undrained += replies.length;
    this.#writer.write(this.#options.encoding === "utf-8" ? replies : narrow(replies));
  }

  #expired(): void {
    if (this.#options.busy()) {
      this.#watchdog.watch(this.#options.timeout);
      return;
    }
    this.#failure = new ChannelClosedError("The client did not say anything in time");
    createTask(() => this.bye(this.#options.silent));
  }

  #fail(error: unknown): ChannelClosedError {
    this.#failure ??= error;
    this.close();
    return this.#gone();
  }

  #gone(): ChannelClosedError {
    return new ChannelClosedError("The connection to the client is closed", {
      cause: this.#failure,
    });
  }
}

const FOR_EVER = { timeout: Infinity };

// A client may send a little too much, not without end.
const SKIP_AT_MOST = 65_536;

const LF = 0x0a;

/** How long a client may take to read the reply with which it is sent away. */
const LAST_WORD = 1000;

function narrow(text: string): Uint8Array {
  // deno-lint-ignore no-control-regex
  return encodeLatin1(text.replace(/[^\x00-\xff]/gu, "?"));
}
