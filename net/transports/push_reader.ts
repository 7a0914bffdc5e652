/**
 * The reading half of a transport: it reads all the time, and tells a protocol
 * what has come, where a stream reader waits until somebody asks.
 *
 * What has come is told at once where the loop sleeps, for then it is as if the
 * loop had been woken for just that; else it waits for its turn in the loop. So
 * the order among callbacks and tasks is kept, and a server that has nothing to
 * do but to answer does not pay for a loop.
 *
 * @module
 */

import type { Context } from "../../loop/context.ts";
import type { EventLoop } from "../../loop/event_loop.ts";
import { RuntimeError } from "../../loop/exceptions.ts";
import type { ByteStream } from "../byte_stream.ts";
import { InputBuffer } from "../streams/input_buffer.ts";
import { ReadSize } from "../streams/read_size.ts";
import type { AnyProtocol } from "./transports.ts";
import type { WireTap } from "../wire_tap.ts";

/** A protocol of either kind: it takes chunks, or gives memory. */
export interface StreamProtocol extends AnyProtocol {
  /** Bytes have come. */
  dataReceived?(data: Uint8Array): void;
  /** Gives memory for what comes next. */
  getBuffer?(sizehint: number): Uint8Array;
  /** Bytes have come into that memory. */
  bufferUpdated?(nbytes: number): void;
  /** The peer has ended its direction. */
  eofReceived?(): boolean | void;
}

/** Makes the protocol of one connection. */
export type ProtocolFactory<P extends StreamProtocol = StreamProtocol> = () => P;

/** Whoever is told what becomes of the reading. */
export interface PushReaderEvents {
  /** The peer has ended its direction: nothing more will come. */
  ended(): void;
  /** Reading has failed. */
  failed(error: unknown): void;
  /** Whether something is to be sent. */
  isSending(): boolean;
  /** A method of the protocol has thrown. */
  threw(method: string, error: unknown): void;
}

/** What a {@linkcode PushReader} works with. */
export interface PushReaderOptions {
  /** Where bytes come from. */
  stream: ByteStream;
  /** The loop on which the protocol is called. */
  loop: EventLoop;
  /** The context in which it is called. */
  context: Context;
  /** Who is told. */
  events: PushReaderEvents;
  /** A wire log, which is told what has come. */
  tap?: WireTap;
}

/** A read that others go on with. */
export interface PendingRead {
  /** Where the bytes land. */
  readonly buffer: Uint8Array;
  /** How many came, or `null` at the end. */
  readonly result: Promise<number | null>;
}

/** Reads, and calls a protocol. */
export class PushReader {
  readonly #stream: ByteStream;
  readonly #loop: EventLoop;
  readonly #context: Context;
  readonly #events: PushReaderEvents;
  readonly #tap: WireTap | undefined;
  readonly #size = new ReadSize();
  readonly #buffer = new InputBuffer();
  #protocol: StreamProtocol;
  #paused = false;
  #stopped = false;
  // Where the read lands that is in flight, or not told yet, and whose memory that is.
  #landing: Uint8Array | null = null;
  #owner: StreamProtocol | null = null;
  #pending: Promise<number | null> | null = null;
  // What a read has brought that is not told yet; `null` is the end.
  #held: number | null | undefined = undefined;
  #atOnce = 0;

  /**
   * Begins without reading.
   *
   * @param protocol Who is told of bytes.
   * @param options What it works with.
   */
  constructor(protocol: StreamProtocol, options: PushReaderOptions) {
    this.#protocol = protocol;
    this.#stream = options.stream;
    this.#loop = options.loop;
    this.#context = options.context;
    this.#events = options.events;
    this.#tap = options.tap;
  }

  /** Whether it was told to pause. */
  get isPaused(): boolean {
    return this.#paused;
  }

  /**
   * Tells another protocol from now on, also of what is on its way.
   *
   * @param protocol The protocol.
   */
  setProtocol(protocol: StreamProtocol): void {
    this.#protocol = protocol;
  }

  /** Reads from now on. */
  start(): void {
    if (!this.#loop.isClosed()) this.#loop._callSoonIn(this.#context, this.#goOn, undefined);
  }

  /** Tells nothing more, until told; a read in flight stays. */
  pause(): void {
    this.#paused = true;
  }

  /** Goes on, first with what was held back meanwhile. */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.start();
  }

