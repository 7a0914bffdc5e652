/**
 * The loop's bench with Tulip.
 *
 * @module
 */

import {
  createTask,
  gather,
  getRunningLoop,
  Lock,
  Queue,
  run,
  sleep,
  timeout,
} from "../../loop/mod.ts";
import { contend, type Row } from "./measure.ts";

const nothing = () => {};
const immediate = async () => {};

const rows: Row[] = [
  { name: "callSoon: a batch", count: 200_000, work: callSoonBatch },
  { name: "callSoon: a chain", count: 200_000, work: callSoonChain },
  { name: "sleep(0): 1 task", count: 100_000, work: sleepZero },
  { name: "sleep(0): 100 tasks", count: 100_000, work: (count) => inTasks(100, count, sleepZero) },
  { name: "create and await a task", count: 50_000, work: createAndAwait },
  {
    name: "gather: each at once",
    count: 100_000,
    rounds: 2,
    work: (count) => gather(Array(count).fill(0).map(() => () => immediate())),
  },
  {
    name: "gather: each sleep(0)",
    count: 100_000,
    rounds: 2,
    work: (count) => gather(Array(count).fill(0).map(() => () => nap(0))),
  },
  {
    name: "gather: each sleep(1 ms)",
    count: 100_000,
    rounds: 2,
    work: (count) => gather(Array(count).fill(0).map(() => () => nap(1))),
  },
  { name: "Queue(): put and get", count: 100_000, work: queueAlone },
  { name: "Queue(1): from task to task", count: 50_000, work: queueBetween },
  { name: "Lock: nobody else wants it", count: 100_000, work: lockAlone },
  { name: "Lock: 100 tasks want it", count: 50_000, work: lockContended },
  { name: "future: set and await", count: 50_000, work: setAndAwait },
  { name: "callLater and cancel", count: 100_000, work: callLaterAndCancel },
  { name: "timeout() around a block", count: 50_000, work: timeoutBlock },
  { name: "timeout() that strikes", count: 5_000, work: timeoutStrikes },
  { name: "cancel a sleeping task", count: 10_000, work: cancelSleeping },
  { name: "1,000,000 timers: set, cancel", count: 1_000_000, rounds: 1, work: timers },
];

async function callSoonBatch(count: number): Promise<void> {
  const loop = getRunningLoop();
  for (let i = 0; i < count; i++) loop.callSoon(nothing);
  await sleep(0);
}

async function callSoonChain(count: number): Promise<void> {
  const loop = getRunningLoop();
  const end = loop.createFuture<void>();
  let left = count;
  const next = () => {
    left -= 1;
    if (left === 0) end.setResult();
    else loop.callSoon(next);
  };
  loop.callSoon(next);
  await end;
}

async function sleepZero(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await sleep(0);
}

async function nap(ms: number): Promise<void> {
  await sleep(ms);
}

async function inTasks(
  tasks: number,
  count: number,
  work: (count: number) => unknown,
): Promise<void> {
  await gather(Array(tasks).fill(0).map(() => () => work(Math.ceil(count / tasks))));
}

async function createAndAwait(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await createTask(immediate);
}

async function queueAlone(count: number): Promise<void> {
  const queue = new Queue<number>();
  for (let i = 0; i < count; i++) {
    await queue.put(i);
    await queue.get();
  }
}

async function queueBetween(count: number): Promise<void> {
  const queue = new Queue<number>(1);
  const producer = createTask(async () => {
    for (let i = 0; i < count; i++) await queue.put(i);
  });
  for (let i = 0; i < count; i++) await queue.get();
  await producer;
}

async function lockAlone(count: number): Promise<void> {
  const lock = new Lock();
  for (let i = 0; i < count; i++) {
    using _held = await lock.acquire();
  }
}

async function lockContended(count: number): Promise<void> {
  const lock = new Lock();
  await inTasks(100, count, async (times) => {
    for (let i = 0; i < times; i++) {
      using _held = await lock.acquire();
      await sleep(0);
    }
  });
}

async function setAndAwait(count: number): Promise<void> {
  const loop = getRunningLoop();
  for (let i = 0; i < count; i++) {
    const future = loop.createFuture<number>();
    loop.callSoon(() => future.setResult(i));
    await future;
  }
}

function callLaterAndCancel(count: number): void {
  const loop = getRunningLoop();
  for (let i = 0; i < count; i++) loop.callLater(10_000, nothing).cancel();
}

async function timeoutBlock(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    using _limit = timeout(10_000);
    await immediate();
  }
}

async function timeoutStrikes(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    try {
      using _limit = timeout(0);
      await sleep(60_000);
    } catch { /* The time was over. */ }
  }
}

async function cancelSleeping(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const task = createTask(() => nap(60_000));
    await sleep(0);
    task.cancel();
    try {
      await task;
    } catch { /* It was cancelled. */ }
  }
}

function timers(count: number): void {
  const loop = getRunningLoop();
  const handles = Array(count).fill(0).map((_, i) =>
    loop.callLater(1000 + (i * 7919) % 60_000, nothing)
  );
  for (const handle of handles) handle.cancel();
}

async function fallAsleep(count: number): Promise<void> {
  for (let i = 0; i < count; i++) createTask(nap, 60_000);
  await sleep(0);
}

function spin(): () => void {
  const spinner = createTask(sleepZero, Infinity);
  return () => spinner.cancel();
}

await run(() => contend({ rows, crowd: 100_000, fallAsleep, spin }));
