/**
 * A connection that the Worker of a {@linkcode TlsRealm} encrypts, as the
 * program has it.
 *
 * @module
 */

import { rethrowIfCancelled, RuntimeError } from "../../../loop/exceptions.ts";
import { nextTurn } from "../../../loop/turns.ts";
import type { Address, ByteStream } from "../../byte_stream.ts";
import { BrokenPipeError, ConnectionAbortedError } from "../../errors.ts";
import { type PendingRead, ReclaimedStream } from "../reclaimed_stream.ts";
import type { PackedSession } from "../session.ts";
import { goesOn } from "../tls_stream.ts";
import type { TlsInfo, TlsOptions } from "../tls.ts";
import { Inlet, Outlet } from "./flow.ts";
import type { Errand, FromWorker, Say, ToWorker } from "./messages.ts";
import { unpackError } from "./packed_errors.ts";

/** How much is encrypted in one go. */
const PIECE = 262_144;
/** How many turns the end of TLS may take to leave. */
const TURNS = 8;
/** After how many bytes it is told that they were sent. */
const SENT_TOLD = 131_072;

/** What a stream needs of its realm. */
export interface RealmSide {
  /** Tells the Worker. */
  readonly say: Say<ToWorker>;
  /** Makes a session of the realm that the program can hand on. */
  readonly keep: (session: PackedSession, info: TlsInfo) => TlsInfo["session"];
  /** Forgets the stream. */
  readonly gone: () => void;
}

/** A session of a realm, and what is known about the connection that made it. */
export interface RealmSession {
  /** As the Worker has it. */
  readonly packed: PackedSession;
  /** Of that connection. */
  readonly info: TlsInfo;
}

/** TLS over a stream, made elsewhere. */
export class RealmStream implements ByteStream {
  /** It is encrypted. */
  readonly tls = true;
  readonly #stream: ByteStream;
  readonly #realm: RealmSide;
  readonly #inlet: Inlet;
  readonly #outlet: Outlet;
  readonly #started = Promise.withResolvers<this>();
  #info: TlsInfo = {};
  #resumed: RealmSession | undefined;
  #state: "starting" | "open" | "closing" | "closed" | "lost" = "starting";
  // Why the stream underneath is broken, wrapped, as anything may be thrown.
  #failure: { readonly error: unknown } | null = null;
  #errands: Errand[] = [];
  #running = false;
  /** How many bytes were sent since that was told. */
  #untold = 0;
  #writing: PromiseWithResolvers<void> | null = null;
  #writeEnded: Promise<void> | null = null;
  #inClear: PromiseWithResolvers<ByteStream> | null = null;
  #pending: PendingRead | null = null;

  /**
   * Takes over a stream.
   *
   * @param stream The stream.
   * @param realm Its realm, which tells it by {@linkcode RealmStream.hear} what the Worker says.
   */
  constructor(stream: ByteStream, realm: RealmSide) {
    this.#stream = stream;
    this.#realm = realm;
    this.#inlet = new Inlet(realm.say);
    this.#outlet = new Outlet(realm.say);
    this.#started.promise.catch(() => {});
  }

  /** This side. */
  get localAddress(): Address {
    return this.#stream.localAddress;
  }

  /** The other side. */
  get remoteAddress(): Address {
    return this.#stream.remoteAddress;
  }

  /** What is known about the encryption. */
  get tlsInfo(): TlsInfo {
    return this.#info;
  }

