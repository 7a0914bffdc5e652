/**
 * What the behaviours of runners share.
 *
 * @module
 */

import { Suite } from "../behaviour.ts";

/** CPython's `test_runners`. */
export const runners = new Suite("test_runners");
