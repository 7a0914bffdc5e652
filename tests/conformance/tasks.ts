/**
 * CPython's `test_tasks`.
 *
 * @module
 */

import "./tasks/as_completed.ts";
import "./tasks/basics.ts";
import "./tasks/cancel.ts";
import "./tasks/cancel_messages.ts";
import "./tasks/contexts.ts";
import "./tasks/ensure_future.ts";
import "./tasks/gather.ts";
import "./tasks/introspection.ts";
import "./tasks/reports.ts";
import "./tasks/shield.ts";
import "./tasks/sleep.ts";
import "./tasks/threadsafe.ts";
import "./tasks/wait.ts";

export { tasks } from "./tasks/suite.ts";
