/**
 * docs/errors.md, which shows errors as they really are.
 *
 * @module
 */

import assert from "node:assert/strict";

const page = await Deno.readTextFile(new URL("../../docs/errors.md", import.meta.url));
/** The page breaks long lines, and its ports are made up. */
const flowed = page.replace(/\s+(> )?/g, " ").replace(/:\d{2,5}\b/g, ":PORT").replaceAll(
  "\\*",
  "*",
);

/** A label of 64 letters is one too long for DNS, so that no name server is ever asked. */
export const UNRESOLVABLE = `${"m".repeat(64)}.invalid`;

/** The page shows the error as it really is, name and message. */
export async function isShown(provoke: () => PromiseLike<unknown>): Promise<void> {
  try {
    await provoke();
  } catch (error) {
    assert.ok(error instanceof Error);
    // What the TLS library says in parentheses tells the time of day.
    const words = error.message.replace(/ \(invalid peer certificate: .*\)$/, "")
      .replaceAll(UNRESOLVABLE, "mail.invalid");
    const message = words.replace(/:\d{2,5}\b/g, ":PORT").replace(/\s+/g, " ");
    const shown = `${error.name}: ${message}`;
    assert.ok(flowed.includes(shown), `docs/errors.md does not show:\n${shown}`);
    return;
  }
  assert.fail("no error came");
}
