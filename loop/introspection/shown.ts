/**
 * Futures and tasks for people, as `console.log` shows them (Python's `asyncio.base_futures`).
 *
 * @module
 */

import type { Await } from "../awaits.ts";
import { DoneCallback, type FutureState, type Observers } from "../reactions.ts";
import type { Stack } from "./stack.ts";

/** Shows a value, as `Deno.inspect` does. */
export type Inspect = (value: unknown, options?: Readonly<Record<string, unknown>>) => string;

/** What is shown of a future. */
export interface Showable {
  /** How far it is. */
  readonly _state: FutureState;
  /** The result, or the exception. */
  readonly _value: unknown;
  /** Where it was made. Known in debug mode only. */
  readonly _madeAt: Stack | undefined;
  /** What it is, and how far. */
  toString(): string;
  /** What else there is to see. */
  _details(inspect: Inspect): string[];
}

interface Named {
  readonly name: string;
}

/** Of more callbacks, only the first and the last are named. */
const FEW_CALLBACKS = 2;
/** More of a result than this is left out, in characters. */
const LONG = 80;

const showing = new Set<Showable>();

/**
 * Shows a future.
 *
 * @param future The future.
 * @param inspect Shows its result.
 * @returns For example `<Future finished result=42>`. What contains itself is cut short.
 */
export function show(future: Showable, inspect: Inspect): string {
  if (showing.has(future)) return "...";
  showing.add(future);
  try {
    const details = future._details(inspect).map((detail) => ` ${detail}`);
    return String(future).replace(/>$/, () => `${details.join("")}>`);
  } finally {
    showing.delete(future);
  }
}

/**
 * What there is to see of a future besides its state.
 *
 * @param future The future.
 * @param observers What waits for it.
 * @param inspect Shows its result.
 * @returns Its result or exception, its callbacks, and in debug mode where it was made.
 */
export function detailsOf(future: Showable, observers: Observers, inspect: Inspect): string[] {
  const details: string[] = [];
  if (future._state === "finished") details.push(`result=${shortly(future._value, inspect)}`);
  if (future._state === "failed") details.push(`exception=${exception(future._value, inspect)}`);
  const callbacks = [observers ?? []].flat().filter((one) => one instanceof DoneCallback);
  if (callbacks.length > 0) details.push(`cb=[${listed(callbacks).join(", ")}]`);
  const [frame] = future._madeAt?.frames ?? [];
  if (frame !== undefined) details.push(`created at ${frame.fileName}:${frame.lineNumber}`);
  return details;
}

/**
 * What there is to see of a task, beyond a future.
 *
 * @param callback Its function; `null` once it is done.
 * @param awaits What it waits for.
 * @returns The function, and the futures, which are not told in detail.
 */
export function workOf(callback: Named | null, awaits: readonly Await[]): string[] {
  const waits = awaits.map(({ future }) => `waitFor=${future}`);
  return callback === null ? waits : [`coro=<${nameOf(callback)}>`, ...waits];
}

function nameOf({ name }: Named): string {
  return `${name || "anonymous"}()`;
}

function listed(callbacks: DoneCallback[]): string[] {
  const names = callbacks.map(({ callback }) => nameOf(callback));
  const hidden = names.length - FEW_CALLBACKS;
  if (hidden > 0) names.splice(1, hidden, `<${hidden} more>`);
  return names;
}

function exception(value: unknown, inspect: Inspect): string {
  return value instanceof Error ? shorten(String(value)) : shortly(value, inspect);
}

function shortly(value: unknown, inspect: Inspect): string {
  return shorten(inspect(value, { compact: true, breakLength: Infinity, depth: 2 }));
}

function shorten(text: string): string {
  return text.length <= LONG ? text : `${text.slice(0, LONG / 2)}...${text.slice(-LONG / 2)}`;
}
