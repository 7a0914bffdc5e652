/**
 * Which symbolic links of a server may be made here.
 *
 * @module
 */

import { nameHazard } from "../../../protocols/ftp/names.ts";

/**
 * Tells whether a link stays inside of its tree, wherever other links that do may lead: its target is
 * relative, goes up no further than to the root, and only at its beginning. A `..` behind a name could
 * go up from wherever a link of that name leads.
 *
 * @param path The path of the link, from the root on. What it lies in are true directories.
 * @param target Where it leads.
 * @returns Whether it does.
 */
export function staysInside(path: string, target: string): boolean {
  const parts = target.split("/");
  const depth = path.split("/").length - 1;
  let up = 0;
  while (parts[0] === ".." || parts[0] === ".") {
    if (parts.shift() === "..") up++;
  }
  if (up > depth) return false;
  // What goes up and nowhere else leads to a directory that it lies in itself.
  return parts.length > 0 && parts.every((part) => nameHazard(part) === undefined);
}