  /**
   * Has the Worker begin, and gives it what comes from then on.
   *
   * @param options How the server is verified, and what we show.
   * @param session What is to be resumed.
   * @returns When the handshake is done.
   */
  start(options: TlsOptions, session: RealmSession | undefined): Promise<this> {
    this.#resumed = session;
    const localAddress = plain(this.localAddress);
    const remoteAddress = plain(this.remoteAddress);
    this.#realm.say({
      kind: "start",
      options,
      session: session?.packed,
      localAddress,
      remoteAddress,
    });
    this.#outlet.giveAll(this.#stream).catch((error) => this.#break(error));
    return this.#started.promise;
  }

  /** Takes what the Worker says. */
  hear(message: FromWorker): void {
    switch (message.kind) {
      case "came":
        return this.#inlet.came(message.bytes);
      case "taken":
        return this.#outlet.takeBack(message.memory);
      case "smallTaken":
        return this.#outlet.smallTaken(message.count);
      case "end":
        return this.#inlet.end();
      case "started":
        this.#state = "open";
        this.#info = {
          ...message.info,
          session: message.session && this.#realm.keep(message.session, message.info),
        };
        return this.#started.resolve(this);
      case "resumed":
        this.#state = "open";
        this.#info = { ...this.#resumed!.info, ...message.info };
        return this.#started.resolve(this);
      case "refused":
        this.#started.reject(this.#unpacked(message));
        return this.#leave();
      case "failed":
        return this.#inlet.fail(this.#unpacked(message));
      case "writeFailed":
        return this.#writing?.reject(this.#unpacked(message));
      case "tlsEnded":
        this.#pending = this.#outlet.stop();
        return this.#realm.say({ kind: "handBack" });
      case "left":
        return this.#inClear?.resolve(this.#goingOn(message.bytes));
      case "close":
        if (this.#state === "closing") void this.#leaveSoon();
        return;
      default:
        this.#errands.push(message);
        if (!this.#running) void this.#run();
    }
  }

  /** The Worker is no more. */
  lose(error: unknown): void {
    this.#failure ??= { error };
    this.#started.reject(error);
    this.#inlet.fail(error);
    this.#writing?.reject(error);
    this.#inClear?.reject(error);
    this.#leave("lost");
  }

  /** Reads what has arrived. */
  read(buffer: Uint8Array): Promise<number | null> {
    return this.#inlet.read(buffer);
  }

  /** Writes bytes, perhaps not all. */
  async write(data: Uint8Array): Promise<number> {
    if (this.#isClosed) throw closedHere();
    if (this.#failure !== null) throw this.#failure.error;
    if (this.#writeEnded !== null) throw new BrokenPipeError("Cannot write after closeWrite()");
    if (this.#writing !== null) {
      throw new RuntimeError("Cannot write: a write is in flight already");
    }
    const bytes = new Uint8Array(data.length > PIECE ? data.subarray(0, PIECE) : data);
    const { length } = bytes;
    await this.#ask({ kind: "write", bytes });
    return length;
  }

  /** Ends our direction: says so in TLS, and below it. */
  closeWrite(): Promise<void> {
    return this.#writeEnded ??= this.#closeWrite();
  }

  /**
   * Takes TLS off: says its end, and waits for the other side to. This stream is used up, and what
   * follows is in clear.
   *
   * @returns The stream underneath.
   * @throws {RuntimeError} If something encrypted is unread, or a read or a write is in flight. The
   * stream stays as it was.
   * @throws {SSLError} If the other side ends without the end of TLS.
   */
  async endTls(): Promise<ByteStream> {
    if (this.#isClosed) throw closedHere();
    if (this.#failure !== null) throw this.#failure.error;
    if (this.#inlet.isInUse || this.#writing !== null || this.#writeEnded !== null) {
      throw new RuntimeError("Cannot take TLS off: it is in use, or something is unread");
    }
    this.#inClear = Promise.withResolvers();
    this.#inClear.promise.catch(() => {});
    const ending = this.#writeEnded = this.#ask({ kind: "endTls" });
    ending.catch(() => {});
    if (await this.read(new Uint8Array(1)) !== null) {
      this.close();
      throw goesOn(this.remoteAddress);
    }
    await ending;
    const stream = await this.#inClear.promise;
    this.#inlet.close(closedHere());
    this.#state = "closed";
    this.#realm.gone();
    return stream;
  }

  /** Closes both directions at once, and says so where the peer takes it at once. */
  close(): void {
    if (this.#isClosed) return;
    const mayWait = this.#state === "open" && this.#failure === null && !this.#running &&
      this.#writing === null && this.#writeEnded === null;
    this.#realm.say({ kind: "close" });
    this.#started.reject(closedHere());
    this.#inlet.close(closedHere());
    this.#writing?.reject(closedHere());
    this.#inClear?.reject(closedHere());
    if (mayWait) this.#state = "closing";
    else this.#leave();
  }

  get #isClosed(): boolean {
    return this.#state === "closing" || this.#state === "closed";
  }

  async #closeWrite(): Promise<void> {
    // What is being written comes before the end, and tells its own failure.
    await this.#writing?.promise.catch(() => {});
    if (this.#isClosed) throw closedHere();
    if (this.#failure !== null) throw this.#failure.error;
    await this.#ask({ kind: "closeWrite" });
  }

  /** Tells the Worker, and waits until what that came to was done. */
  async #ask(message: ToWorker): Promise<void> {
    this.#writing = Promise.withResolvers();
    try {
      this.#realm.say(message);
      await this.#writing.promise;
    } finally {
      this.#writing = null;
    }
  }

  /** Does what the Worker asks for, one after the other. */
  async #run(): Promise<void> {
    this.#running = true;
    try {
      while (this.#errands.length > 0 && this.#failure === null) {
        const errand = this.#errands.shift()!;
        if (errand.kind === "send") await this.#send(errand.bytes);
        else if (errand.kind === "sendEnd") await this.#stream.closeWrite();
        else this.#writing?.resolve();
      }
    } catch (error) {
      rethrowIfCancelled(error);
      this.#break(error);
    } finally {
      this.#running = false;
    }
  }

  async #send(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      at += await this.#stream.write(at === 0 ? bytes : bytes.subarray(at));
    }
    this.#untold += bytes.length;
    if (this.#untold < SENT_TOLD) return;
    this.#realm.say({ kind: "sent", count: this.#untold });
    this.#untold = 0;
  }

  /** The stream has failed. What came before that is still to be read. */
  #break(error: unknown): void {
    if (this.#isClosed || this.#failure !== null) return;
    this.#failure = { error };
    this.#writing?.reject(error);
    this.#realm.say({ kind: "broken" });
  }

  #unpacked({ error }: Extract<FromWorker, { error: unknown }>): unknown {
    return unpackError(error, this.#failure?.error);
  }

  /** Closes the stream when what is being written has left, if that takes no time. */
  async #leaveSoon(): Promise<void> {
    for (let turn = 0; turn < TURNS && this.#running; turn++) await nextTurn();
    this.#leave();
  }

  /** The stream as it goes on: with what has come meanwhile, and the read that waits. */
  #goingOn(left: Uint8Array): ByteStream {
    const stream = this.#pending === null
      ? this.#stream
      : new ReclaimedStream(this.#stream, this.#pending);
    if (left.length === 0) return stream;
    return new ReclaimedStream(stream, { buffer: left, count: Promise.resolve(left.length) });
  }

  #leave(state: "closed" | "lost" = "closed"): void {
    if (this.#state === "closed") return;
    this.#state = state;
    this.#stream.close();
    this.#realm.gone();
  }
}

/** What crosses of an address: its fields, wherever a stream may have them. */
function plain({ hostname, port, transport, path }: Address): Address {
  return { hostname, port, transport, path };
}

function closedHere(): ConnectionAbortedError {
  return new ConnectionAbortedError("The connection was closed on our side");
}
