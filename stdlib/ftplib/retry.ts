/**
 * Trying again: which errors may pass, and how long to wait before the next attempt.
 *
 * @module
 */

import { rethrowIfCancelled, TimeoutError } from "../../loop/exceptions.ts";
import { sleep } from "../../loop/sleep.ts";
import { EOFError, OSError, PermissionError, SSLError } from "../../net/errors.ts";
import { ErrorPerm, ErrorProto, ErrorReply, ErrorTemp, FTPError, TooLargeError } from "./errors.ts";
import type { RetryEvent, RetryOptions } from "./types.ts";

/** How often and how soon it is tried again, checked, with nothing left open. */
export interface RetryPolicy extends Required<RetryOptions> {
  /** Called before each wait. */
  onRetry?: (event: RetryEvent) => void;
}

/**
 * Reads what the caller gave.
 *
 * @param retries How often, or in detail.
 * @param onRetry Whom to tell.
 * @returns The policy; without attempts where none were asked for.
 * @throws {RangeError} If a number makes no sense.
 */
export function retryPolicy(
  retries: number | RetryOptions = 0,
  onRetry?: (event: RetryEvent) => void,
): RetryPolicy {
  const given = typeof retries === "number" ? { attempts: retries } : retries;
  const { attempts = 5, delay = 1_000, maxDelay = 30_000, factor = 2, jitter = 0.5 } = given;
  check(
    "attempts",
    attempts,
    attempts >= 0 && (Number.isInteger(attempts) || attempts === Infinity),
  );
  check("delay", delay, delay >= 0 && delay < Infinity);
  check("maxDelay", maxDelay, maxDelay >= 0 && maxDelay < Infinity);
  check("factor", factor, factor >= 1 && factor < Infinity);
  check("jitter", jitter, jitter >= 0 && jitter <= 1);
  return { attempts, delay, maxDelay, factor, jitter, onRetry };
}

function check(name: string, value: number, sound: boolean): void {
  if (sound) return;
  throw new RangeError(
    `Cannot retry with ${name}: ${value}; attempts is a whole number from 0 on, delays are ` +
      "milliseconds, factor is at least 1, and jitter between 0 and 1",
  );
}

/** What {@linkcode withRetries} asks and tells. */
export interface Retrying {
  /** How often. */
  policy: RetryPolicy;
  /** How far the work is: whatever grows when an attempt brings something. */
  progress?: () => number;
  /** What ends the waiting between attempts. */
  signal?: AbortSignal;
  /**
   * Tells which errors may be gone at the next attempt.
   *
   * @default {mayPass}
   */
  passes?: (error: unknown) => boolean;
}

/**
 * Does something until it succeeds, or fails in a way that does not pass, or was tried often enough.
 *
 * An attempt that got further than all before it makes the count start over: a large file over a
 * poor line takes as many attempts as it takes, a dead server only a few.
 *
 * @param attempt The work; told the number of attempts that failed since it last got further, and the
 * error of the last one.
 * @param retrying How often, and what counts as getting further.
 * @returns What the attempt returned that succeeded.
 * @throws {unknown} The error of the last attempt.
 */
export async function withRetries<T>(
  attempt: (failures: number, last: unknown) => Promise<T>,
  { policy, progress, signal, passes = mayPass }: Retrying,
): Promise<T> {
  let furthest = progress?.() ?? 0;
  let last: unknown;
  for (let failures = 0;;) {
    try {
      return await attempt(failures, last);
    } catch (error) {
      rethrowIfCancelled(error, signal);
      const reached = progress?.() ?? 0;
      if (reached > furthest) failures = 0;
      furthest = Math.max(furthest, reached);
      if (failures >= policy.attempts || !passes(error)) throw error;
      const delay = delayBefore(failures++, policy);
      policy.onRetry?.({ attempt: failures, delay, error });
      last = error;
      await sleep(delay, undefined, { signal });
    }
  }
}

/** How long to wait after so many failures in a row, the last one not counted. */
function delayBefore(failures: number, { delay, maxDelay, factor, jitter }: RetryPolicy): number {
  // A factor to a high power is Infinity, which the limit takes away again; 0 times that is not.
  const whole = delay === 0 ? 0 : Math.min(maxDelay, delay * factor ** failures);
  return whole * (1 - jitter * Math.random());
}

/**
 * Tells whether an error may be gone at the next attempt: what the network does, silence, and
 * refusals that the server itself calls temporary. A wrong password, a missing file, a full disk
 * and a mistake of the program stay what they are.
 *
 * @param error Whatever was thrown.
 * @returns Whether trying again makes sense.
 */
export function mayPass(error: unknown): boolean {
  if (error instanceof ErrorTemp) return !LASTING.has(error.code);
  if (LASTING_CLASSES.some((type) => error instanceof type)) return false;
  // Of TLS only what cuts it off passes; that both sides cannot agree does not.
  if (error instanceof SSLError) return error.code === "ERR_TLS_TRUNCATED";
  if (error instanceof FTPError) return error.origin !== "usage";
  return PASSING_CLASSES.some((type) => error instanceof type);
}

/** Refusals called temporary that no waiting of ours ends: 430 wrong password, 452 no space left. */
const LASTING: ReadonlySet<number | undefined> = new Set([430, 452]);

const LASTING_CLASSES = [
  ErrorPerm,
  ErrorProto,
  ErrorReply,
  TooLargeError,
  PermissionError,
];

const PASSING_CLASSES = [TimeoutError, OSError, EOFError];
