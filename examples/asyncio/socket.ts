/**
 * A WebSocket as a task likes it: messages are iterated over, and sending waits for a slow reader.
 *
 * The events of a WebSocket come when they come, in no task. So their handlers do next to nothing:
 * they put what came into a queue, and settle futures. All else is done by the task that reads.
 *
 * @module
 */

import * as asyncio from "https://tulip.example/stdlib/asyncio.ts";

/** Limits of a {@linkcode Socket}. */
export interface SocketOptions {
  /** The longest message that is accepted, in UTF-16 units. */
  maxLength: number;
  /** How many messages may wait until the task takes them. */
  maxWaiting: number;
}

/** Why a visitor is sent away. The page is told the message. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

/** How many bytes may be on their way to a visitor before sending waits. */
const HIGH_WATER = 65_536;

/** Messages as JSON, both ways. Iterating over it ends when the visitor leaves. */
export class Socket implements AsyncIterable<unknown> {
  /** Done once messages can be sent, or never will be. */
  readonly opened: asyncio.Future<void>;
  /** Done once the connection is closed. */
  readonly closed: asyncio.Future<void>;
  readonly #socket: WebSocket;
  readonly #options: SocketOptions;
  readonly #inbox: asyncio.Queue<unknown>;

  /** Takes over a WebSocket. Its futures belong to `loop`, for this may be called in no task. */
  constructor(socket: WebSocket, loop: asyncio.EventLoop, options: SocketOptions) {
    this.opened = loop.createFuture();
    this.closed = loop.createFuture();
    this.#socket = socket;
    this.#options = options;
    this.#inbox = new asyncio.Queue(options.maxWaiting);

    socket.onopen = () => this.opened.setResult();
    socket.onmessage = ({ data }) => this.#onMessage(data);
    // An error is always followed by a close. Unlike that, it says nothing that is of use.
    socket.onerror = (event) => event.preventDefault();
    socket.onclose = () => {
      if (!this.opened.done()) this.opened.setResult();
      this.closed.setResult();
      this.#inbox.shutdown();
    };
  }

  /** Takes messages until the visitor leaves. */
  [Symbol.asyncIterator](): AsyncIterator<unknown, void> {
    return this.#inbox[Symbol.asyncIterator]();
  }

  /** Takes one message; `undefined` where the visitor leaves without one. */
  async receive(): Promise<unknown> {
    for await (const message of this) return message;
    return undefined;
  }

  /** Sends a message, and waits while too many of them are still on their way. */
  async send(message: unknown): Promise<void> {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(JSON.stringify(message));
    // No event tells when they have left.
    while (this.#socket.bufferedAmount > HIGH_WATER) await asyncio.sleep(50);
  }

  /** Says goodbye: the page is given the code and the reason. Nothing more is read. */
  close(code: number, reason: string): void {
    this.#inbox.shutdown(true);
    if (this.#socket.readyState <= WebSocket.OPEN) this.#socket.close(code, reason);
  }

  #onMessage(data: unknown): void {
    // What comes after we have closed is nobody's business.
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    if (typeof data !== "string" || data.length > this.#options.maxLength) {
      return this.close(1009, "This message is too long");
    }
    if (this.#inbox.full()) return this.close(1008, "Too many messages at once");
    let message: unknown;
    try {
      message = JSON.parse(data);
    } catch {
      return this.close(1007, "This message is no JSON");
    }
    this.#inbox.putNowait(message);
  }
}
