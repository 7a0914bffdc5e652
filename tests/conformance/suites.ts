/**
 * All behaviours, by CPython's test modules.
 *
 * @module
 */

import type { Suite } from "./behaviour.ts";
import { contexts } from "./contexts.ts";
import { locks } from "./locks.ts";
import { queues } from "./queues.ts";
import "./runners/programs.ts";
import "./runners/interrupted.ts";
import { runners } from "./runners/suite.ts";
import "./task_groups/endings.ts";
import "./task_groups/rules.ts";
import { taskGroups } from "./task_groups/suite.ts";
import "./timeouts/endings.ts";
import "./timeouts/rules.ts";
import { timeouts } from "./timeouts/suite.ts";
import { waitForSuite } from "./wait_for.ts";

/** The suites, in the order of the table. */
export const SUITES: readonly Suite[] = [
  contexts,
  locks,
  queues,
  runners,
  taskGroups,
  timeouts,
  waitForSuite,
];
