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
import type { PassivePort } from "./data.ts";
import { FTPReplyError } from "./errors.ts";
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
  /** When the bytes began to count that are to go over in time, and how many had gone before. */
  #since = getEventLoop().time();
  #before = 0;

  /**
   * Moves bytes over a connection.
   *
   * @param stream The connection.
   * @param timeout How long it may be silent, in milliseconds.
   */
  constructor(stream: ByteStream, timeout: number) {
    this.#stream = stream;
    this.#timeout = timeout;
  }

  /**
   * Sends all of these bytes.
   *
   * @throws {FTPReplyError} 426, if the connection breaks, or the client stops reading or is too slow.
   */
  async send(bytes: Uint8Array): Promise<void> {
    for (let sent = 0; sent < bytes.length;) {
      const rest = sent === 0 ? bytes : bytes.subarray(sent);
      const count = await this.#step(this.#stream.write(rest));
      sent += count;
      this.#count(count);
    }
  }

  /**
   * Receives what has come.
   *
   * @returns How many bytes are in the buffer, or `null` at the end.
   * @throws {FTPReplyError} 426, if the connection breaks, or the client stops sending or is too slow.
   */
  async receive(buffer: Uint8Array): Promise<number | null> {
    const count = await this.#step(this.#stream.read(buffer));
    this.#count(count ?? 0);
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
 * @param session The session; its commands go on, see {@linkcode RunningTransfer}.
 * @param plan What to move.
 */
export function startTransfer(session: FTPSessionState, plan: TransferPlan): void {
  const passive = takePassive(session);
  session.channel.reply(150, plan.opening);
  session.transfer = new Transfer(session, passive, plan);
}

/**
 * Refuses a transfer that has no data connection to go over, before a file is opened.
 *
 * @throws {FTPReplyError} 425, if PASV or EPSV did not come first.
 */
export function requirePassive(session: FTPSessionState): void {
  if (!session.passive) throw new FTPReplyError(425, "Send PASV or EPSV first");
}

class Transfer implements RunningTransfer {
  readonly done: Promise<void>;
  readonly #session: FTPSessionState;
  readonly #passive: PassivePort;
  readonly #urgent: UrgentAbort;
  #flow: DataFlow | undefined;
  #stream: ByteStream | undefined;
  #aborted = false;

  constructor(session: FTPSessionState, passive: PassivePort, plan: TransferPlan) {
    this.#session = session;
    this.#passive = passive;
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
    this.#passive.close();
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
      this.#passive.close();
      this.#stream?.close();
    }

    // Only now, when the file is closed: a 226 means that it is safe.
    plan.ended?.(this.bytes, failure);
    if (failure === undefined) {
      channel.reply(226, "Transfer complete");
    } else {
      const refusal = this.#refusal(failure);
      channel.reply(refusal.code, refusal.lines);
      if (refusal.code === 451 && refusal !== failure) settings.onError(failure);
    }
    await channel.flushIfOpen();
  }

  async #move(plan: TransferPlan): Promise<void> {
    const { channel, settings } = this.#session;
    try {
      await channel.flush();
      this.#stream = await this.#passive.connection();
      if (this.#aborted) throw new FTPReplyError(426, "Transfer aborted");
      this.#flow = new DataFlow(this.#stream, settings.dataTimeout);
      await plan.move(this.#flow);
      // A client that breaks down ends both of its connections: what came is not all then. That the
      // other one has ended as well may take a turn to show.
      await interruptible(nextTurn());
      if (this.#aborted) throw new FTPReplyError(426, "Transfer aborted");
    } finally {
      await plan.close?.();
    }
  }

  #refusal(failure: unknown): FTPReplyError {
    if (this.#aborted) return new FTPReplyError(426, "Transfer aborted");
    if (failure instanceof FTPReplyError) return failure;
    return new FTPReplyError(451, "Local error, the transfer broke off");
  }
}

function takePassive(session: FTPSessionState): PassivePort {
  requirePassive(session);
  const passive = session.passive as PassivePort;
  session.passive = undefined;
  return passive;
}
