/**
 * The order of values, as `<` has it in Python: numbers by size, strings by
 * their characters, lists element by element.
 *
 * @module
 */

/**
 * Says which of two values comes first.
 *
 * @param a A value.
 * @param b A value.
 * @returns Below 0 if it is `a`, above 0 if it is `b`, 0 if neither does.
 */
export type Compare<T> = (a: T, b: T) => number;

/**
 * Compares two values that have an order: numbers, strings, objects whose
 * `valueOf()` gives one of these (dates), and arrays of all of them.
 *
 * What has no order of its own, and stands in two arrays at the same place, is
 * passed over: so `[1, job]` and `[1, otherJob]` are equal.
 *
 * @param a A value.
 * @param b A value.
 * @returns Below 0 if `a` comes first, above 0 if `b` does, 0 if neither does.
 * @throws {TypeError} If they are of different kinds.
 * @throws {RangeError} If one is `NaN`.
 */
export function compare(a: unknown, b: unknown): number {
  const [x, y] = [primitive(a), primitive(b)];
  const kind = kindOf(x);
  if (kind !== kindOf(y)) {
    throw new TypeError(`Nothing says whether ${name(a)} or ${name(b)} comes first`);
  }
  switch (kind) {
    case "list":
      return compareLists(x as unknown[], y as unknown[]);
    case "none":
      return 0;
    default:
      return (x as number) < (y as number) ? -1 : (x as number) > (y as number) ? 1 : 0;
  }
}

/**
 * Whether a value has an order, or is an array that begins with one that has.
 *
 * @param value The value.
 * @returns `true` if it has.
 * @throws {RangeError} If it is `NaN`.
 */
export function hasOrder(value: unknown): boolean {
  const x = primitive(value);
  const kind = kindOf(x);
  if (kind !== "list") return kind !== "none";
  const list = x as unknown[];
  return list.length === 0 || hasOrder(list[0]);
}

/** Values that can be compared with one another; `"none"` for what cannot be compared at all. */
type Kind = "number" | "string" | "list" | "none";

function kindOf(value: unknown): Kind {
  switch (typeof value) {
    case "number":
      if (Number.isNaN(value)) throw new RangeError("NaN comes neither before nor after anything");
      return "number";
    case "bigint":
    case "boolean":
      return "number";
    case "string":
      return "string";
    default:
      return Array.isArray(value) ? "list" : "none";
  }
}

function compareLists(a: readonly unknown[], b: readonly unknown[]): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i += 1) {
    const order = compare(a[i], b[i]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function primitive(value: unknown): unknown {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject && typeof value.valueOf === "function" ? value.valueOf() : value;
}

function name(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "an array" : `a ${typeof value}`;
}
