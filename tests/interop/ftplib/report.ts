/**
 * Runs the whole matrix of ftplib, and writes docs/ftplib-interop.md from what came of it:
 * `deno run -A tests/interop/ftplib/report.ts`, on a machine with the servers.
 *
 * @module
 */
// deno-lint-ignore-file no-console

import { type Cell, Column, expected, MODES, OPERATIONS } from "./matrix.ts";
import type { Mode, Operation } from "./operation.ts";
import { PAGE, page } from "./page.ts";
import { nameOf, type Place, PLACES } from "./places.ts";

const cells = new Map<string, Cell>();
let failures = 0;

for (const place of PLACES) {
  for (const mode of MODES) {
    await using column = await Column.start(place, mode);
    for (const operation of OPERATIONS) {
      cells.set(keyOf(operation, place, mode), await outcomeOf(column, operation, place, mode));
    }
  }
}
await Deno.writeTextFile(
  PAGE,
  await page((operation, place, mode) => cells.get(keyOf(operation, place, mode))!),
);
console.log(`${cells.size} cells, ${failures} failures`);
if (failures > 0) Deno.exitCode = 1;

async function outcomeOf(
  column: Column,
  operation: Operation,
  place: Place,
  mode: Mode,
): Promise<Cell> {
  try {
    await column.run(operation);
    return expected(operation, place, mode);
  } catch (error) {
    failures++;
    console.error(`${nameOf(place)}, ${mode}: ${operation.name}: ${error}`);
    return { ok: false, why: "**failed**" };
  }
}

function keyOf({ name }: Operation, place: Place, mode: Mode): string {
  return `${name} ${nameOf(place)} ${mode}`;
}
