/**
 * Tests that need real servers or clients: skipped by name where one is absent, and failing
 * instead where nothing may be skipped.
 *
 * @module
 */

import { absence, type Program } from "./servers/installed.ts";

/** What an interop test needs. */
export interface InteropOptions {
  /** The programs that must be there. */
  needs: readonly Program[];
}

/**
 * Registers a test against programs of others.
 *
 * Where one of them is absent, the test is ignored and its name says so; with `TULIP_NO_SKIP=1` in
 * the environment it fails. `deno task servers` installs all of them on Debian.
 *
 * @param name What the test shows.
 * @param options What it needs.
 * @param body The test.
 */
export function interopTest(
  name: string,
  { needs }: InteropOptions,
  body: (context: Deno.TestContext) => void | Promise<void>,
): void {
  const absent = needs.map(absence).filter((reason) => reason !== undefined).join(", ");
  if (absent === "") {
    Deno.test(name, body);
  } else if (Deno.env.get("TULIP_NO_SKIP") === "1") {
    Deno.test(name, () => {
      throw new Error(`${absent}, and TULIP_NO_SKIP=1 allows no skip`);
    });
  } else {
    Deno.test({ name: `${name} (skipped: ${absent})`, ignore: true, fn: body });
  }
}
