/**
 * Connections without sockets: two ends in one process, with the manners of
 * TCP (back-pressure, half-close, an end after what was written), and a network
 * of them. For tests, and for a client and a server that live together.
 *
 * Bytes move by microtasks alone, never by timers, so that a clock which jumps
 * when all is quiet can tell when that is.
 *
 * @module
 */

import { checkLimit } from "../protocols/limits.ts";
import { RuntimeError } from "../loop/exceptions.ts";
import type { Address, ByteStream, Dial } from "./byte_stream.ts";
import {
  BrokenPipeError,
  ConnectionAbortedError,
  ConnectionRefusedError,
  OSError,
} from "./errors.ts";
import type { Listen, Listener } from "./listener.ts";
import { hostAndPort } from "./native_errors.ts";

/** Options of {@linkcode memoryPair} and {@linkcode MemoryNetwork}. */
export interface MemoryOptions {
  /**
   * How many bytes each direction holds before a write has to wait.
   *
   * @default {65_536}
   */
  capacity?: number;
}

/** Options of {@linkcode memoryPair}. */
export interface MemoryPairOptions extends MemoryOptions {
  /**
   * The addresses of the first and the second end.
   *
   * @default two ports of "memory"
   */
  addresses?: readonly [Address, Address];
}

/**
 * Makes two ends of one connection: what is written to one is read from the
 * other.
 *
 * @param options How much it holds, and what it calls itself.
 * @returns The two ends.
 * @throws {RangeError} If the capacity is no whole number of at least 1.
 *
 * @example
 * ```ts
 * import { memoryPair } from "https://tulip.example/net/memory.ts";
 * import assert from "node:assert/strict";
 *
 * const [near, far] = memoryPair();
 * await near.write(new TextEncoder().encode("hello"));
 * await near.closeWrite();
 *
 * const buffer = new Uint8Array(16);
 * assert.equal(await far.read(buffer), 5);
 * assert.equal(await far.read(buffer), null);
 * ```
 */
export function memoryPair(options: MemoryPairOptions = {}): [ByteStream, ByteStream] {
  const capacity = checkLimit("capacity", options.capacity, 65_536);
  const [first, second] = options.addresses ?? [address("memory", 1), address("memory", 2)];
  const there = new Pipe(capacity);
  const back = new Pipe(capacity);
  return [
    new MemoryStream(back, there, first, second),
    new MemoryStream(there, back, second, first),
  ];
}

/**
 * A network in one process: a client that is given its `dial`, and a server
 * that is given its `listen`, meet without sockets or permissions. It is one
 * machine: every host name reaches it, and the port decides.
 *
 * @example
 * ```ts
 * import { MemoryNetwork } from "https://tulip.example/net/memory.ts";
 * import { openConnection } from "https://tulip.example/net/streams/connect.ts";
 * import { startServer } from "https://tulip.example/net/servers/server.ts";
 * import assert from "node:assert/strict";
 *
 * const network = new MemoryNetwork();
 * await using server = await startServer(
 *   (_reader, writer) => {
 *     writer.write("hello\r\n");
 *     writer.close();
 *   },
 *   "localhost",
 *   25,
 *   { listen: network.listen },
 * );
 *
 * await using connection = await openConnection("localhost", 25, { dial: network.dial });
 * assert.equal(await connection.reader.nextLine(), "hello");
 * ```
 */
export class MemoryNetwork {
  readonly #options: MemoryOptions;
  readonly #listeners = new Map<number, MemoryListener>();
  #nextPort = FIRST_FREE_PORT;

  /**
   * Begins with nobody listening.
   *
   * @param options How much its connections hold.
   */
  constructor(options: MemoryOptions = {}) {
    this.#options = options;
  }

  /** Opens a connection to whoever listens at the port; refused where nobody does. */
  readonly dial: Dial = (target, { signal } = {}) => {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const listener = this.#listeners.get(target.port);
    if (listener === undefined) {
      return Promise.reject(
        new ConnectionRefusedError(
          `Cannot connect to ${hostAndPort(target)}: nobody listens there`,
          target,
        ),
      );
    }
    const [near, far] = memoryPair({
      ...this.#options,
      addresses: [
        address("localhost", this.#freePort()),
        address(target.hostname, target.port),
      ],
    });
    listener.arrive(far);
    return Promise.resolve(near);
  };

  /** Listens at a port; a free one for port 0. */
  readonly listen: Listen = ({ hostname, port }) => {
    const chosen = port === 0 ? this.#freePort() : port;
    if (this.#listeners.has(chosen)) {
      throw new OSError(`Cannot listen on ${hostAndPort({ hostname, port })}: the port is taken`, {
        code: "EADDRINUSE",
        hostname,
        port,
      });
    }
    const listener = new MemoryListener(
      address(hostname, chosen),
      () => this.#listeners.delete(chosen),
    );
    this.#listeners.set(chosen, listener);
    return listener;
  };

  #freePort(): number {
    do {
      this.#nextPort = this.#nextPort === LAST_PORT ? FIRST_FREE_PORT : this.#nextPort + 1;
    } while (this.#listeners.has(this.#nextPort));
    return this.#nextPort;
  }
}

// The dynamic ports (RFC 6335 §6).
const FIRST_FREE_PORT = 49_152;
const LAST_PORT = 65_535;

class MemoryListener implements Listener {
  readonly address: Address;
  readonly #onClose: () => void;
  readonly #arrived: ByteStream[] = [];
  #waiting: ((stream: ByteStream | null) => void)[] = [];
  #closed = false;

