/**
 * What the tasks of a program share, and the steps that use it.
 *
 * @module
 */

import type { Future } from "../../../loop/future.ts";
import { getRunningLoop } from "../../../loop/events.ts";
import {
  Barrier,
  BoundedSemaphore,
  Condition,
  Event,
  Lock,
  Semaphore,
} from "../../../loop/locks.ts";
import { LifoQueue, PriorityQueue, Queue } from "../../../loop/queues.ts";
import type { LockKind, Program, QueueKind, Step } from "./program.ts";
import { ProgramError } from "./show.ts";

/** Everything that tasks share. */
export interface Shared {
  readonly locks: (Lock | Semaphore | Condition)[];
  readonly events: Event[];
  readonly barriers: Barrier[];
  readonly queues: Queue<number>[];
  readonly futures: Future<number>[];
}

const LOCKS: Record<LockKind, () => Lock | Semaphore | Condition> = {
  Lock: () => new Lock(),
  Semaphore: () => new Semaphore(2),
  BoundedSemaphore: () => new BoundedSemaphore(),
  Condition: () => new Condition(),
};
const QUEUES: Record<QueueKind, new (size: number) => Queue<number>> = {
  Queue,
  LifoQueue,
  PriorityQueue,
};

/**
 * Makes what the tasks of a program share.
 *
 * @param program The program.
 * @returns New locks, queues and so on.
 */
export function share({ locks, events, barriers, queues, futures }: Program): Shared {
  const loop = getRunningLoop();
  return {
    locks: locks.map((kind) => LOCKS[kind]()),
    events: Array.from({ length: events }, () => new Event()),
    barriers: barriers.map((parties) => new Barrier(parties)),
    queues: queues.map(({ kind, size }) => new QUEUES[kind](size)),
    futures: Array.from({ length: futures }, () => loop.createFuture<number>()),
  };
}

/**
 * Makes one step.
 *
 * @param shared What it works with.
 * @param step The step.
 * @returns What it results in. What it waits for comes out.
 */
export function* stepOfShared(shared: Shared, step: Step): Generator<unknown, unknown, unknown> {
  switch (step.op) {
    case "set":
      return shared.events[step.event]!.set();
    case "clear":
      return shared.events[step.event]!.clear();
    case "waitEvent":
      return yield shared.events[step.event]!.wait();
    case "acquire":
      yield shared.locks[step.lock]!.acquire();
      return;
    case "release":
      return shared.locks[step.lock]!.release();
    case "meet":
      return yield shared.barriers[step.barrier]!.wait();
    case "resetBarrier":
      return yield shared.barriers[step.barrier]!.reset();
    case "abortBarrier":
      return yield shared.barriers[step.barrier]!.abort();
    case "setResult":
      return shared.futures[step.future]!.setResult(step.id);
    case "setException":
      return shared.futures[step.future]!.setException(new ProgramError("ValueError"));
    case "cancelFuture":
      return shared.futures[step.future]!.cancel(`f${step.id}`);
    case "awaitFuture":
      return yield shared.futures[step.future]!;
    default:
      if ("lock" in step) return yield* stepOfCondition(shared, step);
      if ("queue" in step) return yield* stepOfQueue(shared.queues[step.queue]!, step);
      throw new TypeError(`There is no step ${step.op}`);
  }
}

function* stepOfCondition(
  shared: Shared,
  step: Extract<Step, { lock: number }>,
): Generator<unknown, unknown, unknown> {
  const condition = shared.locks[step.lock] as Condition;
  switch (step.op) {
    case "waitNotified":
      return yield condition.wait();
    case "waitUntilSet": {
      const event = shared.events[step.event]!;
      return yield condition.waitFor(() => event.isSet());
    }
    case "notify":
      return condition.notify(step.count);
    case "notifyAll":
      return condition.notifyAll();
    default:
      throw new TypeError(`There is no step ${step.op}`);
  }
}

function* stepOfQueue(
  queue: Queue<number>,
  step: Extract<Step, { queue: number }>,
): Generator<unknown, unknown, unknown> {
  switch (step.op) {
    case "put":
      return yield queue.put(step.id);
    case "putNowait":
      return queue.putNowait(step.id);
    case "get":
      return yield queue.get();
    case "getNowait":
      return queue.getNowait();
    case "taskDone":
      return queue.taskDone();
    case "join":
      return yield queue.join();
    case "shutdown":
      return queue.shutdown(step.immediate);
  }
}
