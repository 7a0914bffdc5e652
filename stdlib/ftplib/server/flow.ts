/**
 * One transfer of the FTP server, beside the commands: 150, the data connection,
 * and the reply that tells how it went (RFC 959 §5.4).
 *
 * @module
 */

import { getEventLoop } from "../../../loop/events.ts";
import { rethrowIfCancelled } from "../../../loop/exceptions.ts";
import { createTask } from "../../../loop/tasks.ts";
import { nextTurn } from "../../../loop/turns.ts";
import { interruptible } from "../../../loop/wait.ts";
import type { ByteStream } from "../../../net/byte_stream.ts";
import { ReplyError } from "../../_server/reply_error.ts";
import type { Throttle } from "../throttle.ts";
import type { DataPort } from "./data.ts";
import { FTPReplyError } from "./errors.ts";
import type { DataMischief } from "./misbehaviour.ts";
import { requireProtection, secureData } from "./secure.ts";
import type { FTPSessionState, RunningTransfer } from "./session.ts";
import { UrgentAbort } from "./urgent.ts";

/** What a transfer moves. */
export interface TransferPlan {
  /** The text of the 150 reply. */
  opening: string;
  /** Moves the bytes. When it returns, all of them are safe, and 226 is sent. */
  move(flow: DataFlow): Promise<void>;
  /** Lets go of the file, whatever happened. */
  close?(): void | Promise<void>;
  /** Told how it went. */
  ended?(bytes: number, error: unknown): void;
  /** What goes wrong on purpose. */
  mischief?: DataMischief;
}

// One client must not hold a transfer for ever with a byte now and then: so many bytes may take no
// longer than so many times the silence that it is allowed.
const BYTES_IN_TIME = 65_536;
const TIMES = 10;

/** The bytes of a data connection, counted, within the time limits. */
export class DataFlow {
  /** How many bytes have gone over. */
  bytes = 0;
  readonly #stream: ByteStream;
  readonly #timeout: number;
  readonly #throttle: Throttle | undefined;
  /** When the bytes began to count that are to go over in time, and how many had gone before. */
  #since = getEventLoop().time();
  #before = 0;

  /**
   * Moves bytes over a connection.
   *
   * @param stream The connection.
   * @param limits How long it may be silent, in milliseconds, and how fast it may be.
   */
  constructor(stream: ByteStream, limits: { timeout: number; throttle?: Throttle }) {
    this.#stream = stream;
    this.#timeout = limits.timeout;
    this.#throttle = limits.throttle;
  }

