/**
 * What the behaviours of queues share.
 *
 * @module
 */

import { LifoQueue, PriorityQueue, Queue } from "../../../loop/queues.ts";
import { Suite } from "../behaviour.ts";

/** CPython's `test_queues`. */
export const queues = new Suite("test_queues");

/** The classes of queues, for the tests that Python has for each. */
export const QUEUES = [Queue, LifoQueue, PriorityQueue] as const;
