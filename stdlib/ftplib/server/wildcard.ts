/**
 * Patterns of file names: `*` and `?`, as NLST and LIST take them.
 *
 * @module
 */

/**
 * Tells whether a name fits a pattern. A name that begins with a dot fits only
 * a pattern that does. Takes at most the product of the two lengths, whatever
 * the pattern.
 *
 * @param pattern `*` stands for any text, `?` for one character.
 * @param name The name.
 */
export function matchesWildcard(pattern: string, name: string): boolean {
  if (name.startsWith(".") && !pattern.startsWith(".")) return false;
  let p = 0;
  let n = 0;
  let star = -1;
  let resume = 0;
  while (n < name.length) {
    if (pattern[p] === "*") {
      star = p++;
      resume = n;
    } else if (pattern[p] === "?" || pattern[p] === name[n]) {
      p++;
      n++;
    } else if (star >= 0) {
      // The last star takes one character more; earlier ones need not be tried again.
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}
