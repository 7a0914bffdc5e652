/**
 * A server's end of one connection: command lines in, three-digit replies out.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../loop/exceptions.ts";
import { LimitOverrunError } from "../../net/errors.ts";
import type { Address } from "../../net/byte_stream.ts";
import type { StreamReader } from "../../net/stream_reader.ts";
import type { StreamWriter } from "../../net/stream_writer.ts";
import { encodeLatin1 } from "../../protocols/text/latin1.ts";
import type { Reply, ReplyStyle } from "../../protocols/text/reply.ts";
import { encodeReply } from "../../protocols/text/reply.ts";
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
  #replies = "";
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
    const replies = this.#replies;
    if (replies === "") return;
    this.#replies = "";
    try {
      this.#writer.write(this.#options.encoding === "utf-8" ? replies : narrow(replies));
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
   * Takes the next command, and writes the waiting replies before it waits for one.
   *
   * @returns The line in latin-1, without its line end; `null` when the client closed.
   * @throws {LimitOverrunError} If the line is longer than the reader's limit.
   * @throws {ChannelClosedError} If the connection broke, or the time is up.
   */
  async nextCommand(): Promise<string | null> {
    if (this.#replies.length < REPLIES_AT_ONCE) {
      const line = this.reader.takeLine();
      if (line !== undefined) return line;
    }
    await this.flush();
    this.#idle = true;
    try {
      return await this.waiting(
        () => this.reader.nextLine({ timeout: Infinity }),
        this.#options.timeout,
      );
    } finally {
      this.#idle = false;
    }
  }

  /**
   * Waits for bytes of the client, for a limited time.
   *
   * @param receive What waits.
   * @param timeout For how long, in milliseconds; `undefined` leaves the deadline as it is.
   * @returns What came.
   * @throws {LimitOverrunError} If a line is longer than the reader's limit.
   * @throws {ChannelClosedError} If the connection broke, or the time is up.
   */
  async waiting<T>(receive: () => PromiseLike<T>, timeout?: number): Promise<T> {
    if (timeout !== undefined) this.#watchdog.watch(timeout);
    try {
      return await receive();
    } catch (error) {
      rethrowIfCancelled(error);
      if (error instanceof LimitOverrunError) throw error;
      throw this.#fail(error);
    } finally {
      if (timeout !== undefined) this.#watchdog.rest();
    }
  }

  /** Sets a deadline that stays while the session waits by {@linkcode CommandChannel.waiting}. */
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
      this.#writer.write(
        this.#options.encoding === "utf-8" ? this.#replies : narrow(this.#replies),
      );
      this.#replies = "";
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

  #expired(): void {
    if (this.#options.busy()) {
      this.#watchdog.watch(this.#options.timeout);
      return;
    }
    this.#failure = new ChannelClosedError("The client did not say anything in time");
    this.bye(this.#options.silent);
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

/** How long a client may take to read the reply with which it is sent away. */
const LAST_WORD = 1000;

function narrow(text: string): Uint8Array {
  // deno-lint-ignore no-control-regex
  return encodeLatin1(text.replace(/[^\x00-\xff]/gu, "?"));
}
