/**
 * The suites of CPython's `test_transports`, `test_protocols` and `test_buffered_proto`.
 *
 * @module
 */

import { Suite } from "../behaviour.ts";

/** CPython's `test_transports`. */
export const transports: Suite = new Suite("test_transports");

/** CPython's `test_protocols`. */
export const protocols: Suite = new Suite("test_protocols");

/** CPython's `test_buffered_proto`. */
export const bufferedProto: Suite = new Suite("test_buffered_proto");
