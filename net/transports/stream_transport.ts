/**
 * The transport of a stream of bytes: what a protocol is connected to, over
 * TCP, TLS, Unix sockets or memory (Python's `asyncio.selector_events` and
 * `asyncio.sslproto`, as far as they can be seen).
 *
 * @module
 */

import { captureContext, Context } from "../../loop/context.ts";
import type { EventLoop } from "../../loop/event_loop.ts";
import { getEventLoop } from "../../loop/events.ts";
import { RuntimeError, TimeoutError } from "../../loop/exceptions.ts";
import { interruptible } from "../../loop/wait.ts";
import type { ByteStream } from "../byte_stream.ts";
import { ConnectionAbortedError, OSError } from "../errors.ts";
import { extraInfo } from "./extra_info.ts";
import { Gate } from "./gate.ts";
import { Outgoing } from "../streams/outgoing.ts";
import { type PendingRead, PushReader, type StreamProtocol } from "./push_reader.ts";
import type { Transport, WriteBufferLimits } from "./transports.ts";
import type { WireTap } from "../wire_tap.ts";
import { setLimits } from "./write_limits.ts";

/** Options of {@linkcode StreamTransport}. */
export interface StreamTransportOptions {
  /** Told when the protocol was told that the connection is lost. */
  onLost?: () => void;
  /**
   * How long the peer may take nothing after {@linkcode StreamTransport.close}, in milliseconds.
   *
   * @default {30_000}
   */
  closeTimeout?: number;
  /** @internal A wire log, which is told what is written and what has come. */
  tap?: WireTap;
  /**
   * Whether there is nothing to write once its end has come, whatever the protocol says: a pipe.
   *
   * @default {false}
   */
  oneWay?: boolean;
}

/** The right to write, held by one. */
export interface Reservation {
  /** Whether the protocol was told to pause. */
  readonly isPaused: boolean;
  /** Writes. */
  write(data: Uint8Array): void;
  /** Gives the right back. */
  release(): void;
}

/**
 * Moves the bytes of one connection, and tells a protocol.
 *
 * The protocol is called on the loop and in the context of whoever has made the transport, never
 * inside of a call of the transport; but for `pauseWriting`, which comes while `write` is called.
 */
export class StreamTransport implements Transport {
  #stream: ByteStream;
  readonly #loop: EventLoop = getEventLoop();
  readonly #context: Context = captureContext() ?? new Context();
  readonly #outgoing: Outgoing;
  readonly #onLost: (() => void) | undefined;
  readonly #oneWay: boolean;
  readonly #tap: WireTap | undefined;
  #reader: PushReader;
  #protocol: StreamProtocol;
  // Whether the protocol was told to pause writing, and not yet to resume.
  #protocolPaused = false;
  #lost: { readonly error: unknown } | null = null;
  // What is to be done once everything is sent that was written before.
  #onSent: (() => void) | null = null;
  #later: (() => void)[] | null = null;
  // Whether somebody holds the right to write.
  #reserved = false;

