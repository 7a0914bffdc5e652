/**
 * The transport of a socket for datagrams: it calls a `DatagramProtocol`.
 *
 * @module
 */

import { captureContext, Context } from "../../loop/context.ts";
import type { EventLoop } from "../../loop/event_loop.ts";
import type { DatagramEvents, DatagramPort } from "./datagram_port.ts";
import { bytesOf, DatagramSender, targetOf } from "./datagram_sender.ts";
import type { DatagramProtocol } from "../transports/protocols.ts";
import type {
  AnyProtocol,
  DatagramAddress,
  DatagramTransport,
  WriteBufferLimits,
} from "../transports/transports.ts";

/** A transport over a UDP socket. The protocol is called in the context of whoever has made it. */
export class UdpTransport implements DatagramTransport, DatagramEvents {
  readonly #loop: EventLoop;
  readonly #context: Context = captureContext() ?? new Context();
  #port: DatagramPort | null = null;
  #sender: DatagramSender | null = null;
  #protocol!: DatagramProtocol;
  #state: "open" | "closing" | "closed" = "open";
  #high = 65_536;
  #low = 16_384;
  #paused = false;
  // What comes before the protocol is there.
  #early: (() => void)[] | null = [];

  /**
   * Makes a transport, to be told the datagrams of a socket that is about to be opened.
   *
   * @param loop The loop that calls the protocol.
   */
  constructor(loop: EventLoop) {
    this.#loop = loop;
  }

  /**
   * Takes over the socket, and tells the protocol.
   *
   * @param port The socket.
   * @param protocol The protocol.
   */
  _begin(port: DatagramPort, protocol: DatagramProtocol): void {
    this.#port = port;
    this.#sender = new DatagramSender(port);
    this.#protocol = protocol;
    this.#loop._served.add(this);
    const early = this.#early!;
    this.#early = null;
    this.#call(() => protocol.connectionMade(this));
    for (const callback of early) this.#call(callback);
  }

  /** @internal A datagram has come. */
  received(data: Uint8Array, address: DatagramAddress): void {
    this.#call(() => {
      if (this.#state === "open") this.#protocol.datagramReceived(data, address);
    });
  }

  /** @internal Receiving has failed. */
  failed(error: unknown): void {
    this.#call(() => {
      if (this.#state !== "closed") this.#protocol.errorReceived(error);
    });
  }

  /**
   * Tells what is known about the socket.
   *
   * @param name `"sockname"`, where it is bound, or `"peername"`, its only peer.
   * @param fallback What to return for what is not known.
   */
  // deno-lint-ignore no-explicit-any
  getExtraInfo(name: string, fallback?: any): any {
    if (name === "sockname") return this.#port!.localAddress;
    if (name === "peername") return this.#port!.remoteAddress ?? fallback;
    return fallback;
  }

  /** Whether it is closed, or about to be. */
  isClosing(): boolean {
    return this.#state !== "open";
  }

  /** Gives it another protocol. */
  setProtocol(protocol: AnyProtocol): void {
    this.#protocol = protocol as DatagramProtocol;
  }

  /** The protocol that it tells. */
  getProtocol(): DatagramProtocol {
    return this.#protocol;
  }

  /**
   * Sends a datagram, in the background. What cannot be sent is told to the protocol's
   * `errorReceived`.
   *
   * @param data What it holds; it is copied.
   * @param address Where to; not needed where the socket has a remote address.
   * @throws {TypeError} If it is neither bytes nor text, or there is no address.
   * @throws {RangeError} If the address is not the remote address of the socket.
   */
  sendto(data: Uint8Array | string, address: DatagramAddress | null = null): void {
    const bytes = bytesOf(data);
    const target = targetOf(this.#port!.remoteAddress, address, "sendto");
    if (this.#state !== "open") return;
    const sender = this.#sender!;
    sender.push({ data: bytes, address: target, settled: (failure) => this.#sent(failure) });
    if (!this.#paused && sender.size > this.#high) {
      this.#paused = true;
      this.#callNow(() => this.#protocol.pauseWriting());
    }
  }

  /** How much is unsent, in bytes, with a few for each datagram. */
  getWriteBufferSize(): number {
    return this.#sender!.size;
  }

  /** The limits between which the protocol is told to pause, in bytes. */
  getWriteBufferLimits(): { readonly low: number; readonly high: number } {
    return { low: this.#low, high: this.#high };
  }

  /**
   * Sets them.
   *
   * @param limits The marks, in bytes.
   * @throws {RangeError} If they are no numbers of at least 0, or `low` is above `high`.
   */
  setWriteBufferLimits({ low, high }: WriteBufferLimits = {}): void {
    const upper = high ?? (low === undefined ? 65_536 : 4 * low);
    const lower = low ?? Math.floor(upper / 4);
    if (!(lower >= 0 && upper >= lower)) {
      throw new RangeError(`Cannot set low to ${lower} and high to ${upper}: need 0 ≤ low ≤ high`);
    }
    this.#high = upper;
    this.#low = lower;
  }

  /** Closes it, after what was to be sent; the protocol's `connectionLost(null)` follows. */
  close(): void {
    if (this.#state !== "open") return;
    this.#state = "closing";
    if (!this.#sender!.isSending) this.abort();
  }

  /** Closes the socket at once, without what is not sent yet. */
  abort(): void {
    if (this.#state === "closed") return;
    this.#end();
    this.#call(() => this.#protocol.connectionLost(null));
  }

  /** @internal Nothing can be called back any more. */
  _loopClosed(): void {
    this.#end();
  }

  #end(): void {
    this.#state = "closed";
    this.#loop._served.delete(this);
    this.#sender!.clear();
    this.#port!.close();
  }

  #sent(failure: { readonly error: unknown } | null): void {
    if (this.#state === "closed") return;
    if (failure !== null) this.failed(failure.error);
    if (this.#paused && this.#sender!.size <= this.#low) {
      this.#paused = false;
      this.#call(() => this.#protocol.resumeWriting());
    }
    if (this.#state === "closing" && this.#sender!.size === 0) this.abort();
  }

  /** Has the loop call the protocol, so that what it throws is reported, and the socket goes on. */
  #call(callback: () => void): void {
    if (this.#early !== null) this.#early.push(callback);
    else if (!this.#loop.isClosed()) this.#loop._callSoonIn(this.#context, callback, undefined);
  }

  #callNow(callback: () => void): void {
    try {
      callback();
    } catch (exception) {
      const message = "protocol.pauseWriting() failed";
      this.#loop.callExceptionHandler({ message, exception, transport: this });
    }
  }
}
