/**
 * CPython's `test_events`, as far as it moves no bytes.
 *
 * @module
 */

import "./events/running.ts";
import "./events/signals.ts";
import "./events/handles.ts";
import "./events/meant_loop.ts";
import "./events/executors.ts";

export { events } from "./events/suite.ts";