  /**
   * Takes over a stream of bytes. The protocol's `connectionMade` follows.
   *
   * @param stream The stream; nobody else may read, write or close it from now on.
   * @param protocol Who is told what happens.
   * @param options Who else is.
   */
  constructor(
    stream: ByteStream,
    protocol: StreamProtocol,
    options: StreamTransportOptions = {},
  ) {
    this.#stream = stream;
    this.#protocol = protocol;
    this.#onLost = options.onLost;
    this.#oneWay = options.oneWay ?? false;
    this.#tap = options.tap;
    const { closeTimeout, tap } = options;
    this.#outgoing = new Outgoing(stream, { closeTimeout, tap }, {
      full: () => this.#pauseWriting(),
      drained: () => this.#call(this.#resumeWriting),
      failed: (error) => this.#fail(error, "Fatal write error on a transport"),
      progressed: () => {
        if (this.#onSent !== null && !this.#outgoing.isSending) this.#onSent();
      },
      closed: () => this.#lose(this.#outgoing.failure?.error ?? null),
    });
    this.#reader = this.#newReader(stream);
    this.#loop._served.add(this);
    this.#call(this.#begin);
  }

  /** The protocol that it tells. */
  getProtocol(): StreamProtocol {
    return this.#protocol;
  }

  /** Gives it another protocol, which is told from now on, also of what is on its way. */
  setProtocol(protocol: StreamProtocol): void {
    this.#protocol = protocol;
    this.#reader.setProtocol(protocol);
  }

  /**
   * Tells what is known about the connection.
   *
   * @param name `"peername"`, `"sockname"`; with TLS `"sslInfo"`, `"peercert"`, `"cipher"`.
   * @param fallback What to return for what is not known.
   */
  // deno-lint-ignore no-explicit-any
  getExtraInfo(name: string, fallback?: any): any {
    const info = extraInfo(this.#stream, name);
    return info === undefined ? fallback : info;
  }

  /** Whether it is closed, or about to be. */
  isClosing(): boolean {
    return this.#outgoing.isClosing;
  }

  /** Closes it after what was written, and reads no more; idempotent. */
  close(): void {
    this.#reader.stop();
    this.#outgoing.close();
  }

  /** Closes it at once, without what is not sent yet; idempotent. */
  abort(): void {
    this.#outgoing.abort();
  }

  /** Whether it reads: neither paused nor closed. */
  isReading(): boolean {
    return !this.isClosing() && !this.#reader.isPaused;
  }

  /** Tells the protocol of no more bytes, until told; idempotent. */
  pauseReading(): void {
    this.#reader.pause();
  }

  /** Reads again, beginning with what came meanwhile; idempotent. */
  resumeReading(): void {
    this.#reader.resume();
  }

  /** Writes, without waiting. After `close`, and where sending has failed, it is dropped. */
  write(data: Uint8Array | string): void {
    if (typeof data !== "string" && !(data instanceof Uint8Array)) {
      throw new TypeError(
        `Cannot write ${data === null ? "null" : typeof data}: need bytes or text`,
      );
    }
    if (this.#reserved) throw new RuntimeError("Cannot write: sendfile is in progress");
    this.#write(data);
  }

  /** Writes several pieces. */
  writelines(pieces: Iterable<Uint8Array | string>): void {
    for (const piece of pieces) this.write(piece);
  }

  /** Ends our direction after what was written; the peer can still send. */
  writeEof(): void {
    if (this.#later === null) this.#outgoing.writeEof();
    else this.#later.push(() => this.#outgoing.writeEof());
  }

  /** Whether `writeEof` is possible: it always is, with TLS too. */
  canWriteEof(): boolean {
    return true;
  }

  /** How much is unsent, in bytes. */
  getWriteBufferSize(): number {
    return this.#outgoing.size;
  }

  /** The limits between which the protocol is told to pause and to resume, in bytes. */
  getWriteBufferLimits(): { readonly low: number; readonly high: number } {
    return this.#outgoing.waterMarks;
  }

  /** Sets them; what is not given follows from the other, as in Python. */
  setWriteBufferLimits(limits?: WriteBufferLimits): void {
    setLimits(this.#outgoing, limits);
  }

  /** @internal Whether it is encrypted. */
  get _isEncrypted(): boolean {
    return this.#stream.tls === true;
  }

  /**
   * Exchanges the stream for another that stands on it. What was written is sent before, and what
   * is written meanwhile after; bytes that the protocol was not told of belong to the new one.
   *
   * @internal
   * @param exchange Makes the new stream of the old one, and of a read that is begun already.
   */
  async _exchange(
    exchange: (stream: ByteStream, pending: PendingRead | null) => PromiseLike<ByteStream>,
  ): Promise<void> {
    this.#reader.pause();
    const gate = new Gate(this.#stream);
    try {
      if (this.#outgoing.isSending) await interruptible(this.#allSent());
      if (this.isClosing()) throw new ConnectionAbortedError("The connection was closed");
      this.#outgoing.replaceStream(gate);
      this.#goOnWriting();
      const stream = await exchange(this.#stream, this.#reader.release());
      gate.open(stream);
      this.#stream = stream;
      if (!this.#outgoing.isSending) this.#outgoing.replaceStream(stream);
      this.#tap?.encrypted(stream.tlsInfo);
    } catch (error) {
      this.#breakOff(error);
      throw error;
    }
    if (this.isClosing()) throw new ConnectionAbortedError("The connection was closed");
    this.#reader = this.#newReader(this.#stream);
    this.#reader.start();
  }

  /**
   * Lets nobody but the holder write.
   *
   * @internal
   */
  _reserve(): Reservation {
    if (this.#reserved) throw new RuntimeError("Cannot send a file: sendfile is in progress");
    this.#reserved = true;
    return {
      isPaused: this.#protocolPaused,
      write: (data) => this.#write(data),
      release: () => this.#reserved = false,
    };
  }

  /** @internal */
  _loopClosed(): void {
    this.#reader.stop();
    this.#lost ??= { error: null };
    this.#outgoing.abort();
  }

  #newReader(stream: ByteStream): PushReader {
    return new PushReader(this.#protocol, {
      stream,
      loop: this.#loop,
      context: this.#context,
      tap: this.#tap,
      events: {
        ended: () => this.#ended(),
        failed: (error) => this.#fail(error, "Fatal read error on a transport"),
        isSending: () => this.#outgoing.isSending,
        threw: (method, error) => this.#threw(method, error),
      },
    });
  }

  #allSent(): Promise<void> {
    this.#later = [];
    return new Promise((resolve) => this.#onSent = resolve);
  }

  #goOnWriting(): void {
    const later = this.#later ?? [];
    this.#later = this.#onSent = null;
    for (const write of later) write();
  }

  /** Calls soon, on the loop and in the transport's own context. */
  #call(callback: () => void): void {
    if (!this.#loop.isClosed()) this.#loop._callSoonIn(this.#context, callback, undefined);
  }

  readonly #begin = (): void => {
    try {
      this.#protocol.connectionMade(this as never);
    } catch (error) {
      this.#threw("connectionMade", error);
      return;
    }
    this.#reader.start();
  };

  #ended(): void {
    let staysOpen: boolean | void = false;
    try {
      staysOpen = this.#protocol.eofReceived?.();
    } catch (error) {
      this.#threw("eofReceived", error);
    }
    if (!staysOpen || this.#oneWay) this.close();
  }

  /** A method of the protocol has thrown: that ends the connection. */
  #threw(method: string, error: unknown): void {
    this.#report(`Fatal error: protocol.${method}() call failed.`, error);
    this.#breakOff(error);
  }

  /** The connection is broken; that alone is no mistake of the program. */
  #fail(error: unknown, message: string): void {
    if (!(error instanceof OSError || error instanceof TimeoutError)) this.#report(message, error);
    this.#breakOff(error);
  }

  #breakOff(error: unknown): void {
    this.#reader.stop();
    this.#lose(error);
    this.#outgoing.abort();
  }

  #lose(error: unknown): void {
    if (this.#lost !== null) return;
    this.#lost = { error };
    this.#reader.stop();
    this.#call(this.#connectionLost);
  }

  readonly #connectionLost = (): void => {
    this.#loop._served.delete(this);
    try {
      this.#protocol.connectionLost(this.#lost!.error);
    } finally {
      this.#onLost?.();
    }
  };

  #write(data: Uint8Array | string): void {
    if (this.#later === null) this.#outgoing.write(data);
    else this.#later.push(() => this.#outgoing.write(data));
  }

  #pauseWriting(): void {
    if (this.#protocolPaused) return;
    this.#protocolPaused = true;
    try {
      this.#protocol.pauseWriting();
    } catch (error) {
      this.#report("protocol.pauseWriting() failed", error);
    }
  }

  readonly #resumeWriting = (): void => {
    if (!this.#protocolPaused || this.#outgoing.isFull || this.#lost !== null) return;
    this.#protocolPaused = false;
    try {
      this.#protocol.resumeWriting();
    } catch (error) {
      this.#report("protocol.resumeWriting() failed", error);
    }
  };

  #report(message: string, exception: unknown): void {
    this.#loop.callExceptionHandler({
      message,
      exception,
      transport: this,
      protocol: this.#protocol,
    });
  }
}
