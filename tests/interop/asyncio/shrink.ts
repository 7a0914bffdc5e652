/**
 * Finds a small program among those that a large one is made of.
 *
 * @module
 */

import type { Program, Step } from "./program.ts";

/**
 * What a program becomes when one thing is left out, or taken out of what is around it.
 *
 * @param program The program.
 * @returns Programs, each a little smaller.
 */
export function smaller(program: Program): Program[] {
  return without(program.main, false).map((main) => ({ ...program, main: main as Step[] }));
}

function without(list: unknown[], inGroup: boolean): unknown[][] {
  const found: unknown[][] = [];
  for (const [index, element] of list.entries()) {
    const others = (put: unknown[]) => list.toSpliced(index, 1, ...put);
    found.push(others([]));
    if (!isObject(element)) continue;
    const inside = inGroup || element.op === "group";
    for (const [key, value] of Object.entries(element)) {
      // What starts tasks in a group makes no sense outside of it, nor what waits for a condition.
      const isBound = inside !== inGroup || element.op === "locked";
      if (isBlock(element, key, value) && !isBound) found.push(others(value));
      for (const less of withoutIn(key, value, inside)) {
        found.push(others([{ ...element, [key]: less }]));
      }
    }
  }
  return found;
}

function withoutIn(key: string, value: unknown, inGroup: boolean): unknown[] {
  if (Array.isArray(value)) {
    // No step starts nothing.
    return without(value, inGroup).filter((list) => key !== "items" || list.length > 0);
  }
  if (!isObject(value) || !Array.isArray(value.body)) return [];
  return without(value.body, inGroup).map((body) => ({ ...value, body }));
}

function isBlock(step: Record<string, unknown>, key: string, value: unknown): value is unknown[] {
  return step.op !== undefined && ["body", "handler", "last"].includes(key) && Array.isArray(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
