/**
 * What the behaviours of locks share.
 *
 * @module
 */

import { Suite } from "../behaviour.ts";

/** CPython's `test_locks`. */
export const locks = new Suite("test_locks");
