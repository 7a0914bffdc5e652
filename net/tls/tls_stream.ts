/**
 * A connection encrypted by `node:tls`, as a stream of bytes.
 *
 * @module
 */

import type { TLSSocket } from "node:tls";
import { RuntimeError } from "../../loop/exceptions.ts";
import type { Address, ByteStream } from "../byte_stream.ts";
import { BrokenPipeError, ConnectionAbortedError, SSLError } from "../errors.ts";
import { fromNative, hostAndPort } from "../native_errors.ts";
import type { TlsInfo } from "./tls.ts";
import type { Carrier } from "./carrier.ts";

/** With this much decrypted and unread, no more is read. */
const FULL = 65_536;
/** How much is encrypted in one go. It lies in memory until the peer has taken it. */
const PIECE = 262_144;
/** In how many turns of Node the end of TLS is written, at most. */
const TURNS = 8;

interface Reader {
  readonly buffer: Uint8Array;
  resolve(count: number | null): void;
  reject(error: unknown): void;
}

/** TLS over a {@linkcode Carrier}, its handshake done. */
export class TlsStream implements ByteStream {
  /** This side. */
  readonly localAddress: Address;
  /** The other side. */
  readonly remoteAddress: Address;
  /** It is encrypted. */
  readonly tls = true;
  /** What is known about the encryption. */
  readonly tlsInfo: TlsInfo;
  readonly #socket: TLSSocket;
  readonly #carrier: Carrier;
  readonly #chunks: Uint8Array[] = [];
  #unread = 0;
  #paused = false;
  #reader: Reader | null = null;
  #state: "open" | "ended" | "failed" = "open";
  #failure: unknown;
  #writing = false;
  // Node does not tell on every Deno that a piece was given up with the socket, so we do.
  #taken = () => {};
  #writeEnded: Promise<void> | null = null;
  #closed = false;
  #checking = false;

