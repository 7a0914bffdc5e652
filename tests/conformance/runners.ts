/**
 * CPython's `test_runners`.
 *
 * @module
 */

import "./runners/programs.ts";
import "./runners/interrupted.ts";

export { runners } from "./runners/suite.ts";
