/**
 * In which order the records of a name are to be tried.
 *
 * @module
 */

/** A number from 0, included, to 1, excluded. */
export type Random = () => number;

/** What an order of mail servers needs to know. */
export interface Preferred {
  /** The lower, the sooner. */
  readonly preference: number;
}

/** What an order of servers needs to know. */
export interface Weighted {
  /** The lower, the sooner. */
  readonly priority: number;
  /** Among those of the same priority: the higher, the more often it comes first. */
  readonly weight: number;
}

/**
 * Orders mail servers: by preference, and at random among equals (RFC 5321
 * §5.1).
 *
 * @param records The records; they stay as they are.
 * @param random Where chance comes from.
 * @returns The records, the first to be tried first.
 *
 * @example
 * ```ts
 * import { orderByPreference } from "https://tulip.example/protocols/dns/order.ts";
 * import assert from "node:assert/strict";
 *
 * const ordered = orderByPreference([{ preference: 20 }, { preference: 10 }], Math.random);
 * assert.deepEqual(ordered, [{ preference: 10 }, { preference: 20 }]);
 * ```
 */
export function orderByPreference<Record extends Preferred>(
  records: readonly Record[],
  random: Random,
): Record[] {
  return shuffled(records, random).sort((one, other) => one.preference - other.preference);
}

/**
 * Orders servers: by priority, and among equals by chance, the weightier the
 * more often first (RFC 2782, *Usage rules*).
 *
 * @param records The records; they stay as they are.
 * @param random Where chance comes from.
 * @returns The records, the first to be tried first.
 */
export function orderByWeight<Record extends Weighted>(
  records: readonly Record[],
  random: Random,
): Record[] {
  const ordered: Record[] = [];
  const byPriority = Map.groupBy(records, ({ priority }) => priority);
  for (const priority of [...byPriority.keys()].sort((one, other) => one - other)) {
    // Those without weight come first, so that they have a very small chance, too.
    const left = byPriority.get(priority)!.sort((one, other) => one.weight - other.weight);
    while (left.length > 0) {
      const sum = left.reduce((sum, { weight }) => sum + weight, 0);
      const drawn = Math.floor(random() * (sum + 1));
      let running = 0;
      const index = left.findIndex(({ weight }) => (running += weight) >= drawn);
      ordered.push(...left.splice(Math.max(index, 0), 1));
    }
  }
  return ordered;
}

function shuffled<Record>(records: readonly Record[], random: Random): Record[] {
  const list = [...records];
  for (let last = list.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [list[last], list[other]] = [list[other]!, list[last]!];
  }
  return list;
}