  /**
   * Takes over a socket whose handshake is done.
   *
   * @param socket The socket.
   * @param carrier What it is over.
   * @param info What is known about it.
   */
  constructor(socket: TLSSocket, carrier: Carrier, info: TlsInfo) {
    this.#socket = socket;
    this.#carrier = carrier;
    this.tlsInfo = info;
    this.localAddress = carrier.stream.localAddress;
    this.remoteAddress = carrier.stream.remoteAddress;
    socket.on("data", (chunk: Uint8Array) => this.#came(chunk));
    socket.on("end", () => this.#finish("ended"));
    socket.on("error", (error) => this.#fail(this.#named(error, "read from")));
    socket.on("close", () => this.#finish("ended"));
    carrier.onEnd = () => this.#checkEnd();
    carrier.endLater();
    if (carrier.isUsedUp) this.#checkEnd();
    socket.resume();
  }

  /** Reads what has arrived. */
  read(buffer: Uint8Array): Promise<number | null> {
    if (this.#closed) return Promise.reject(closedHere());
    if (this.#reader !== null) {
      return Promise.reject(new RuntimeError("Cannot read: a read is in flight already"));
    }
    if (this.#unread > 0) return Promise.resolve(this.#take(buffer));
    if (this.#state === "ended") return Promise.resolve(null);
    if (this.#state === "failed") return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#reader = { buffer, resolve, reject };
      this.#checkEnd();
    });
  }

  /** Writes bytes, perhaps not all. */
  async write(data: Uint8Array): Promise<number> {
    this.#assertSent();
    if (this.#writing) throw new RuntimeError("Cannot write: a write is in flight already");
    if (this.#writeEnded !== null) throw new BrokenPipeError("Cannot write after closeWrite()");
    const piece = data.length > PIECE ? data.subarray(0, PIECE) : data;
    this.#writing = true;
    try {
      await this.#encrypt(piece);
      await this.#carrier.flushed();
    } finally {
      this.#writing = false;
    }
    this.#assertSent();
    return piece.length;
  }

  /** Ends our direction: says so in TLS, and below it. */
  closeWrite(): Promise<void> {
    return this.#writeEnded ??= this.#closeWrite();
  }

  /** Closes both directions at once, and says so where the peer takes it at once. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#chunks.length = 0;
    this.#unread = 0;
    const reader = this.#reader;
    this.#reader = null;
    reader?.reject(closedHere());
    const { failure, isSending } = this.#carrier;
    if (this.#writeEnded !== null || isSending || failure !== null || this.#state === "failed") {
      return this.#destroy();
    }
    this.#sayGoodbye().then(() => this.#destroy());
  }

  /** Sends the end of TLS, if the peer takes it at once: it may be that it never does. */
  async #sayGoodbye(): Promise<void> {
    let said = false;
    const saying = this.#endOfTls().catch(() => {}).then(() => said = true);
    for (let turn = 0; turn < TURNS && !said; turn++) {
      await Promise.race([saying, this.#carrier.turn()]);
    }
  }

  async #closeWrite(): Promise<void> {
    if (this.#closed) throw closedHere();
    await this.#endOfTls();
    await this.#carrier.stream.closeWrite();
  }

  /**
   * Takes TLS off: says its end, and waits for the other side to. This stream is used up, and what
   * follows is in clear.
   *
   * @param turn Whether we say it first, or when the other side has: some take an end that comes
   * right behind the word on which they begin theirs for that of the connection.
   * @returns The stream underneath.
   * @throws {RuntimeError} If something encrypted is unread, or a read or a write is in flight. The
   * stream stays as it was.
   * @throws {SSLError} If the other side ends without the end of TLS.
   */
  async endTls(turn: "first" | "second" = "first"): Promise<ByteStream> {
    this.#assertSent();
    if (this.#unread > 0 || this.#reader !== null || this.#writing || this.#writeEnded !== null) {
      throw new RuntimeError("Cannot take TLS off: it is in use, or something is unread");
    }
    this.expectEndOfTls();
    const ending = turn === "first" ? this.sayEnd() : undefined;
    if (await this.read(new Uint8Array(1)) !== null) {
      this.close();
      throw goesOn(this.remoteAddress);
    }
    await (ending ?? this.sayEnd());
    return this.giveBack();
  }

  /** From now on the other side may take TLS off: what it says then in clear is kept. */
  expectEndOfTls(): void {
    this.#carrier.expectEnd(() => this.#state !== "open");
  }

  /** Says the end of TLS, and not that of the stream underneath; see {@linkcode TlsStream.endTls}. */
  sayEnd(): Promise<void> {
    return this.#writeEnded = this.#endOfTls();
  }

  /** Gives back the stream underneath, once both sides have said the end of TLS. */
  giveBack(): ByteStream {
    this.#closed = true;
    const stream = this.#carrier.giveBack();
    this.#socket.destroy();
    return stream;
  }

  #assertSent(): void {
    if (this.#closed) throw closedHere();
    if (this.#state === "failed") throw this.#failure;
  }

  /** Hands a piece to Node, which may take its time before it encrypts it. */
  #encrypt(piece: Uint8Array): Promise<void> | undefined {
    this.#taken = () => {};
    this.#socket.write(piece, () => this.#taken());
    if (this.#socket.writableLength === 0) return undefined;
    return new Promise((resolve) => this.#taken = resolve);
  }

  async #endOfTls(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#socket.once("close", resolve);
      this.#socket.end(resolve);
    });
    await this.#carrier.flushed();
  }

  #destroy(): void {
    this.#carrier.close();
    this.#socket.destroy();
    this.#taken();
  }

  #came(chunk: Uint8Array): void {
    if (this.#closed) return;
    this.#chunks.push(chunk);
    this.#unread += chunk.length;
    const reader = this.#reader;
    if (reader !== null) {
      this.#reader = null;
      reader.resolve(this.#take(reader.buffer));
    }
    if (this.#unread >= FULL && !this.#paused) {
      this.#paused = true;
      this.#carrier.hold();
    }
  }

  #take(buffer: Uint8Array): number {
    let count = 0;
    while (count < buffer.length && this.#unread > 0) {
      const chunk = this.#chunks[0]!;
      const size = Math.min(chunk.length, buffer.length - count);
      buffer.set(size === chunk.length ? chunk : chunk.subarray(0, size), count);
      if (size === chunk.length) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(size);
      count += size;
      this.#unread -= size;
    }
    if (this.#paused && this.#unread < FULL) {
      this.#paused = false;
      this.#carrier.release();
    }
    return count;
  }

  /** Tells the end of the bytes from the end of TLS, once all that came was looked at. */
  #checkEnd(): void {
    if (this.#state !== "open" || this.#checking) return;
    const { ended, failure } = this.#carrier;
    if (!ended && failure === null) return;
    this.#checking = true;
    // The end of TLS, where it came, is told in a tick of its own.
    this.#carrier.turn().then(() => {
      this.#checking = false;
      if (this.#state !== "open") return;
      if (!this.#carrier.isUsedUp) return this.#checkEnd();
      this.#fail(failure === null ? this.#cutOff() : failure.error);
    });
  }

  #finish(state: "ended"): void {
    if (this.#state !== "open") return;
    this.#state = state;
    this.#reader?.resolve(null);
    this.#reader = null;
  }

  #fail(error: unknown): void {
    if (this.#state === "failed") return;
    this.#state = "failed";
    this.#failure = error;
    this.#reader?.reject(error);
    this.#reader = null;
    this.#taken();
  }

  #named(error: unknown, doing: string): unknown {
    return this.#carrier.failure?.error ?? fromNative(error, doing, this.remoteAddress);
  }

  #cutOff(): SSLError {
    return new SSLError(
      `Cannot read from ${hostAndPort(this.remoteAddress)}: the connection ended without the end ` +
        `of TLS. What came may be cut off`,
      { ...this.remoteAddress, code: "ERR_TLS_TRUNCATED" },
    );
  }
}

/**
 * Says that a peer does not end TLS.
 *
 * @param peer The peer.
 */
export function goesOn(peer: Address): SSLError {
  return new SSLError("Cannot take TLS off: the peer goes on with it", {
    ...peer,
    code: "ERR_TLS_UNEXPECTED",
  });
}

function closedHere(): ConnectionAbortedError {
  return new ConnectionAbortedError("The connection was closed on our side");
}
