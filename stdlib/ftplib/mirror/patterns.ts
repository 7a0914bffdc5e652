/**
 * Patterns of paths, as `.gitignore` has them: which files of a tree are meant.
 *
 * @module
 */

/** A pattern, taken to pieces. */
export interface Pattern {
  /** What stands between its slashes; `**` stands for any number of directories. */
  readonly parts: readonly string[];
  /** Whether it begins with `!`, and takes back what patterns before it have matched. */
  readonly isNegated: boolean;
  /** Whether it ends with `/`, and is for directories alone. */
  readonly directoriesOnly: boolean;
}

/** How long a pattern may be. */
const MAX_LENGTH = 1_000;

/**
 * Reads a pattern.
 *
 * - `*` stands for any text without a slash, `?` for one character, `[a-z]` for one of several,
 *   `[!a-z]` for one that is none of them; a `\` before a character takes its meaning away.
 * - `**` between slashes stands for any number of directories, also for none.
 * - Without a slash, or with one at its end alone, a pattern is for names in any directory; with one
 *   elsewhere, `/` at its beginning included, for paths from the root on.
 * - With `/` at its end it is for directories alone.
 * - With `!` before it, it takes back what patterns before it have matched.
 *
 * @param text The pattern.
 * @returns It, taken to pieces.
 * @throws {TypeError} If it is empty, or longer than 1000 characters.
 */
export function parsePattern(text: string): Pattern {
  const isNegated = text.startsWith("!");
  const whole = isNegated ? text.slice(1) : text;
  const directoriesOnly = whole.endsWith("/");
  const path = whole.replace(/\/+$/, "");
  if (path === "" || text.length > MAX_LENGTH) {
    throw new TypeError(
      `Cannot use ${JSON.stringify(text.slice(0, 50))} as a pattern: need 1 to ${MAX_LENGTH} ` +
        "characters beside slashes",
    );
  }
  const parts = path.replace(/^\/+/, "").split(/\/+/);
  if (!path.includes("/")) parts.unshift("**");
  // What is in a directory is meant, and not the directory.
  if (parts.at(-1) === "**") parts.push("*");
  return { parts, isNegated, directoriesOnly };
}

/**
 * Tells whether a path fits a pattern, `!` left aside. The work grows with the product of the two
 * lengths, whatever the pattern: there is none that takes for ever.
 *
 * @param pattern The pattern.
 * @param path The path from the root on, without a slash at either end.
 * @param isDirectory Whether it is the path of a directory.
 * @returns Whether it fits.
 */
export function fits(pattern: Pattern, path: string, isDirectory: boolean): boolean {
  if (pattern.directoriesOnly && !isDirectory) return false;
  const names = path.split("/");
  return matchesSequence(
    pattern.parts,
    names,
    (part) => part === "**",
    (part, name) => matchesName(part, name),
  );
}

/**
 * Tells whether patterns match a path: the last one that fits decides, as in `.gitignore`.
 *
 * @param patterns The patterns.
 * @param path The path from the root on.
 * @param isDirectory Whether it is the path of a directory.
 * @returns Whether they do.
 */
export function matches(
  patterns: readonly Pattern[],
  path: string,
  isDirectory: boolean,
): boolean {
  const last = patterns.findLast((pattern) => fits(pattern, path, isDirectory));
  return last !== undefined && !last.isNegated;
}

/** Tells whether a name without slashes fits one part of a pattern. */
function matchesName(part: string, name: string): boolean {
  return matchesSequence(
    pieces(part),
    Array.from(name),
    (piece) => piece === "*",
    (piece, character) => piece === "?" || pieceMatches(piece, character),
  );
}

/** Matches from left to right: when something does not fit, only the last star takes one more. */
function matchesSequence<P, T>(
  pattern: readonly P[],
  items: readonly T[],
  isStar: (piece: P) => boolean,
  isEqual: (piece: P, item: T) => boolean,
): boolean {
  let p = 0;
  let i = 0;
  let star = -1;
  let taken = 0;
  while (i < items.length) {
    if (p < pattern.length && isStar(pattern[p]!)) {
      star = p++;
      taken = i;
    } else if (p < pattern.length && isEqual(pattern[p]!, items[i]!)) {
      p++;
      i++;
    } else if (star >= 0) {
      p = star + 1;
      i = ++taken;
    } else {
      return false;
    }
  }
  while (p < pattern.length && isStar(pattern[p]!)) p++;
  return p === pattern.length;
}

const parsed = new Map<string, readonly string[]>();

/** The characters, sets and stars of a part: `a`, `[a-z]`, `*`, `?`, `\*`. */
function pieces(part: string): readonly string[] {
  let known = parsed.get(part);
  if (known === undefined) {
    known = part.match(/\\.|\[[!^]?\]?[^\]]*\]|./gsu) ?? [];
    // Programs have few patterns; one that makes new ones for ever must not fill the memory.
    if (parsed.size >= 1_000) parsed.clear();
    parsed.set(part, known);
  }
  return known;
}

function pieceMatches(piece: string, character: string): boolean {
  if (piece.length > 1 && piece.startsWith("\\")) return piece.slice(1) === character;
  if (piece.length < 3 || !piece.startsWith("[")) return piece === character;
  const isNegated = piece[1] === "!" || piece[1] === "^";
  const set = Array.from(piece.slice(isNegated ? 2 : 1, -1));
  let isIn = false;
  for (let at = 0; at < set.length; at++) {
    const isRange = set[at + 1] === "-" && at + 2 < set.length;
    const [first, last] = [set[at]!, set[isRange ? at + 2 : at]!];
    if (isRange) at += 2;
    isIn ||= first <= character && character <= last;
  }
  return isIn !== isNegated;
}
