/**
 * Several sessions that work on one tree together.
 *
 * @module
 */

import { rethrowIfCancelled, TimeoutError } from "../../../loop/exceptions.ts";
import type { WaitOptions } from "../../../loop/wait.ts";
import { checkLimit } from "../../../protocols/limits.ts";
import { forEachInParallel } from "../parallel.ts";
import { type RetryPolicy, retryPolicy, withRetries } from "../retry.ts";
import type { Session } from "../session.ts";
import type { FTPTransfers } from "../transfers.ts";
import type { RetryingOptions } from "../types.ts";

/** A client that can be told to say goodbye. */
export type TreeClient = FTPTransfers & AsyncDisposable;

/** Options of {@linkcode Crew}. */
export interface CrewOptions extends WaitOptions, RetryingOptions {
  /** How many sessions there are at most. */
  connections?: number;
}

/** Why a session is not opened any more that would come too late. */
const ALL_TAKEN = new Error("There is nothing left to do for another session");

/** One client, whose session is opened again when it is lost. It does one thing at a time. */
export class Member {
  /** The client. */
  readonly ftp: TreeClient;
  readonly #policy: RetryPolicy;

  /**
   * Takes a client as it is.
   *
   * @param ftp The client.
   * @param policy How often what fails is tried again.
   */
  constructor(ftp: TreeClient, policy: RetryPolicy) {
    this.ftp = ftp;
    this.#policy = policy;
  }

  /**
   * Does something with a session that is open, and again if it fails in a way that passes.
   *
   * @param work What; told how often it has failed.
   * @param wait How long to wait.
   * @returns What it returned.
   */
  async do<T>(
    work: (session: Session, failures: number) => Promise<T>,
    wait: WaitOptions,
  ): Promise<T> {
    return await withRetries(
      async (failures, last) => await work(await this.#live(wait, last), failures),
      { policy: this.#policy, signal: wait.signal },
    );
  }

  /**
   * Opens the session again, if it is lost.
   *
   * @param wait How long to wait.
   */
  async live(wait: WaitOptions): Promise<void> {
    if (this.ftp["_session"]().closed) await this.do(async () => {}, wait);
  }

  /** The session. After silence another one: bringing it back into step could take as long again. */
  async #live(wait: WaitOptions, last: unknown): Promise<Session> {
    const session = this.ftp["_session"]();
    if (last instanceof TimeoutError) session.close();
    if (!session.closed) return session;
    await this.ftp["_reopen"](wait);
    return this.ftp["_session"]();
  }
}

/** The client of the caller, and further ones like it, which are opened when they are needed. */
export class Crew implements AsyncDisposable {
  /** How long to wait. */
  readonly wait: WaitOptions;
  readonly #members: Member[];
  readonly #connections: number;
  readonly #policy: RetryPolicy;
  #isFull = false;

  /**
   * Nothing is opened yet.
   *
   * @param ftp The client of the caller, who keeps it.
   * @param options How many there may be, and how patient they are.
   */
  constructor(ftp: TreeClient, options: CrewOptions) {
    const { signal, timeout, retries = 3, onRetry } = options;
    this.wait = { signal, timeout };
    this.#connections = checkLimit("connections", options.connections, 4);
    this.#policy = retryPolicy(retries, onRetry);
    this.#members = [new Member(ftp, this.#policy)];
  }

  /** The caller's own client. */
  get first(): Member {
    return this.#members[0]!;
  }

  /**
   * Does something with each item, so many at a time as there are sessions. The first failure ends
   * it.
   *
   * @param items The items.
   * @param work What is done with one.
   */
  async each<T>(
    items: readonly T[],
    work: (member: Member, item: T, wait: WaitOptions) => Promise<void>,
  ): Promise<void> {
    const places = Array.from({ length: Math.min(this.#connections, items.length) }, (_, at) => at);
    let taken = 0;
    const allTaken = new AbortController();
    await forEachInParallel(places, places.length, async (place, _, signal) => {
      const wait = { ...this.wait, signal };
      while (taken < items.length) {
        const member = await this.#memberAt(place, wait, allTaken.signal);
        if (member === undefined || taken >= items.length) return;
        const item = items[taken++]!;
        if (taken === items.length) allTaken.abort(ALL_TAKEN);
        await work(member, item, wait);
      }
    }, this.wait.signal);
  }

  /**
   * The member at a place; `undefined` where the server takes no further session, or none is needed
   * any more before it is open.
   */
  async #memberAt(
    place: number,
    wait: WaitOptions & { signal: AbortSignal },
    unneeded: AbortSignal,
  ): Promise<Member | undefined> {
    if (this.#members[place] !== undefined || this.#isFull) return this.#members[place];
    const signal = AbortSignal.any([wait.signal, unneeded]);
    try {
      const policy = this.#policy;
      const open = () => this.first.ftp.clone({ ...wait, signal });
      const opened = await withRetries(open, { policy, signal });
      return this.#members[place] = new Member(opened, policy);
    } catch (error) {
      rethrowIfCancelled(error, wait.signal);
      // The first one does all that the others do not.
      this.#isFull ||= error !== ALL_TAKEN;
      return undefined;
    }
  }

  /** Says goodbye on all sessions but that of the caller. */
  async [Symbol.asyncDispose](): Promise<void> {
    const others = this.#members.splice(1);
    await Promise.all(others.map((member) => member?.ftp[Symbol.asyncDispose]()));
  }
}
