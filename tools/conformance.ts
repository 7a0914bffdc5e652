/**
 * Writes docs/conformance.md from the behaviours in tests/conformance.
 *
 * @module
 */

import { formatted } from "./markdown.ts";
import type { Behaviour, Suite, Verdict } from "../tests/conformance/behaviour.ts";
import { SUITES } from "../tests/conformance/suites.ts";

const PAGE = new URL("../docs/conformance.md", import.meta.url);

/**
 * Makes the page.
 *
 * @returns Its text, formatted as `deno fmt` would.
 */
export async function conformance(): Promise<string> {
  const all = SUITES.flatMap(({ behaviours }) => behaviours);
  const head = `# Conformance

<!-- Written by \`deno task conformance\` from tests/conformance: change the tests. -->

CPython's own tests of asyncio, as far as they test what a program can see, written afresh for Tulip
and run against its event loop: by the machine's clock, by a test clock, and in debug mode.

- **held** (${count(all, "held")}): the same steps, and the same outcome.
- **adapted** (${count(all, "adapted")}): the same promise, written or kept another way, for the
  reason given.
- **differs** (${
    count(all, "differs")
  }): JavaScript or the runtime cannot do it. The test shows what
  happens instead.

Beside them, programs made at random run with Tulip and with Python's asyncio, step by step alike
(\`tests/interop/asyncio\`).

| module | held | adapted | differs |
| --- | --: | --: | --: |
${SUITES.map(row).join("\n")}
`;
  return await formatted([head, ...SUITES.map(section)].join("\n"));
}

function row({ module, behaviours }: Suite): string {
  const counts = (["held", "adapted", "differs"] as const).map((it) => count(behaviours, it));
  return `| [\`${module}\`](#${module}) | ${counts.join(" | ")} |`;
}

function section({ module, behaviours }: Suite): string {
  const rows = behaviours.map(({ name, verdict, why }) => `| \`${name}\` | ${verdict} | ${why} |`);
  return `## ${module}

| CPython's test | here | why |
| --- | --- | --- |
${rows.join("\n")}
`;
}

function count(behaviours: readonly Behaviour[], verdict: Verdict): number {
  return behaviours.filter((behaviour) => behaviour.verdict === verdict).length;
}

if (import.meta.main) await Deno.writeTextFile(PAGE, await conformance());