  /**
   * Sends all of these bytes.
   *
   * @throws {FTPReplyError} 426, if the connection breaks, or the client stops reading or is too slow.
   */
  async send(bytes: Uint8Array): Promise<void> {
    for (let sent = 0; sent < bytes.length;) {
      const rest = sent === 0 && !this.#throttle
        ? bytes
        : bytes.subarray(sent, sent + (this.#throttle?.piece ?? Infinity));
      const count = await this.#step(this.#stream.write(rest));
      sent += count;
      this.#count(count);
      if (this.#throttle) await this.#slowDown(this.#throttle, count);
    }
  }

  /**
   * Receives what has come.
   *
   * @returns How many bytes are in the buffer, or `null` at the end.
   * @throws {FTPReplyError} 426, if the connection breaks, or the client stops sending or is too slow.
   */
  async receive(buffer: Uint8Array): Promise<number | null> {
    const room = this.#throttle ? buffer.subarray(0, this.#throttle.piece) : buffer;
    const count = await this.#step(this.#stream.read(room));
    this.#count(count ?? 0);
    if (this.#throttle && count !== null) await this.#slowDown(this.#throttle, count);
    return count;
  }

  /** Tells the client that this was all, behind every byte sent. */
  async finish(): Promise<void> {
    await this.#step(this.#stream.closeWrite());
  }

  #count(bytes: number): void {
    this.bytes += bytes;
    const now = getEventLoop().time();
    if (this.bytes - this.#before >= BYTES_IN_TIME) {
      this.#before = this.bytes;
      this.#since = now;
    } else if (now - this.#since > TIMES * this.#timeout) {
      throw new FTPReplyError(426, "The data connection is too slow");
    }
  }

  async #slowDown(throttle: Throttle, bytes: number): Promise<void> {
    const before = getEventLoop().time();
    await throttle.take(bytes);
    // That is no fault of the client's.
    this.#since += getEventLoop().time() - before;
  }

  async #step<T>(step: Promise<T>): Promise<T> {
    try {
      return await interruptible(step, { timeout: this.#timeout });
    } catch (error) {
      rethrowIfCancelled(error);
      throw new FTPReplyError(426, "The data connection broke", { cause: error });
    }
  }
}

/**
 * Begins a transfer over the data connection that is being waited for.
 *
 * @param session Who moves something.
 * @param plan What to move.
 */
export function startTransfer(session: FTPSessionState, plan: TransferPlan): void {
  requireData(session);
  const dataPort = session.dataPort as DataPort;
  session.dataPort = undefined;
  session.channel.reply(150, plan.opening);
  session.transfer = new Transfer(session, dataPort, plan);
}

/**
 * Refuses a transfer that has no data connection to go over, before a file is opened.
 *
 * @throws {FTPReplyError} 425, if none was asked for; 521, if it has to be encrypted and is not.
 */
export function requireData(session: FTPSessionState): void {
  requireProtection(session);
  if (session.dataPort) return;
  const ways = session.settings.active ? "PASV, EPSV, PORT or EPRT" : "PASV or EPSV";
  throw new FTPReplyError(425, `Send ${ways} first`);
}

class Transfer implements RunningTransfer {
  readonly done: Promise<void>;
  readonly #session: FTPSessionState;
  readonly #dataPort: DataPort;
  readonly #urgent: UrgentAbort;
  #flow: DataFlow | undefined;
  #stream: ByteStream | undefined;
  #aborted = false;

  constructor(session: FTPSessionState, dataPort: DataPort, plan: TransferPlan) {
    this.#session = session;
    this.#dataPort = dataPort;
    this.#urgent = new UrgentAbort(session.channel.reader, () => {
      session.completedAbort = true;
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.done = promise;
    createTask(() => this.#run(plan).finally(resolve));
  }

  get bytes(): number {
    return this.#flow?.bytes ?? 0;
  }

  abort(): void {
    this.#aborted = true;
    this.#dataPort.close();
    this.#stream?.close();
  }

  async #run(plan: TransferPlan): Promise<void> {
    const { channel, settings } = this.#session;
    let failure: unknown;
    try {
      await this.#move(plan);
    } catch (error) {
      rethrowIfCancelled(error);
      failure = error;
    } finally {
      this.#urgent.stop();
      this.#session.transfer = undefined;
      this.#dataPort.close();
      this.#stream?.close();
    }

    // Only now, when the file is closed: a 226 means that it is safe.
    plan.ended?.(this.bytes, failure);
    const { finalReply } = plan.mischief ?? {};
    if (finalReply !== undefined) {
      if (finalReply !== false) channel.sendEncoded(`${finalReply}\r\n`);
    } else if (failure === undefined) {
      channel.reply(226, "Transfer complete");
    } else {
      const refusal = this.#refusal(failure);
      channel.reply(refusal.code, refusal.lines);
      if (refusal.code === 451 && refusal !== failure) settings.onError(failure);
    }
    await channel.flushIfOpen();
  }

  async #move(plan: TransferPlan): Promise<void> {
    try {
      await this.#session.channel.flush();
      this.#flow = await this.#open(plan);
      await plan.move(this.#flow);
      // A client that breaks down ends both of its connections: what came is not all then. That the
      // other one has ended as well may take a turn to show.
      await interruptible(nextTurn());
      this.#assertGoesOn();
    } finally {
      await plan.close?.();
    }
  }

  async #open({ mischief }: TransferPlan): Promise<DataFlow> {
    const { settings } = this.#session;
    const carrier = this.#stream = await this.#dataPort.connection();
    this.#assertGoesOn();
    const stream = this.#stream = await secureData(this.#session, carrier);
    this.#assertGoesOn();
    if (mischief) {
      const { SpoiltStream } = await import("./spoilt_stream.ts");
      this.#stream = new SpoiltStream(stream, carrier, mischief);
    }
    return new DataFlow(this.#stream, {
      timeout: settings.dataTimeout,
      throttle: settings.throttle?.(),
    });
  }

  #assertGoesOn(): void {
    if (this.#aborted) throw new FTPReplyError(426, "Transfer aborted");
  }

  #refusal(failure: unknown): ReplyError {
    if (this.#aborted) return new FTPReplyError(426, "Transfer aborted");
    if (failure instanceof ReplyError) return failure;
    return new FTPReplyError(451, "Local error, the transfer broke off");
  }
}
