/**
 * CPython's `test_queues`.
 *
 * @module
 */

import "./queues/basic.ts";
import "./queues/order.ts";
import "./queues/get.ts";
import "./queues/put.ts";
import "./queues/join.ts";
import "./queues/shutdown.ts";

export { queues } from "./queues/suite.ts";
