/**
 * What the behaviours of task groups share.
 *
 * @module
 */

import type { EventLoop } from "../../../loop/event_loop.ts";
import type { ExceptionGroup } from "../../../loop/exceptions.ts";
import { sleep } from "../../../loop/sleep.ts";
import { eagerTaskFactory } from "../../../loop/task_factories.ts";
import { type Setting, Suite } from "../behaviour.ts";

/** CPython's `test_taskgroups`. */
export const taskGroups = new Suite("test_taskgroups");

/** Longer than any of these tests may take, in milliseconds. */
export const LONG = 10_000;

/** A wrong sum: Python's way to fail in the middle of something. */
export class ZeroDivisionError extends Error {}

type GroupTest = (loop: EventLoop) => Promise<void>;

/** Adds a behaviour that is the same as in Python, with plain tasks and with eager ones. */
export function held(name: string, test: GroupTest): void {
  taskGroups.held(`TestTaskGroup.${name}`, ({ run }) => run(test));
  taskGroups.held(`TestEagerTaskTaskGroup.${name}`, eagerly(test));
}

/** Adds a behaviour that is said another way. */
export function adapted(name: string, why: string, test: GroupTest): void {
  taskGroups.adapted(`TestTaskGroup.${name}`, why, ({ run }) => run(test));
  taskGroups.adapted(`TestEagerTaskTaskGroup.${name}`, why, eagerly(test));
}

function eagerly(test: GroupTest): (setting: Setting) => Promise<void> {
  return ({ run }) =>
    run((loop) => {
      loop.setTaskFactory(eagerTaskFactory);
      return test(loop);
    });
}

/** The classes of the errors in a group. */
export function errorTypes({ exceptions }: ExceptionGroup): unknown[] {
  return exceptions.map((error) => (error as Error).constructor);
}

/** Fails after a time. */
export async function crashAfter(ms: number): Promise<never> {
  await sleep(ms);
  throw new ZeroDivisionError();
}

/** Fails when it is cancelled. */
export async function sleepThenCrash(): Promise<void> {
  try {
    await sleep(LONG);
  } finally {
    // deno-lint-ignore no-unsafe-finally -- that is what is tested
    throw new ZeroDivisionError();
  }
}
