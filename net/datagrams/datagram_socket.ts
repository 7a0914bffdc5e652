/**
 * Sockets for datagrams that one awaits and iterates over.
 *
 * @module
 */

import { rethrowIfCancelled, TimeoutError } from "../../loop/exceptions.ts";
import { nextTurn } from "../../loop/turns.ts";
import { checkTimeout, Wait } from "../../loop/wait.ts";
import type { WaitOptions } from "../../loop/wait.ts";
import { type DatagramOptions, openPort } from "./datagram_options.ts";
import type { DatagramPort } from "./datagram_port.ts";
import { type Datagram, DatagramQueue, type DatagramQueueLimits } from "./datagram_queue.ts";
import { bytesOf, DatagramSender, targetOf } from "./datagram_sender.ts";
import type { GroupOptions } from "./datagram_tuning.ts";
import { ConnectionAbortedError } from "../errors.ts";
import { hostAndPort } from "../native_errors.ts";
import type { DatagramAddress } from "../transports/transports.ts";

/** Options of {@linkcode bindDatagram} and {@linkcode connectDatagram}. */
export interface DatagramSocketOptions extends DatagramOptions, DatagramQueueLimits, WaitOptions {
  /**
   * Where a connected socket is bound.
   *
   * @default a free port, of this machine only where the peer is on it
   */
  localAddress?: DatagramAddress;
}

/**
 * Opens a socket that receives datagrams at a port, and sends them anywhere.
 *
 * It needs `--allow-net` for the address and the port, and for each address that it sends to.
 *
 * @param host The address, or the name of one of this machine's; `"0.0.0.0"` or `"::"` for all.
 * @param port The port, or 0 for a free one.
 * @param options Settings, limits, and what ends the wait.
 * @returns The socket.
 * @throws {TypeError} If the host is none.
 * @throws {RangeError} If a number is out of range.
 * @throws {ResolveError} If the host name is unknown.
 * @throws {PermissionError} If the program may not bind there.
 * @throws {OSError} If it cannot be bound; `code` is `"EADDRINUSE"` where the port is taken.
 *
 * @example Answer every datagram
 * ```ts
 * import { bindDatagram, connectDatagram } from "https://tulip.example/net/datagrams/datagram_socket.ts";
 * import assert from "node:assert/strict";
 *
 * await using server = await bindDatagram("127.0.0.1", 0);
 * const serving = (async () => {
 *   for await (const { data, address } of server) {
 *     // Anybody can send in the name of somebody to whom nothing can be sent.
 *     await server.send(data, address).catch((error) => console.warn(error.message));
 *   }
 * })();
 *
 * await using client = await connectDatagram("127.0.0.1", server.localAddress.port);
 * await client.send("ping");
 * const { data } = await client.receive({ timeout: 5000 });
 * assert.equal(new TextDecoder().decode(data), "ping");
 *
 * server.close();
 * await serving;
 * ```
 */
export function bindDatagram(
  host: string = "127.0.0.1",
  port = 0,
  options: DatagramSocketOptions = {},
): Promise<DatagramSocket> {
  return open({ ...options, localAddress: { hostname: host, port } });
}

/**
 * Opens a socket that talks to one peer only: what others send is dropped.
 *
 * Nothing is sent by this, and a peer that is not there is not noticed: datagrams to it are lost.
 * It needs `--allow-net` for the peer, and for where it is bound: `127.0.0.1:0` or `[::1]:0` for a
 * peer on this machine, `0.0.0.0:0` or `[::]:0` for others.
 *
 * @param host The peer.
 * @param port Its port.
 * @param options Settings, limits, and what ends the wait.
 * @returns The socket.
 * @throws {TypeError} If the host is none.
 * @throws {RangeError} If a number is out of range.
 * @throws {ResolveError} If the host name is unknown.
 * @throws {PermissionError} If the program may not bind a socket for it.
 */
export function connectDatagram(
  host: string,
  port: number,
  options: DatagramSocketOptions = {},
): Promise<DatagramSocket> {
  return open({ ...options, remoteAddress: { hostname: host, port } });
}

