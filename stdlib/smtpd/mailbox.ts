/**
 * Where an SMTP server collects messages when nobody else takes them.
 *
 * @module
 */

import { interruptible } from "../../loop/wait.ts";
import { SMTPReplyError } from "./errors.ts";
import type { Envelope } from "./types.ts";

// What an envelope costs besides its message.
const ENVELOPE_COST = 256;

/** Messages in the order of their arrival, to look at and to wait for. */
export class Mailbox implements AsyncIterable<Envelope> {
  readonly #maxBytes: number;
  #messages: Envelope[] = [];
  #bytes = 0;
  /** How many were cleared away: each message keeps its number. */
  #cleared = 0;
  #closed = false;
  #change = Promise.withResolvers<void>();

  /**
   * Begins empty.
   *
   * @param maxBytes The most bytes to hold.
   */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** What has arrived. */
  get messages(): readonly Envelope[] {
    return this.#messages;
  }

  /**
   * Takes a message.
   *
   * @throws {SMTPReplyError} 452, if it does not fit in.
   */
  add(envelope: Envelope): void {
    const bytes = envelope.content.length + ENVELOPE_COST;
    if (this.#bytes + bytes > this.#maxBytes) {
      throw new SMTPReplyError(452, "The mailbox is full", "4.2.2");
    }
    this.#bytes += bytes;
    this.#messages.push(envelope);
    this.#changed();
  }

  /** Throws all messages away. */
  clear(): void {
    this.#cleared += this.#messages.length;
    this.#messages = [];
    this.#bytes = 0;
  }

  /** No more will come: whoever waits is told. */
  close(): void {
    this.#closed = true;
    this.#changed();
  }

  /** Gives every message, those that are there first, and waits for the next until the server ends. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Envelope, void, undefined> {
    for (let number = 0;;) {
      number = Math.max(number, this.#cleared);
      const message = this.#messages[number - this.#cleared];
      if (message) {
        number++;
        yield message;
      } else if (this.#closed) {
        return;
      } else {
        await interruptible(this.#change.promise);
      }
    }
  }

  #changed(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}
