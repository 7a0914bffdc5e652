/**
 * Scripted peers in memory: no sockets, no permissions, no real time.
 *
 * @module
 */

import type { Address, ByteStream, Dial } from "../../net/byte_stream.ts";
import { ConnectionRefusedError, ConnectionResetError } from "../../net/errors.ts";
import { memoryPair } from "../../net/memory.ts";
import type { Listening, Pipe, Stage } from "./pipe.ts";

/** One machine of its own: whatever port is dialled that no data connection has is its server. */
export class MemoryStage implements Stage {
  readonly address = "127.0.0.1";
  readonly patience = 100;
  /** Where the control connections arrive. */
  readonly control: MemoryPlace = new MemoryPlace(21);
  readonly #data = new Map<number, MemoryPlace>();
  readonly #streams = new Set<ClientStream>();

  /** Connects a client. */
  readonly dial: Dial = ({ hostname, port }, { signal }) => {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const place = this.#data.get(port) ?? this.control;
    if (place.closed) {
      const words = `Cannot connect to ${hostname}:${port}: connection refused`;
      return Promise.reject(new ConnectionRefusedError(words, { hostname, port }));
    }
    const [near, far] = memoryPair({
      addresses: [
        { hostname: this.address, port: 50_000, transport: "memory" },
        { hostname: this.address, port, transport: "memory" },
      ],
    });
    const client = new ClientStream(near);
    this.#streams.add(client);
    place.offer(new PeerPipe(far, client));
    return Promise.resolve(client);
  };

  /** How many connections the client has not closed. */
  get openStreams(): number {
    return [...this.#streams].filter((stream) => !stream.closed).length;
  }

  listen(): Promise<Listening> {
    const place = new MemoryPlace(40_000 + this.#data.size);
    this.#data.set(place.port, place);
    return Promise.resolve(place);
  }

  /** As many turns as a loop needs to act, and fewer than a test clock takes for silence. */
  async turn(): Promise<void> {
    for (let turn = 0; turn < 50; turn++) await undefined;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

class MemoryPlace implements Listening {
  readonly port: number;
  closed = false;
  readonly #arrived: Pipe[] = [];
  readonly #waiting: PromiseWithResolvers<Pipe>[] = [];

  constructor(port: number) {
    this.port = port;
  }

  offer(pipe: Pipe): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#arrived.push(pipe);
    else waiting.resolve(pipe);
  }

  accept(): Promise<Pipe> {
    const pipe = this.#arrived.shift();
    if (pipe !== undefined) return Promise.resolve(pipe);
    if (this.closed) return Promise.reject(new Error("The peer is closed"));
    const waiting = Promise.withResolvers<Pipe>();
    this.#waiting.push(waiting);
    return waiting.promise;
  }

  close(): void {
    this.closed = true;
    for (const pipe of this.#arrived.splice(0)) pipe.close();
    for (const { reject } of this.#waiting.splice(0)) reject(new Error("The peer is closed"));
  }
}

/** The peer's end. */
class PeerPipe implements Pipe {
  readonly #stream: ByteStream;
  readonly #client: ClientStream;

  constructor(stream: ByteStream, client: ClientStream) {
    this.#stream = stream;
    this.#client = client;
  }

  read(buffer: Uint8Array): Promise<number | null> {
    return this.#stream.read(buffer);
  }

  write(data: Uint8Array): Promise<number> {
    return this.#stream.write(data);
  }

  closeWrite(): Promise<void> {
    return this.#stream.closeWrite();
  }

  close(): void {
    this.#stream.close();
  }

  reset(): void {
    this.#client.fail();
    this.#stream.close();
  }
}

/**
 * The client's end: an in-memory stream that can also be reset, as TCP can. After a reset what had
 * arrived unread is gone, and so is what waits.
 */
class ClientStream implements ByteStream {
  closed = false;
  readonly localAddress: Address;
  readonly remoteAddress: Address;
  readonly #stream: ByteStream;
  readonly #reset = Promise.withResolvers<never>();
  #failed = false;

  constructor(stream: ByteStream) {
    this.#stream = stream;
    this.localAddress = stream.localAddress;
    this.remoteAddress = stream.remoteAddress;
    this.#reset.promise.catch(() => {});
  }

  read(buffer: Uint8Array): Promise<number | null> {
    return this.#unlessReset(() => this.#stream.read(buffer));
  }

  write(data: Uint8Array): Promise<number> {
    return this.#unlessReset(() => this.#stream.write(data));
  }

  closeWrite(): Promise<void> {
    return this.#unlessReset(() => this.#stream.closeWrite());
  }

  close(): void {
    this.closed = true;
    this.#stream.close();
  }

  /** The peer resets the connection. */
  fail(): void {
    if (this.closed) return;
    this.#failed = true;
    this.#reset.reject(new ConnectionResetError("The peer reset the connection"));
  }

  #unlessReset<T>(action: () => Promise<T>): Promise<T> {
    if (this.#failed && !this.closed) return this.#reset.promise;
    return Promise.race([this.#reset.promise, action()]);
  }
}
