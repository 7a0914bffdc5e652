/**
 * What the behaviours of `test_events` share.
 *
 * @module
 */

import { Suite } from "../behaviour.ts";
import { testCase } from "../by_hand.ts";

/** CPython's `test_events`. */
export const events = new Suite("test_events");

export const { held, adapted, differs } = testCase(events, "EventLoopTestsMixin");
