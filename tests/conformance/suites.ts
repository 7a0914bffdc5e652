/**
 * All behaviours, by CPython's test modules.
 *
 * @module
 */

import type { Suite } from "./behaviour.ts";
import "./task_groups.ts";
import "./task_groups_rules.ts";
import { taskGroups } from "./task_groups_suite.ts";
import "./timeouts.ts";
import "./timeouts_rules.ts";
import { timeouts } from "./timeouts_suite.ts";
import { waitForSuite } from "./wait_for.ts";

/** The suites, in the order of the table. */
export const SUITES: readonly Suite[] = [taskGroups, timeouts, waitForSuite];
