/**
 * A stream whose other end is the test itself, where CPython's tests have a mock of a socket; and
 * protocols that note what they are told.
 *
 * @module
 */

import { sleep } from "../../../loop/sleep.ts";
import type { Address, ByteStream } from "../../../net/byte_stream.ts";
import { BufferedProtocol, Protocol } from "../../../net/transports/protocols.ts";
import type { Transport } from "../../../net/transports/transports.ts";

/** A stream in the hand of a test. */
export class Wire implements ByteStream {
  readonly localAddress: Address = { hostname: "here", port: 1, transport: "memory" };
  readonly remoteAddress: Address = { hostname: "there", port: 2, transport: "memory" };
  /** What was sent, as text; each write one piece. */
  readonly sent: string[] = [];
  /** How often our direction was ended. */
  ends = 0;
  /** How often it was closed. */
  closes = 0;
  /** How many bytes one write takes; 0 for a peer that takes nothing. */
  takes = Infinity;
  readonly #arrivals: (Uint8Array | Error | null)[] = [];
  #reader: { buffer: Uint8Array; read: PromiseWithResolvers<number | null> } | null = null;
  #stuck: { data: Uint8Array; write: PromiseWithResolvers<number> } | null = null;

  /** Whether a read is in flight. */
  get isReading(): boolean {
    return this.#reader !== null;
  }

  /** Has something arrive: text, the end (`null`), or a failure. */
  arrive(what: string | Error | null): void {
    this.#arrivals.push(typeof what === "string" ? encoder.encode(what) : what);
    this.#deliver();
  }

  /** Has writes take so many bytes from now on, also the one that waits; or fail. */
  take(most: number | Error): void {
    const stuck = this.#stuck;
    this.#stuck = null;
    if (typeof most === "number") this.takes = most;
    if (stuck === null) return;
    if (typeof most === "number") stuck.write.resolve(this.#take(stuck.data));
    else stuck.write.reject(most);
  }

  read(buffer: Uint8Array): Promise<number | null> {
    const read = Promise.withResolvers<number | null>();
    this.#reader = { buffer, read };
    this.#deliver();
    return read.promise;
  }

  write(data: Uint8Array): Promise<number> {
    if (this.takes > 0) return Promise.resolve(this.#take(data));
    const write = Promise.withResolvers<number>();
    this.#stuck = { data, write };
    return write.promise;
  }

  closeWrite(): Promise<void> {
    this.ends++;
    return Promise.resolve();
  }

  close(): void {
    this.closes++;
    this.#reader?.read.reject(new Error("closed"));
    this.#stuck?.write.reject(new Error("closed"));
    this.#reader = this.#stuck = null;
  }

  #take(data: Uint8Array): number {
    const count = Math.min(this.takes, data.length);
    this.sent.push(decoder.decode(data.subarray(0, count)));
    return count;
  }

  #deliver(): void {
    const reader = this.#reader;
    const next = this.#arrivals.shift();
    if (reader === null || next === undefined) {
      if (next !== undefined) this.#arrivals.unshift(next);
      return;
    }
    this.#reader = null;
    if (next instanceof Error) return reader.read.reject(next);
    if (next === null) return reader.read.resolve(null);
    const count = Math.min(next.length, reader.buffer.length);
    reader.buffer.set(next.subarray(0, count));
    if (count < next.length) this.#arrivals.unshift(next.subarray(count));
    reader.read.resolve(count);
  }
}

/** A protocol that notes what it is told. */
export class Noting extends Protocol {
  readonly told: string[] = [];
  transport!: Transport;
  lostTo: unknown = undefined;
  /** What `eofReceived` returns. */
  staysOpen = false;

  override connectionMade(transport: Transport): void {
    this.transport = transport;
    this.told.push("connectionMade");
  }

  override dataReceived(data: Uint8Array): void {
    this.told.push(decoder.decode(data));
  }

  override eofReceived(): boolean {
    this.told.push("eofReceived");
    return this.staysOpen;
  }

  override pauseWriting(): void {
    this.told.push("pauseWriting");
  }

  override resumeWriting(): void {
    this.told.push("resumeWriting");
  }

  override connectionLost(error: unknown): void {
    this.lostTo = error;
    this.told.push("connectionLost");
  }
}

/** The same with memory of its own. */
export class NotingBuffered extends BufferedProtocol {
  readonly told: string[] = [];
  transport!: Transport;
  buffer: Uint8Array;
  lostTo: unknown = undefined;
  staysOpen = false;

  constructor(size = 100) {
    super();
    this.buffer = new Uint8Array(size);
  }

  override connectionMade(transport: Transport): void {
    this.transport = transport;
    this.told.push("connectionMade");
  }

  override getBuffer(_sizehint: number): Uint8Array {
    return this.buffer;
  }

  override bufferUpdated(count: number): void {
    this.told.push(decoder.decode(this.buffer.subarray(0, count)));
  }

  override eofReceived(): boolean {
    this.told.push("eofReceived");
    return this.staysOpen;
  }

  override connectionLost(error: unknown): void {
    this.lostTo = error;
    this.told.push("connectionLost");
  }
}

/** Gives everything that needs no time the time to happen. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 12; round++) await sleep(0);
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
