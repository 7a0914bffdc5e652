/**
 * What of a tree is mirrored.
 *
 * @module
 */

import { matches, parsePattern, type Pattern } from "./patterns.ts";
import type { MirrorCandidate, MirrorPlanOptions } from "./types.ts";

/** What patterns and a filter leave of a tree. */
export class Choice {
  /** Whether directories are only made for what is in them. */
  readonly isPartial: boolean;
  readonly #exclude: readonly Pattern[];
  readonly #include: readonly Pattern[] | undefined;
  readonly #filter: MirrorPlanOptions["filter"];

  /**
   * Reads the patterns.
   *
   * @param options The patterns and the filter.
   * @throws {TypeError} If a pattern is none.
   */
  constructor({ exclude = [], include, filter }: MirrorPlanOptions) {
    this.#exclude = exclude.map(parsePattern);
    this.#include = include?.map(parsePattern);
    this.#filter = filter;
    this.isPartial = include !== undefined;
  }

  /**
   * Tells whether something is mirrored, as far as it is in a directory that is.
   *
   * @param candidate What is known of it.
   * @returns Whether it is.
   */
  has(candidate: MirrorCandidate): boolean {
    const { path, type } = candidate;
    const isDirectory = type === "directory";
    if (matches(this.#exclude, path, isDirectory)) return false;
    if (!isDirectory && this.#include && !matches(this.#include, path, false)) return false;
    return this.#filter?.(candidate) ?? true;
  }
}