  /** Tells nothing more, for good. */
  stop(): void {
    this.#stopped = true;
  }

  /**
   * Stops. A read in flight, or one whose bytes nobody was told of, belongs to the caller from now
   * on.
   *
   * @returns That read, or `null` where there is none.
   */
  release(): PendingRead | null {
    this.#stopped = true;
    const result = this.#held === undefined ? this.#pending : Promise.resolve(this.#held);
    return result === null ? null : { buffer: this.#landing!, result };
  }

  readonly #goOn = (): void => {
    if (this.#paused || this.#stopped) return;
    if (this.#held !== undefined) this.#tell();
    else if (this.#landing === null) this.#read();
  };

  #read(): void {
    const protocol = this.#protocol;
    const isLent = protocol.getBuffer !== undefined;
    const room = isLent
      ? this.#borrow(protocol)
      : this.#buffer.room(this.#size.bytes, this.#size.last);
    if (room === null) return;
    this.#landing = room;
    this.#owner = isLent ? protocol : null;
    // What comes is told in the frame in which this is called.
    this.#pending = this.#stream.read(room);
    this.#pending.then(this.#came, this.#broke);
  }

  readonly #came = (count: number | null): void => {
    this.#pending = null;
    if (this.#stopped) return;
    this.#held = count;
    if (this.#paused) return;
    const loop = this.#loop;
    if (loop._isAsleep() && ++this.#atOnce % AT_ONCE_IN_A_ROW !== 0 && !loop.getDebug()) {
      this.#tell();
    } else {
      this.start();
    }
  };

  readonly #broke = (error: unknown): void => {
    this.#pending = null;
    if (!this.#stopped) this.#events.failed(error);
  };

  /** Tells what has come, and reads on. */
  #tell(): void {
    const count = this.#held!;
    this.#held = undefined;
    if (count === null) {
      this.#stopped = true;
      this.#tap?.ended();
      this.#events.ended();
      return;
    }
    const landing = this.#landing!;
    const owner = this.#owner;
    this.#landing = this.#owner = null;
    this.#size.came(count, landing.length);
    if (this.#tap !== undefined) this.#tap.received(landing.subarray(0, count));
    if (owner === null) {
      this.#buffer.commit(count);
      this.#hand(this.#buffer.take(count));
    } else if (owner === this.#protocol) {
      this.#update(owner, count);
    } else {
      this.#hand(landing.slice(0, count));
    }
    if (this.#paused || this.#stopped || this.#landing !== null) return;
    // What the protocol has written goes first: mostly it is sent, and its memory free again,
    // when the next bytes have come.
    if (this.#events.isSending()) queueMicrotask(this.#goOn);
    else this.#read();
  }

  /** Hands bytes to a protocol of either kind. */
  #hand(data: Uint8Array): void {
    const protocol = this.#protocol;
    if (protocol.getBuffer !== undefined) return this.#pour(data, protocol);
    try {
      protocol.dataReceived!(data);
    } catch (error) {
      this.#events.threw("dataReceived", error);
    }
  }

  /** Fills the memory of a protocol, as often as it takes. */
  #pour(data: Uint8Array, protocol: StreamProtocol): void {
    for (let rest = data; rest.length > 0 && !this.#stopped;) {
      const room = this.#borrow(protocol);
      if (room === null) return;
      const count = Math.min(room.length, rest.length);
      room.set(rest.subarray(0, count));
      rest = rest.subarray(count);
      this.#update(protocol, count);
    }
  }

  #borrow(protocol: StreamProtocol): Uint8Array | null {
    try {
      const room = protocol.getBuffer!(this.#size.bytes);
      if (room instanceof Uint8Array && room.length > 0) return room;
      throw new RuntimeError("getBuffer() must return a Uint8Array of at least one byte");
    } catch (error) {
      this.#events.threw("getBuffer", error);
      return null;
    }
  }

  #update(protocol: StreamProtocol, count: number): void {
    try {
      protocol.bufferUpdated!(count);
    } catch (error) {
      this.#events.threw("bufferUpdated", error);
    }
  }
}

// Streams in memory could go on like this forever, without the loop ever looking at the time.
const AT_ONCE_IN_A_ROW = 64;
