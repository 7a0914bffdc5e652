/**
 * What the workers of the regular-expression tester do: the module is imported there.
 *
 * @module
 */

import { runInNewContext } from "node:vm";

/** What a page asks. */
export interface Question {
  pattern: string;
  flags: string;
  text: string;
}

/** One match: where it begins and ends, in UTF-16 units, and what its groups hold. */
export interface Match {
  start: number;
  end: number;
  groups: (string | null)[];
}

/** What a page is told. */
export type Answer = { matches: Match[]; isAll: boolean } | { error: string };

/** The answer where looking for matches takes too long. */
export const STOPPED: Answer = { error: "Stopped: that takes too long" };

const MAX_MATCHES = 1_000;
const MAX_GROUP = 200;

/** Finds the matches, or says what is wrong with the pattern. */
export function findMatches({ pattern, flags, text }: Question, limit: number): Answer {
  try {
    const given = new RegExp(pattern, flags);
    const expression = given.global ? given : new RegExp(pattern, `${flags}g`);
    // Whoever waits for this may have given up before. But Deno does not end a worker in the
    // middle of a calculation (2.7 and later): that can be done only from here.
    return runInNewContext("find()", { find: () => find(expression, text) }, { timeout: limit });
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    if (code === "ERR_SCRIPT_EXECUTION_TIMEOUT") return STOPPED;
    // The engine repeats the whole pattern before it comes to the point.
    return { error: message.replace(/^Invalid regular expression: .*: /s, "") };
  }
}

function find(expression: RegExp, text: string): Answer {
  const matches: Match[] = [];
  for (const found of text.matchAll(expression)) {
    if (matches.length === MAX_MATCHES) return { matches, isAll: false };
    const groups = found.slice(1).map((group) => group?.slice(0, MAX_GROUP) ?? null);
    matches.push({ start: found.index, end: found.index + found[0].length, groups });
  }
  return { matches, isAll: true };
}