  constructor(address: Address, onClose: () => void) {
    this.address = address;
    this.#onClose = onClose;
  }

  arrive(stream: ByteStream): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#arrived.push(stream);
    else waiting(stream);
  }

  accept(): Promise<ByteStream | null> {
    const stream = this.#arrived.shift();
    if (stream !== undefined) return Promise.resolve(stream);
    if (this.#closed) return Promise.resolve(null);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose();
    // As a system does with connections that nobody accepted in time.
    for (const stream of this.#arrived.splice(0)) stream.close();
    for (const resolve of this.#waiting.splice(0)) resolve(null);
  }
}

class MemoryStream implements ByteStream {
  readonly localAddress: Address;
  readonly remoteAddress: Address;
  readonly tls = false;
  readonly #in: Pipe;
  readonly #out: Pipe;

  constructor(incoming: Pipe, outgoing: Pipe, local: Address, remote: Address) {
    this.#in = incoming;
    this.#out = outgoing;
    this.localAddress = local;
    this.remoteAddress = remote;
  }

  read(buffer: Uint8Array): Promise<number | null> {
    return this.#in.read(buffer);
  }

  write(data: Uint8Array): Promise<number> {
    return this.#out.write(data);
  }

  closeWrite(): Promise<void> {
    this.#out.end();
    return Promise.resolve();
  }

  close(): void {
    this.#in.abandon();
    this.#out.end(true);
  }
}

interface Waiting {
  readonly bytes: Uint8Array;
  resolve(count: number | null): void;
  reject(error: Error): void;
}

/** One direction of a pair: a ring of bytes with a reader and a writer at its ends. */
class Pipe {
  readonly #capacity: number;
  #ring: Uint8Array | undefined;
  #start = 0;
  #length = 0;
  #reader: Waiting | null = null;
  #writer: Waiting | null = null;
  // The writing end: it may end politely, or be closed while it waits.
  #ended = false;
  #writerClosed = false;
  #readerClosed = false;
  // Whether the writing end knows that nobody reads.
  #told = false;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  read(buffer: Uint8Array): Promise<number | null> {
    if (this.#readerClosed) return Promise.reject(closedHere());
    if (this.#reader !== null) {
      return Promise.reject(new RuntimeError("Cannot read: a read is in flight already"));
    }
    return new Promise((resolve, reject) => {
      this.#reader = { bytes: buffer, resolve, reject };
      this.#move();
    });
  }

  write(data: Uint8Array): Promise<number> {
    if (this.#writerClosed) return Promise.reject(closedHere());
    if (this.#ended) return Promise.reject(new BrokenPipeError("Cannot write after closeWrite()"));
    if (this.#readerClosed) {
      if (this.#told) return Promise.reject(closedThere());
      // As over TCP, where the first write is on its way before the peer can answer it.
      this.#told = true;
      return Promise.resolve(data.length);
    }
    if (this.#writer !== null) {
      return Promise.reject(new RuntimeError("Cannot write: a write is in flight already"));
    }
    return new Promise((resolve, reject) => {
      this.#writer = { bytes: data, resolve: resolve as Waiting["resolve"], reject };
      this.#move();
    });
  }

  /** No more is written. What was written before can still be read. */
  end(closed = false): void {
    this.#ended = true;
    this.#writerClosed ||= closed;
    if (closed) this.#failWriter(closedHere());
    this.#move();
  }

  /** No more is read. */
  abandon(): void {
    this.#readerClosed = true;
    this.#length = 0;
    this.#ring = undefined;
    const reader = this.#reader;
    this.#reader = null;
    reader?.reject(closedHere());
    this.#told ||= this.#writer !== null;
    this.#failWriter(closedThere());
  }

  #failWriter(error: Error): void {
    const writer = this.#writer;
    this.#writer = null;
    writer?.reject(error);
  }

  #move(): void {
    const writer = this.#writer;
    if (writer !== null) {
      const count = this.#put(writer.bytes);
      if (count > 0) {
        this.#writer = null;
        writer.resolve(count);
      }
    }
    const reader = this.#reader;
    if (reader === null || (this.#length === 0 && !this.#ended)) return;
    this.#reader = null;
    reader.resolve(this.#length === 0 ? null : this.#get(reader.bytes));
    if (this.#writer !== null) this.#move();
  }

  #put(data: Uint8Array): number {
    const ring = this.#ring ??= new Uint8Array(this.#capacity);
    const count = Math.min(data.length, ring.length - this.#length);
    const at = (this.#start + this.#length) % ring.length;
    const first = Math.min(count, ring.length - at);
    ring.set(data.subarray(0, first), at);
    ring.set(data.subarray(first, count), 0);
    this.#length += count;
    return count;
  }

  #get(target: Uint8Array): number {
    const ring = this.#ring!;
    const count = Math.min(target.length, this.#length);
    const first = Math.min(count, ring.length - this.#start);
    target.set(ring.subarray(this.#start, this.#start + first));
    target.set(ring.subarray(0, count - first), first);
    this.#start = (this.#start + count) % ring.length;
    this.#length -= count;
    return count;
  }
}

function closedHere(): Error {
  return new ConnectionAbortedError("The connection was closed on our side");
}

function closedThere(): Error {
  return new BrokenPipeError("Cannot write: the peer has closed the connection");
}

function address(hostname: string, port: number): Address {
  return { hostname, port, transport: "memory" };
}
