/**
 * The suite of CPython's `test_server`.
 *
 * @module
 */

import { Suite } from "../behaviour.ts";

/** CPython's `test_server`. */
export const servers: Suite = new Suite("test_server");