async function open(
  options: DatagramSocketOptions & { remoteAddress?: DatagramAddress },
): Promise<DatagramSocket> {
  const queue = new DatagramQueue(options);
  return new DatagramSocket(await openPort(options, queue), queue);
}

/**
 * A socket for datagrams (UDP, RFC 768). Made by {@linkcode bindDatagram} and
 * {@linkcode connectDatagram}.
 *
 * What has come waits, up to a limit, until it is received. Beyond the limit it is dropped, which
 * {@linkcode DatagramSocket.dropped} tells. Iterating ends when the socket is closed.
 */
export class DatagramSocket implements AsyncDisposable {
  readonly #port: DatagramPort;
  readonly #queue: DatagramQueue;
  readonly #sender: DatagramSender;
  readonly #sending: Set<Wait<void>> = new Set();

  /** @internal */
  constructor(port: DatagramPort, queue: DatagramQueue) {
    this.#port = port;
    this.#queue = queue;
    this.#sender = new DatagramSender(port);
  }

  /** Where it is bound. */
  get localAddress(): DatagramAddress {
    return this.#port.localAddress;
  }

  /** The only peer, or `null`. */
  get remoteAddress(): DatagramAddress | null {
    return this.#port.remoteAddress;
  }

  /** How many datagrams wait to be received. */
  get queued(): number {
    return this.#queue.length;
  }

  /** How many datagrams were dropped, because too much waited. What the system dropped it does not tell. */
  get dropped(): number {
    return this.#queue.dropped;
  }

  /** Whether it is closed. */
  get closed(): boolean {
    return this.#port.isClosed;
  }

