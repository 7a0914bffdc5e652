/**
 * CPython's `test_futures`.
 *
 * @module
 */

import "./futures/callbacks.ts";
import "./futures/reports.ts";
import "./futures/states.ts";
import "./futures/wrapping.ts";

export { futures } from "./futures/suite.ts";
