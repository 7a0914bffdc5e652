/**
 * Behaviours whose loop is run by hand, as in CPython's `test_tasks` and `test_futures`: the test
 * stands outside, makes its loop, and has it run until something is done.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { ExceptionContext } from "../../loop/base_event_loop.ts";
import type { EventLoop } from "../../loop/event_loop.ts";
import { setEventLoop } from "../../loop/events.ts";
import type { Setting, Suite } from "./behaviour.ts";

/** Longer than any of these tests may take, in milliseconds. */
export const LONG = 10_000;

/** A test that is given a loop, which does not run yet. */
export type ByHand = (loop: EventLoop, setting: Setting) => void | PromiseLike<void>;

/** Adds the behaviours of one of CPython's test cases. */
export interface TestCase {
  /** Adds a behaviour that is the same as in Python. */
  held(name: string, test: ByHand): void;
  /** Adds a behaviour that is said another way. */
  adapted(name: string, why: string, test: ByHand): void;
  /** Adds a behaviour that cannot be the same. */
  differs(name: string, why: string, test: ByHand): void;
}

/** Adds to a suite the behaviours of the test case of a name. */
export function testCase(suite: Suite, name: string): TestCase {
  const withLoop = (test: ByHand) => (setting: Setting) => test(setting.newLoop(), setting);
  return {
    held: (test, body) => suite.held(`${name}.${test}`, withLoop(body)),
    adapted: (test, why, body) => suite.adapted(`${name}.${test}`, why, withLoop(body)),
    differs: (test, why, body) => suite.differs(`${name}.${test}`, why, withLoop(body)),
  };
}

/** Runs what is ready, and what that makes ready at once. */
export function runBriefly(loop: EventLoop): Promise<void> {
  return loop.runUntilComplete(() => {});
}

/** Runs until nothing is ready any more. */
export async function runOut(loop: EventLoop): Promise<void> {
  for (let i = 0; i < 5; i++) await runBriefly(loop);
}

/** Asserts how much time has passed since the test began, where it passes only as asked. */
export function assertTime({ clock }: Setting, ms: number): void {
  if (clock !== null) assert.equal(clock.now(), ms);
}

/** What the exception handler of a loop is told from now on. */
export function reportsOf(loop: EventLoop): ExceptionContext[] {
  const reports: ExceptionContext[] = [];
  loop.setExceptionHandler((_loop, context) => reports.push(context));
  return reports;
}

/** Calls a function while a loop is the one that is meant outside of loops. */
export async function withEventLoop<T>(loop: EventLoop, callback: () => T): Promise<Awaited<T>> {
  setEventLoop(loop);
  try {
    return await callback();
  } finally {
    setEventLoop(null);
  }
}
