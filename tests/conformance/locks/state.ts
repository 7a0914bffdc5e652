/**
 * What locks say of themselves, as Python's tests look at it.
 *
 * @module
 */

import assert from "node:assert/strict";

const STATE =
  /^<\w+ \[(set|unset|locked|unlocked|filling|draining|resetting|broken)(, value:\d)?(, waiters:\d+)?(\/\d+)?\]>$/;

/** How many wait for a lock, by what it says of itself. */
export function waiters(lock: { toString(): string }): number {
  return Number(/waiters:(\d+)/.exec(String(lock))?.[1] ?? 0);
}

/** Asserts what a lock says of itself, between brackets. */
export function assertState(lock: { toString(): string }, state: string): void {
  assert.match(String(lock), STATE);
  assert.ok(String(lock).endsWith(` [${state}]>`), `${lock} is not [${state}]`);
}
