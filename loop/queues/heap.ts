/**
 * A heap that gives the least first, and of equals the one that came first.
 *
 * @module
 */

import type { Compare } from "./order.ts";

interface Entry<T> {
  readonly item: T;
  /** The number of the item among all that came. */
  readonly number: number;
}

/** Items, the least first. A comparison that throws changes nothing. */
export class Heap<T> {
  readonly #compare: Compare<T>;
  #entries: Entry<T>[] = [];
  #came = 0;

  /**
   * Makes an empty heap.
   *
   * @param compare Says which of two items comes first.
   */
  constructor(compare: Compare<T>) {
    this.#compare = compare;
  }

  /** How many items there are. */
  get size(): number {
    return this.#entries.length;
  }

  /**
   * Adds an item.
   *
   * @param item The item.
   */
  push(item: T): void {
    const entries = this.#entries;
    const entry = { item, number: this.#came };
    const path: number[] = [];
    for (let at = entries.length; at > 0;) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(entry, entries[parent]!)) break;
      path.push(parent);
      at = parent;
    }
    this.#came += 1;
    place(entries, entry, entries.length, path);
  }

  /**
   * Takes the least.
   *
   * @returns The item, or `undefined` where there is none.
   */
  shift(): T | undefined {
    const entries = this.#entries;
    const [first] = entries;
    if (first === undefined) return undefined;
    const last = entries.length - 1;
    const path = this.#pathDown(entries[last]!, last);
    const entry = entries.pop()!;
    if (last > 0) place(entries, entry, 0, path);
    return first.item;
  }

  /** Drops everything. */
  clear(): void {
    this.#entries = [];
  }

  /** Where an entry sinks to from the top, in a heap of a size. */
  #pathDown(entry: Entry<T>, size: number): number[] {
    const entries = this.#entries;
    const path: number[] = [];
    for (let child = 1; child < size; child = 2 * child + 1) {
      const other = child + 1;
      if (other < size && this.#isBefore(entries[other]!, entries[child]!)) child = other;
      if (!this.#isBefore(entries[child]!, entry)) break;
      path.push(child);
    }
    return path;
  }

  #isBefore(a: Entry<T>, b: Entry<T>): boolean {
    const order = this.#compare(a.item, b.item);
    return order < 0 || !(order > 0) && a.number < b.number;
  }
}

/** Moves the entries of a path one place on, which begins at an index, and puts an entry at its end. */
function place<T>(entries: Entry<T>[], entry: Entry<T>, from: number, path: number[]): void {
  let free = from;
  for (const index of path) {
    entries[free] = entries[index]!;
    free = index;
  }
  entries[free] = entry;
}
