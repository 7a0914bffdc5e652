/**
 * CPython's `test_base_events`.
 *
 * @module
 */

import "./base_events/scheduling.ts";
import "./base_events/running.ts";
import "./base_events/errors.ts";
import "./base_events/debugging.ts";
import "./base_events/making_tasks.ts";
import "./base_events/executors.ts";
import "./base_events/connections.ts";
import "./base_events/datagrams.ts";
import "./base_events/names.ts";

export { baseEvents } from "./base_events/suite.ts";
