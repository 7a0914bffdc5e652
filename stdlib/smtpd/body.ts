/**
 * The message after DATA, as it comes in (RFC 5321 §4.5.2).
 *
 * Nothing but CRLF, a dot and CRLF ends it, so whatever is wrong with a message,
 * the session stays in step.
 *
 * @module
 */

import { DotDecoder } from "../../protocols/text/dot.ts";
import { ChannelClosedError, type CommandChannel } from "../_server/command_channel.ts";
import { SMTPReplyError } from "./errors.ts";

/** What a message may be. */
export interface BodyLimits {
  /** The most bytes of it. */
  readonly maxMessageSize: number;
  /** What happens to a CR or LF alone. */
  readonly bareNewlines: "reject" | "normalize";
  /** How long every 64 KiB of it may take to come, in milliseconds. */
  readonly timeout: number;
}

// One silent client must not hold a session for ever with a byte now and then.
const BYTES_IN_TIME = 65_536;

/** The bytes of one message. Read it by one of its ways, and then {@linkcode finish} it. */
export class MessageBody implements AsyncIterable<Uint8Array> {
  readonly #channel: CommandChannel;
  readonly #limits: BodyLimits;
  readonly #decoder: DotDecoder;
  /** How many bytes have come since the deadline was set. */
  #inTime = 0;

  /**
   * Begins behind the reply to DATA.
   *
   * @param channel Where the message comes from.
   * @param limits What it may be.
   */
  constructor(channel: CommandChannel, limits: BodyLimits) {
    this.#channel = channel;
    this.#limits = limits;
    // A bare newline is counted and refused at the end: giving up on it here would
    // leave the rest of the message to be read as commands.
    this.#decoder = new DotDecoder({
      bare: limits.bareNewlines === "reject" ? "keep" : "normalize",
    });
    channel.watch(limits.timeout);
  }

  /**
   * Reads all of it.
   *
   * @returns The message.
   * @throws {SMTPReplyError} If it is refused; it has been read to its end then.
   */
  async collect(): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    for (let chunk; (chunk = await this.#next()) !== undefined;) {
      if (this.#isTooLarge()) chunks.length = 0;
      else chunks.push(chunk);
    }
    this.#check();
    return chunks.length === 1 ? chunks[0] as Uint8Array : concat(chunks);
  }

  /**
   * Gives it as it comes.
   *
   * @throws {SMTPReplyError} Where it is refused, at the latest at its end.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (let chunk; (chunk = await this.#next()) !== undefined;) {
      this.#check();
      if (chunk.length > 0) yield chunk;
    }
    this.#check();
  }

  /**
   * Reads what nobody has read.
   *
   * @throws {SMTPReplyError} If the message is refused.
   */
  async finish(): Promise<void> {
    while (await this.#next() !== undefined);
    this.#check();
  }

  async #next(): Promise<Uint8Array | undefined> {
    if (this.#decoder.done) return undefined;
    const bytes = await this.#channel.receive();
    if (bytes === null) {
      this.#channel.close();
      throw new ChannelClosedError("The client closed in the middle of a message");
    }
    const { data, consumed, done } = this.#decoder.push(bytes);
    const chunk = data.buffer === bytes.buffer ? data.slice() : data;
    this.#channel.reader.consume(consumed);
    if (done) this.#channel.rest();
    else this.#keepTime(consumed);
    return chunk;
  }

  #keepTime(count: number): void {
    this.#inTime += count;
    if (this.#inTime < BYTES_IN_TIME) return;
    this.#inTime = 0;
    this.#channel.watch(this.#limits.timeout);
    // Who sends twice what is allowed is not going to read a reply either.
    if (this.#decoder.size > 2 * this.#limits.maxMessageSize + BYTES_IN_TIME) {
      throw new SMTPReplyError(421, "Message too large, closing", "4.3.4");
    }
  }

  #isTooLarge(): boolean {
    return this.#decoder.size > this.#limits.maxMessageSize;
  }

  #check(): void {
    if (this.#isTooLarge()) {
      const limit = this.#limits.maxMessageSize;
      throw new SMTPReplyError(552, `Messages may have ${limit} bytes`, "5.3.4");
    }
    if (this.#limits.bareNewlines === "reject" && this.#decoder.bareNewlines > 0) {
      throw new SMTPReplyError(554, "Lines end with CRLF, not with CR or LF alone", "5.6.0");
    }
  }
}

function concat(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.length, 0));
  let position = 0;
  for (const chunk of chunks) {
    whole.set(chunk, position);
    position += chunk.length;
  }
  return whole;
}
