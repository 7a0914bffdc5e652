/**
 * Loaded before the tests on the old Deno: leaves out those that `run.ts` names in
 * `TULIP_LEAVE_OUT`. They count as ignored.
 *
 * @module
 */

const leftOut = new Set<string>(JSON.parse(Deno.env.get("TULIP_LEAVE_OUT") ?? "[]"));
const register = Deno.test;

(Deno as { test: typeof Deno.test }).test = Object.assign(
  (...args: Parameters<typeof Deno.test>) => {
    const [first] = args as unknown[];
    const name = typeof first === "string" ? first : (first as { name: string }).name;
    if (leftOut.has(name)) register.ignore(...args);
    else register(...args);
  },
  register,
);
