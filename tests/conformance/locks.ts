/**
 * CPython's `test_locks`.
 *
 * @module
 */

import "./locks/lock.ts";
import "./locks/event.ts";
import "./locks/condition.ts";
import "./locks/cancelled_condition.ts";
import "./locks/semaphore.ts";
import "./locks/barrier.ts";
import "./locks/broken_barrier.ts";

export { locks } from "./locks/suite.ts";
