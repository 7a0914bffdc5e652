/**
 * The stream of a program, as the Worker has it: what is written goes there to
 * be sent.
 *
 * @module
 */

import type { Address, ByteStream } from "../../byte_stream.ts";
import { ConnectionAbortedError } from "../../errors.ts";
import { Inlet } from "./flow.ts";
import type { FromWorker, Say, ToWorker } from "./messages.ts";
import { StreamFailed } from "./packed_errors.ts";

/** How much may be on its way before a write has to wait. */
const AHEAD = 524_288;

/** A stream in another isolate. */
export class RemoteStream implements ByteStream {
  /** That side of the connection. */
  readonly localAddress: Address;
  /** The peer. */
  readonly remoteAddress: Address;
  readonly #say: Say<FromWorker>;
  readonly #inlet: Inlet;
  #unsent = 0;
  #goOn = () => {};
  #failure: Error | null = null;
  #closed = false;

  /**
   * Stands for a stream.
   *
   * @param say Says what is to be done with it.
   * @param addresses Those of the stream.
   */
  constructor(say: Say<FromWorker>, addresses: Pick<ByteStream, "localAddress" | "remoteAddress">) {
    this.#say = say;
    this.#inlet = new Inlet(say);
    this.localAddress = addresses.localAddress;
    this.remoteAddress = addresses.remoteAddress;
  }

  /** Takes what is said about the stream. */
  hear(message: ToWorker): void {
    switch (message.kind) {
      case "came":
        return this.#inlet.came(message.bytes);
      case "end":
        return this.#inlet.end();
      case "broken":
        return this.#fail(new StreamFailed("The stream has failed"));
      case "sent":
        this.#unsent -= message.count;
        this.#goOn();
    }
  }

  /** Reads what has arrived. */
  read(buffer: Uint8Array): Promise<number | null> {
    return this.#inlet.read(buffer);
  }

  /** Has bytes written. Who waits for a `written` knows that they were. */
  async write(data: Uint8Array): Promise<number> {
    while (this.#unsent >= AHEAD && this.#failure === null) {
      await new Promise<void>((resolve) => this.#goOn = resolve);
    }
    if (this.#failure !== null) throw this.#failure;
    this.#unsent += data.length;
    this.#say({ kind: "send", bytes: new Uint8Array(data) });
    return data.length;
  }

  /** Has the direction ended. */
  closeWrite(): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    this.#say({ kind: "sendEnd" });
    return Promise.resolve();
  }

  /** Has it closed. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#fail(new ConnectionAbortedError("The connection was closed on our side"));
    this.#say({ kind: "close" });
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#inlet.fail(error);
    this.#goOn();
  }
}
