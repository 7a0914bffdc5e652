/**
 * CPython's `test_server`.
 *
 * @module
 */

import "./servers/serving.ts";
import "./servers/unix_files.ts";

export { servers } from "./servers/suite.ts";
