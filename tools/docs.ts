/**
 * The gate of the documentation: every public name of every entry point of deno.json is
 * documented, and the package could be published as it stands.
 *
 * @module
 */

import config from "../deno.json" with { type: "json" };

const root = new URL("../", import.meta.url);

const documented = await deno("doc", "--lint", ...Object.values(config.exports));
const publishable = await deno("publish", "--dry-run", "--allow-dirty", "--quiet");
Deno.exit(documented && publishable ? 0 : 1);

async function deno(...args: string[]): Promise<boolean> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: root,
    stdout: "inherit",
    stderr: "inherit",
  }).spawn().status;
  return success;
}
