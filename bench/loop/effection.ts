/**
 * The loop's bench with npm's effection, as far as it has the same.
 *
 * @module
 */

import { all, createQueue, type Operation, run, sleep, spawn, until } from "npm:effection@4.1.1";
import { contend, type Row } from "./measure.ts";

const rows: Row[] = [
  // Its sleep(0) is a setTimeout.
  { name: "sleep(0): 1 task", count: 50, work: (count) => run(() => naps(count)) },
  {
    name: "sleep(0): 100 tasks",
    count: 2_000,
    work: (count) => run(() => all(Array(100).fill(0).map(() => naps(count / 100)))),
  },
  { name: "create and await a task", count: 1_000, work: (count) => run(() => spawns(count)) },
  {
    name: "gather: each at once",
    count: 2_000,
    rounds: 2,
    work: (count) => run(() => all(Array(count).fill(0).map(() => nothing()))),
  },
  {
    name: "gather: each sleep(0)",
    count: 2_000,
    rounds: 2,
    work: (count) => run(() => all(Array(count).fill(0).map(() => sleep(0)))),
  },
  {
    name: "gather: each sleep(1 ms)",
    count: 2_000,
    rounds: 2,
    work: (count) => run(() => all(Array(count).fill(0).map(() => sleep(1)))),
  },
  { name: "Queue(): put and get", count: 20_000, work: (count) => run(() => queueAlone(count)) },
  { name: "cancel a sleeping task", count: 1_000, work: (count) => run(() => cancels(count)) },
];

function* nothing(): Operation<void> {}

function* naps(count: number): Operation<void> {
  for (let i = 0; i < count; i++) yield* sleep(0);
}

function* spawns(count: number): Operation<void> {
  for (let i = 0; i < count; i++) yield* yield* spawn(nothing);
}

function* queueAlone(count: number): Operation<void> {
  const queue = createQueue<number, void>();
  for (let i = 0; i < count; i++) {
    queue.add(i);
    yield* queue.next();
  }
}

function* cancels(count: number): Operation<void> {
  for (let i = 0; i < count; i++) {
    const task = yield* spawn(() => sleep(60_000));
    yield* until(Promise.resolve());
    yield* task.halt();
  }
}

function fallAsleep(count: number): void {
  for (let i = 0; i < count; i++) run(() => sleep(60_000));
}

function spin(): () => Promise<void> {
  const spinner = run(() => naps(Infinity));
  return () => Promise.resolve(spinner.halt());
}

await contend({ rows, crowd: 20_000, fallAsleep, spin });
