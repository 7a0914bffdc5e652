/**
 * The loop's bench with npm's effect, as far as it has the same.
 *
 * @module
 */

import { Deferred, Effect, Fiber, Queue, Semaphore } from "npm:effect@4.1.0";
import { contend, type Row } from "./measure.ts";

const work = (effect: (count: number) => Effect.Effect<unknown, unknown>) => (count: number) =>
  Effect.runPromise(effect(count));

const rows: Row[] = [
  { name: "sleep(0): 1 task", count: 20_000, work: work(yields) },
  {
    name: "sleep(0): 100 tasks",
    count: 20_000,
    work: work((count) => all(100, yields(count / 100))),
  },
  { name: "create and await a task", count: 10_000, work: work(forks) },
  {
    name: "gather: each at once",
    count: 100_000,
    rounds: 2,
    work: work((count) => all(count, Effect.gen(nothing))),
  },
  {
    name: "gather: each sleep(0)",
    count: 50_000,
    rounds: 2,
    work: work((count) => all(count, Effect.yieldNow)),
  },
  {
    name: "gather: each sleep(1 ms)",
    count: 50_000,
    rounds: 2,
    work: work((count) => all(count, Effect.sleep(1))),
  },
  { name: "Queue(): put and get", count: 50_000, work: work(queueAlone) },
  { name: "Queue(1): from task to task", count: 10_000, work: work(queueBetween) },
  { name: "Lock: nobody else wants it", count: 50_000, work: work(lockAlone) },
  { name: "Lock: 100 tasks want it", count: 10_000, work: work(lockContended) },
  { name: "future: set and await", count: 20_000, work: work(setAndAwait) },
  { name: "timeout() around a block", count: 10_000, work: work(timeouts) },
  { name: "cancel a sleeping task", count: 5_000, work: work(cancels) },
];

function* nothing() {}

function all(count: number, effect: Effect.Effect<void>) {
  return Effect.all(Array.from({ length: count }, () => effect), { concurrency: "unbounded" });
}

function yields(count: number) {
  return Effect.gen(function* () {
    for (let i = 0; i < count; i++) yield* Effect.yieldNow;
  });
}

function forks(count: number) {
  return Effect.gen(function* () {
    for (let i = 0; i < count; i++) {
      yield* Fiber.join(yield* Effect.forkChild(Effect.gen(nothing)));
    }
  });
}

function queueAlone(count: number) {
  return Effect.gen(function* () {
    const queue = yield* Queue.unbounded<number>();
    for (let i = 0; i < count; i++) {
      yield* Queue.offer(queue, i);
      yield* Queue.take(queue);
    }
  });
}

function queueBetween(count: number) {
  return Effect.gen(function* () {
    const queue = yield* Queue.bounded<number>(1);
    const producer = yield* Effect.forkChild(Effect.gen(function* () {
      for (let i = 0; i < count; i++) yield* Queue.offer(queue, i);
    }));
    for (let i = 0; i < count; i++) yield* Queue.take(queue);
    yield* Fiber.join(producer);
  });
}

function lockAlone(count: number) {
  return Effect.gen(function* () {
    const lock = yield* Semaphore.make(1);
    for (let i = 0; i < count; i++) yield* lock.withPermit(Effect.void);
  });
}

function lockContended(count: number) {
  return Effect.gen(function* () {
    const lock = yield* Semaphore.make(1);
    const want = Effect.gen(function* () {
      for (let i = 0; i < count / 100; i++) yield* lock.withPermit(Effect.yieldNow);
    });
    yield* all(100, want);
  });
}

function setAndAwait(count: number) {
  return Effect.gen(function* () {
    for (let i = 0; i < count; i++) {
      const deferred = yield* Deferred.make<number>();
      queueMicrotask(() => Effect.runSync(Deferred.succeed(deferred, i)));
      yield* Deferred.await(deferred);
    }
  });
}

function timeouts(count: number) {
  return Effect.gen(function* () {
    for (let i = 0; i < count; i++) yield* Effect.timeout(Effect.gen(nothing), 10_000);
  });
}

function cancels(count: number) {
  return Effect.gen(function* () {
    for (let i = 0; i < count; i++) {
      const fiber = yield* Effect.forkChild(Effect.sleep(60_000));
      yield* Effect.yieldNow;
      yield* Fiber.interrupt(fiber);
    }
  });
}

async function fallAsleep(count: number): Promise<void> {
  for (let i = 0; i < count; i++) Effect.runFork(Effect.sleep(60_000));
  await new Promise((resolve) => setTimeout(resolve));
}

function spin(): () => Promise<void> {
  const spinner = Effect.runFork(yields(Infinity));
  return () => Effect.runPromise(Fiber.interrupt(spinner));
}

await contend({ rows, crowd: 100_000, fallAsleep, spin });
