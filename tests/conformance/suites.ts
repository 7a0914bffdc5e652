/**
 * All behaviours, by CPython's test modules.
 *
 * @module
 */

import type { Suite } from "./behaviour.ts";

/** The suites, in the order of the table. */
export const SUITES: readonly Suite[] = [];
