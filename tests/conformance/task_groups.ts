/**
 * CPython's `test_taskgroups`.
 *
 * @module
 */

import "./task_groups/endings.ts";
import "./task_groups/rules.ts";

export { taskGroups } from "./task_groups/suite.ts";
