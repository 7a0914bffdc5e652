/**
 * Two ends of one connection in memory that can also be reset, as TCP can. What is under test
 * takes an end as a stream of bytes, the rig takes one as a pipe.
 *
 * @module
 */

import type { Address, ByteStream } from "../../net/byte_stream.ts";
import { ConnectionResetError } from "../../net/errors.ts";
import { memoryPair } from "../../net/memory.ts";
import type { Identity } from "./certs.ts";
import type { Pipe } from "./pipe.ts";
import { answerTls } from "./sockets.ts";

/** How many bytes a direction holds: what a system's buffers may hold, too. */
export const CAPACITY = 65_536;

/** One end. After a reset what had arrived unread is gone, and what waits fails. */
export class End implements ByteStream, Pipe {
  /** Whether this end was closed by whoever has it. */
  closed = false;
  readonly localAddress: Address;
  readonly remoteAddress: Address;
  readonly #stream: ByteStream;
  readonly #waiting = new Set<(error: Error) => void>();
  #other: End | undefined;
  #failure: Error | undefined;

  private constructor(stream: ByteStream) {
    this.#stream = stream;
    this.localAddress = stream.localAddress;
    this.remoteAddress = stream.remoteAddress;
  }

  /**
   * Makes both ends.
   *
   * @param port The port that the second end has.
   */
  static pair(port: number): [near: End, far: End] {
    const addresses = [at(50_000), at(port)] as const;
    const [first, second] = memoryPair({ addresses, capacity: CAPACITY });
    const near = new End(first);
    const far = new End(second);
    near.#other = far;
    far.#other = near;
    return [near, far];
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

  /** Closes this end so that the other one sees a reset. */
  reset(): void {
    const other = this.#other;
    if (other !== undefined) other.#fail(new ConnectionResetError("The peer reset the connection"));
    this.close();
  }

  /** Answers a TLS handshake of the other end. */
  answerTls(identity?: Identity): Promise<Pipe> {
    return answerTls(this, identity);
  }

  #fail(error: Error): void {
    if (this.closed || this.#failure !== undefined) return;
    this.#failure = error;
    for (const reject of this.#waiting) reject(error);
    this.#waiting.clear();
  }

  #unlessReset<T>(action: () => Promise<T>): Promise<T> {
    if (this.#failure !== undefined && !this.closed) return Promise.reject(this.#failure);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#waiting.add(reject);
    action().then(resolve, reject).then(() => this.#waiting.delete(reject));
    return promise;
  }
}

function at(port: number): Address {
  return { hostname: "127.0.0.1", port, transport: "memory" };
}
