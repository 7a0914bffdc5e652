/**
 * CPython's `test_timeouts`.
 *
 * @module
 */

import "./timeouts/endings.ts";
import "./timeouts/rules.ts";

export { timeouts } from "./timeouts/suite.ts";
