/**
 * What the behaviours of the loop share.
 *
 * @module
 */

import { Suite } from "../behaviour.ts";
import { testCase } from "../by_hand.ts";

/** CPython's `test_base_events`. */
export const baseEvents = new Suite("test_base_events");

export const { held, adapted, differs } = testCase(baseEvents, "BaseEventLoopTests");

/** Fails, as Python's `1/0` does. */
export class ZeroDivisionError extends Error {
  override readonly name = "ZeroDivisionError";
}
