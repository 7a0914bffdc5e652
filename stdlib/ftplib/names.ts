/**
 * Which names of a listing may become names of local files.
 *
 * @module
 */

import { nameHazard, type NameOptions } from "../../protocols/ftp/names.ts";

/**
 * Tells whether a name, as a server gave it, is safe as the name of a local
 * file: no path, no `..`, no device, no control characters; and on Windows none of
 * `<>:"|?*`, and no dot or space at its end. A listing is a stranger's words, and
 * `../.bashrc` is one of them.
 *
 * @param name The name, without the directory it is in.
 * @param options Which system it is for: this one unless given.
 * @returns Whether it is.
 *
 * @example
 * ```ts
 * import { isSafeName } from "https://tulip.example/stdlib/ftplib/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(isSafeName("report.txt"), true);
 * assert.equal(isSafeName("../.bashrc"), false);
 * ```
 */
export function isSafeName(
  name: string,
  { windows = Deno.build.os === "windows" }: NameOptions = {},
): boolean {
  return nameHazard(name, { windows }) === undefined;
}
