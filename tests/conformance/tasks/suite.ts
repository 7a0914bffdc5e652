/**
 * What the behaviours of tasks share.
 *
 * @module
 */

import { Suite } from "../behaviour.ts";
import { testCase } from "../by_hand.ts";

/** CPython's `test_tasks`. */
export const tasks = new Suite("test_tasks");

export const { held, adapted, differs } = testCase(tasks, "TaskTests");

/** A wrong value: Python's ValueError. */
export class ValueError extends Error {}
/** A missing key: Python's KeyError. */
export class KeyError extends Error {}
/** A wrong sum: Python's way to fail in the middle of something. */
export class ZeroDivisionError extends Error {}

/** Why something outside of loops works that Python refuses. */
export const DEFAULT_LOOP =
  "Outside of loops there is the default loop of the realm, which always runs: nothing is refused";

/** How cancellation messages are written here: Python takes any value. */
export const MESSAGES: readonly [args: [message?: string], message: string][] = [
  [[], ""],
  [[undefined], ""],
  [["my message"], "my message"],
];

/** Why a message that is no string is left out. */
export const TEXT_ONLY = "The message of an error is a string; no other value passes through it";
