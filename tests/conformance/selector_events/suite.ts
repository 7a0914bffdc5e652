/**
 * The suite of CPython's `test_selector_events`.
 *
 * @module
 */

import { Suite } from "../behaviour.ts";

/** CPython's `test_selector_events`: what holds for every transport, whatever moves its bytes. */
export const selectorEvents: Suite = new Suite("test_selector_events");
