/**
 * CPython's `test_subprocess`, and what `test_events` says of child processes.
 *
 * @module
 */

import "./subprocesses/streams.ts";
import "./subprocesses/redirections.ts";
import "./subprocesses/endings.ts";
import "./subprocesses/refusals.ts";
import "./subprocesses/transports.ts";

export { subprocesses } from "./subprocesses/suite.ts";
