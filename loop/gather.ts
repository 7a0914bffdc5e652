/**
 * Several things at once, and all their results (`asyncio.gather`).
 *
 * @module
 */

import { CancelledError } from "./exceptions.ts";
import { Future } from "./future.ts";
import { DoneCallback } from "./reactions.ts";
import { type Awaitable, checkAwaitable, ensureFuture, type ResultOf, Task } from "./tasks.ts";

/** Options of {@linkcode gather}. */
export interface GatherOptions {
  /**
   * Whether exceptions are results among others. If not, the first one is
   * thrown, while the rest goes on.
   *
   * @default {false}
   */
  returnExceptions?: boolean;
}

/** What several {@linkcode Awaitable}s result in. */
export type ResultsOf<A extends readonly unknown[], Extra = never> = {
  -readonly [K in keyof A]: ResultOf<A[K]> | Extra;
};

/**
 * Runs several things at once, and collects their results in order (`asyncio.gather`).
 *
 * Functions become tasks. To cancel the returned future, or the task that
 * awaits it, cancels them all. An exception of one does not stop the others:
 * for that, there is `TaskGroup`.
 *
 * @param awaitables Functions, futures, tasks or promises; or one array of them. What is given twice runs once.
 * @returns A future of the results.
 * @throws {TypeError} If something cannot be awaited. Nothing has begun then.
 *
 * @example Results, and exceptions as results
 * ```ts
 * import assert from "node:assert/strict";
 * import { gather, run, sleep } from "https://tulip.example/loop/mod.ts";
 *
 * async function divide(a: number, b: number): Promise<number> {
 *   await sleep(1);
 *   if (b === 0) throw new RangeError("division by zero");
 *   return a / b;
 * }
 * await run(async () => {
 *   assert.deepEqual(await gather(() => divide(6, 2), () => divide(6, 3)), [3, 2]);
 *
 *   const results = await gather(() => divide(1, 1), () => divide(1, 0), { returnExceptions: true });
 *   assert.ok(results[1] instanceof RangeError);
 * });
 * ```
 */
export function gather<A extends readonly Awaitable<unknown>[]>(
  ...awaitables: A
): Future<ResultsOf<A>>;
/** Runs several things at once, with options last. See above. */
export function gather<A extends readonly Awaitable<unknown>[]>(
  ...awaitablesAndOptions: [...awaitables: A, options: GatherOptions]
): Future<ResultsOf<A, Error>>;
/** Runs what an array holds at once. See above. */
export function gather<A extends Awaitable<unknown>>(
  awaitables: Iterable<A>,
  options?: GatherOptions & { returnExceptions?: false },
): Future<ResultOf<A>[]>;
/** Runs what an array holds at once, with exceptions as results. See above. */
export function gather<A extends Awaitable<unknown>>(
  awaitables: Iterable<A>,
  options: GatherOptions,
): Future<(ResultOf<A> | Error)[]>;
export function gather(...args: unknown[]): Future<unknown[]> {
  const options = isOptions(args.at(-1)) ? args.pop() as GatherOptions : {};
  const awaitables = args.length === 1 && isIterable(args[0]) ? [...args[0]] : args;
  awaitables.forEach(checkAwaitable);
  const futures = new Map<unknown, Future>();
  const children = awaitables.map((awaitable) => {
    const future = futures.get(awaitable) ?? ensureFuture(awaitable as Awaitable<unknown>);
    futures.set(awaitable, future);
    // Of those that only this call knows, whoever awaits them all is missed instead.
    if (future !== awaitable && future instanceof Task) future._isMissed = false;
    return future;
  });
  return new Gathering(children, [...futures.values()], options.returnExceptions ?? false);
}

class Gathering extends Future<unknown[]> {
  readonly #children: readonly Future[];
  readonly #returnExceptions: boolean;
  #unfinished: number;
  #cancelRequested = false;

  constructor(children: Future[], distinct: readonly Future[], returnExceptions: boolean) {
    super(children[0] === undefined ? undefined : { loop: children[0]._loop });
    this.#children = children;
    this.#returnExceptions = returnExceptions;
    this.#unfinished = distinct.length;
    if (distinct.length === 0) this.setResult([]);
    const onDone = (child: Future) => this.#onChildDone(child);
    const observer = new DoneCallback(onDone, null, this);
    const done = distinct.filter((child) => child.done());
    for (const child of distinct) if (!child.done()) child._observe(observer);
    // What is done already takes no turn of the loop (Python 3.12).
    for (const child of done) onDone(child);
  }

  /** Done only when the children are: they may take their time, or refuse. */
  override cancel(message?: string): boolean {
    if (this.done()) return false;
    let cancelled = false;
    // As in Python, what was given twice is asked twice.
    for (const child of this.#children) {
      if (child.cancel(message)) cancelled = true;
    }
    if (cancelled) this.#cancelRequested = true;
    return cancelled;
  }

  #onChildDone(child: Future): void {
    this.#unfinished -= 1;
    if (child._state === "failed") child._retrieved();
    if (this.done()) return;
    if (!this.#returnExceptions && child._state !== "finished") {
      this.setException(outcome(child));
    } else if (this.#unfinished === 0) {
      if (this.#cancelRequested) this.setException(cancellation(this.#children.at(-1)!));
      else this.setResult(this.#children.map(outcome));
    }
  }
}

function outcome(future: Future): unknown {
  if (future._state === "failed") future._retrieved();
  return future.cancelled() ? future._cancelledError() : future._value;
}

function cancellation(child: Future): CancelledError {
  if (child.cancelled()) return child._cancelledError();
  return new CancelledError(child instanceof Task ? child._cancelMessage : undefined);
}

function isOptions(value: unknown): value is GatherOptions {
  if (typeof value !== "object" || value === null || "then" in value) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.iterator in value;
}
