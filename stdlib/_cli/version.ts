/**
 * Which Tulip this is, for `--version`.
 *
 * @module
 */

/** The version of the package, as in deno.json. */
export const VERSION = "0.1.0";
