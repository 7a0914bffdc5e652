/**
 * CPython's `test_streams`.
 *
 * @module
 */

import "./streams/reading.ts";
import "./streams/lines.ts";
import "./streams/separators.ts";
import "./streams/connections.ts";
import "./streams/servers.ts";
import "./streams/closing.ts";

export { streams } from "./streams/suite.ts";