  /**
   * Receives a datagram: the one that has waited longest, or else the next that comes. One call
   * may wait at a time; one that is broken off takes nothing.
   *
   * @param options What may end the wait; without `timeout` it is endless.
   * @returns The datagram.
   * @throws {TimeoutError} If none comes for `timeout` milliseconds.
   * @throws {ConnectionAbortedError} If the socket is closed.
   * @throws {RuntimeError} If another call waits.
   */
  async receive(options: WaitOptions = {}): Promise<Datagram> {
    const timeout = checkTimeout(options.timeout, Infinity);
    for (;;) {
      options.signal?.throwIfAborted();
      if (this.closed) throw this.#closedError();
      const next = this.#queue.take();
      if (next !== undefined) return next;
      await this.#queue.more({
        signal: options.signal,
        timeout,
        timeoutError: () =>
          new TimeoutError(`No datagram came to ${this.#here()} for ${timeout} ms`),
      });
    }
  }

  /** Iterates over the datagrams, until the socket is closed. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Datagram, void, void> {
    while (!this.closed) {
      let datagram: Datagram;
      try {
        datagram = await this.receive();
      } catch (error) {
        rethrowIfCancelled(error);
        if (this.closed && error instanceof ConnectionAbortedError) return;
        throw error;
      }
      yield datagram;
    }
  }

  /**
   * Sends a datagram. It is sent as a whole or not at all; that it arrives nobody promises.
   *
   * @param data Text, sent as UTF-8, or bytes, which are copied.
   * @param address Where to; not needed where the socket has a remote address.
   * @param options What may end the wait. A datagram that is not sent by then is not sent at all,
   * unless it was just being handed to the system.
   * @returns When the system has taken it.
   * @throws {TypeError} If the data is neither bytes nor text, or there is no address.
   * @throws {RangeError} If the address is not the remote address of the socket.
   * @throws {OSError} If it cannot be sent; `code` is `"EMSGSIZE"` where it is too long.
   * @throws {ResolveError} If the address holds a host name that is unknown.
   * @throws {PermissionError} If the program may not send there.
   * @throws {ConnectionAbortedError} If the socket is closed.
   */
  async send(
    data: Uint8Array | string,
    address: DatagramAddress | null = null,
    options: WaitOptions = {},
  ): Promise<void> {
    const timeout = checkTimeout(options.timeout, Infinity);
    const bytes = bytesOf(data);
    const target = targetOf(this.remoteAddress, address, "send");
    options.signal?.throwIfAborted();
    if (this.closed) throw this.#closedError();

    const sent = new Wait<void>({
      signal: options.signal,
      timeout,
      timeoutError: () =>
        new TimeoutError(`A datagram to ${hostAndPort(target)} was not sent within ${timeout} ms`),
    });
    const datagram = {
      data: bytes,
      address: target,
      settled: (failure: { readonly error: unknown } | null) => {
        if (sent.done()) return;
        if (failure === null) sent.setResult();
        else sent.setException(failure.error);
      },
    };
    this.#sending.add(sent);
    this.#sender.push(datagram);
    try {
      await sent;
    } finally {
      this.#sending.delete(sent);
      this.#sender.withdraw(datagram);
    }
  }

  /**
   * Joins a multicast group, to receive what is sent to it. It needs Deno 2.7.5.
   *
   * @param group The group's address.
   * @param options On which interface, and from whom.
   * @throws {TypeError} If the group is no address of the socket's kind.
   * @throws {RuntimeError} If this Deno is too old; the message names the version that is needed.
   * @throws {OSError} If the system refuses: it is no group's address, or no such interface.
   */
  joinGroup(group: string, options?: GroupOptions): void {
    this.#tuning.join(group, options);
  }

  /**
   * Leaves a multicast group. It needs Deno 2.7.5.
   *
   * @param group The group's address.
   * @param options As it was joined.
   * @throws {TypeError} If the group is no address of the socket's kind.
   * @throws {RuntimeError} If this Deno is too old; the message names the version that is needed.
   * @throws {OSError} If the system refuses: the group was not joined so.
   */
  leaveGroup(group: string, options?: GroupOptions): void {
    this.#tuning.leave(group, options);
  }

  /**
   * Says whether it may send to broadcast addresses.
   *
   * @param allowed Whether it may.
   */
  setBroadcast(allowed: boolean): void {
    this.#tuning.setBroadcast(allowed);
  }

  /**
   * Sets how many routers a datagram may pass. IPv4 only. It needs Deno 2.7.5.
   *
   * @param ttl The number, 1 to 255.
   * @throws {RangeError} If it is out of range.
   * @throws {NotImplementedError} If the socket is one of IPv6.
   * @throws {RuntimeError} If this Deno is too old; the message names the version that is needed.
   */
  setTtl(ttl: number): void {
    this.#tuning.setTtl(ttl);
  }

  /**
   * Sets how many routers a datagram to a group may pass. IPv4 only.
   *
   * @param ttl The number, 1 to 255.
   * @throws {RangeError} If it is out of range.
   * @throws {NotImplementedError} If the socket is one of IPv6.
   */
  setMulticastTtl(ttl: number): void {
    this.#tuning.setMulticastTtl(ttl);
  }

  /**
   * Says whether this machine receives what it sends to a group.
   *
   * @param wanted Whether it does.
   */
  setMulticastLoopback(wanted: boolean): void {
    this.#tuning.setMulticastLoopback(wanted);
  }

  /**
   * Sets the interface that datagrams to a group leave by. It needs Deno 2.7.5.
   *
   * @param address The interface: its address for IPv4, `"::%eth0"` for IPv6.
   * @throws {OSError} If there is no such interface.
   * @throws {RuntimeError} If this Deno is too old; the message names the version that is needed.
   */
  setMulticastInterface(address: string): void {
    this.#tuning.setMulticastInterface(address);
  }

  /**
   * Closes it at once, without what is not sent yet; idempotent. Calls that wait are rejected. The
   * system frees the port a moment later; `await using` waits for that.
   */
  close(): void {
    if (this.closed) return;
    this.#sender.clear();
    this.#port.close();
    const error = this.#closedError();
    this.#queue.close(error);
    for (const sent of this.#sending) if (!sent.done()) sent.setException(error);
  }

  /** Closes it, and waits until its port is free. What `send` has returned from is sent. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    // Deno lets go of a socket when the receiving that was under way has seen its end.
    await nextTurn();
    await nextTurn();
  }

  get #tuning() {
    if (this.closed) throw this.#closedError();
    return this.#port.tuning;
  }

  #here(): string {
    return hostAndPort(this.localAddress);
  }

  #closedError(): ConnectionAbortedError {
    return new ConnectionAbortedError(`The socket at ${this.#here()} was closed on our side`);
  }
}
