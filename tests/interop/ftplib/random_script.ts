/**
 * Scripts made at random, for the comparison with Python's ftplib.
 *
 * @module
 */

import fc from "npm:fast-check@4.10.2";
import type { Script, Step } from "./steps.ts";

const name = fc.constantFrom(
  "a.txt",
  "b.bin",
  "ž š.txt",
  "empty",
  "sub",
  "sub/c",
  "sub/new",
  "new",
  "none/new",
  "/a.txt",
);
const folder = fc.constantFrom("", "sub", "new", "..", "/", "/sub", "none", "a.txt");
const text = fc.string({ maxLength: 40, unit: fc.constantFrom("a", "ž", "\n", "\r\n", " ", "\0") });
const rest = fc.option(fc.nat(20), { nil: undefined });

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(fc.constantFrom("pwd" as const)),
  fc.tuple(fc.constantFrom("cwd" as const), folder),
  fc.tuple(fc.constantFrom("mkd" as const, "rmd" as const), folder.filter((path) => path !== "")),
  fc.tuple(fc.constantFrom("delete" as const, "size" as const), name),
  fc.tuple(fc.constant("rename" as const), name, name),
  fc.tuple(fc.constantFrom("nlst" as const, "dir" as const)),
  fc.tuple(fc.constant("mlsd" as const), folder),
  fc.tuple(fc.constant("retrbinary" as const), name.map((path) => `RETR ${path}`), rest),
  fc.tuple(fc.constant("retrlines" as const), name.map((path) => `RETR ${path}`)),
  fc.tuple(
    fc.constant("storbinary" as const),
    fc.tuple(fc.constantFrom("STOR", "APPE"), name).map((words) => words.join(" ")),
    text,
  ),
  fc.tuple(fc.constant("storlines" as const), name.map((path) => `STOR ${path}`), text),
  fc.tuple(
    fc.constantFrom("sendcmd" as const, "voidcmd" as const),
    fc.constantFrom("NOOP", "SYST", "TYPE A", "TYPE I", "XYZZY", "STAT /none"),
  ),
);

/** Any script. */
export const anyScript: fc.Arbitrary<Script> = fc.record({
  steps: fc.array(step, { minLength: 5, maxLength: 15 }),
  passive: fc.boolean(),
});
