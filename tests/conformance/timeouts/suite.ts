/**
 * What the behaviours of time limits share.
 *
 * @module
 */

import type { EventLoop } from "../../../loop/event_loop.ts";
import { sleep } from "../../../loop/sleep.ts";
import { type Timeout, timeout as byTime, timeoutAt as byMoment } from "../../../loop/timeouts.ts";
import { type Setting, Suite } from "../behaviour.ts";

/** CPython's `test_timeouts`. */
export const timeouts = new Suite("test_timeouts");

/** Longer than any of these tests may take, in milliseconds. */
export const LONG = 10_000;

/** Why a behaviour is told without the errors that were being handled. */
export const NO_CONTEXT =
  "JavaScript does not note which error was being handled (`__context__`), only a `cause` that is given";

/** A wrong sum: Python's way to fail in the middle of something. */
export class ZeroDivisionError extends Error {}
/** An error of another class. */
export class ValueError extends Error {}
/** And of a third one. */
export class KeyError extends Error {}

type Block<T> = (limit: Timeout) => T | PromiseLike<T>;

/** A way to write `async with timeout(…) as limit`. */
export interface Form {
  timeout<T>(ms: number | null, body: Block<T>): Promise<T>;
  timeoutAt<T>(when: number | null, body: Block<T>): Promise<T>;
}

/** Both ways: the block is a function, or the rest of a block that declares the limit. */
export const FORMS: readonly Form[] = [
  { timeout: byTime, timeoutAt: byMoment },
  {
    async timeout(ms, body) {
      using limit = byTime(ms);
      return await body(limit);
    },
    async timeoutAt(when, body) {
      using limit = byMoment(when);
      return await body(limit);
    },
  },
];

/** A behaviour, told in one of the forms. */
export type FormTest = (form: Form, loop: EventLoop) => Promise<void>;

/** Adds a behaviour that is the same as in Python, in both forms. */
export function held(name: string, test: FormTest): void {
  timeouts.held(`TimeoutTests.${name}`, inBothForms(test));
}

/** Adds a behaviour that is said another way, in both forms. */
export function adapted(name: string, why: string, test: FormTest): void {
  timeouts.adapted(`TimeoutTests.${name}`, why, inBothForms(test));
}

/** Waits for long. When it is cancelled, it fails. */
export async function sleepThenCrash(): Promise<void> {
  try {
    await sleep(LONG);
  } finally {
    // deno-lint-ignore no-unsafe-finally -- that is what is tested
    throw new ZeroDivisionError();
  }
}

function inBothForms(test: FormTest): (setting: Setting) => Promise<void> {
  return async ({ run }) => {
    for (const form of FORMS) await run((loop) => test(form, loop));
  };
}
