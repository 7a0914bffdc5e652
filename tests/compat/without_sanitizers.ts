/**
 * Loaded before the tests on the old Deno: switches its sanitizers off. Leaks are looked for on
 * the newest; the old one counts a timer that is about to be cleared, and a handle that its own
 * `Deno.connect` leaves behind when it fails.
 *
 * @module
 */

const register = Deno.test;
const off = { sanitizeOps: false, sanitizeResources: false };

type Run = (context: Deno.TestContext) => void | Promise<void>;

/** Brings every way of calling `Deno.test` into one. */
function definition(args: unknown[]): Deno.TestDefinition {
  const parts: Partial<Deno.TestDefinition> = {};
  for (const part of args) {
    if (typeof part === "string") parts.name = part;
    else if (typeof part === "object") Object.assign(parts, part);
    else if (typeof part === "function") {
      parts.fn = part as Run;
      parts.name ??= part.name;
    }
  }
  return { ...parts as Deno.TestDefinition, ...off };
}

(Deno as { test: unknown }).test = Object.assign(
  (...args: unknown[]) => register(definition(args)),
  register,
  {
    ignore: (...args: unknown[]) => register.ignore(definition(args)),
    only: (...args: unknown[]) => register.only(definition(args)),
  },
);
