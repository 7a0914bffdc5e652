/**
 * Many small measurements by several programs, side by side, as one table: a row for each
 * measurement, a column for each program.
 *
 * @module
 */
// deno-lint-ignore-file no-console

import { type Entrant, inTurn } from "./side_by_side.ts";

/** What each program measured, best of all its passes: by its name, then by that of the row. */
export type Measured = Map<string, Map<string, number>>;

/**
 * Runs everybody in turn. Each tells `{"rows": {"name of the row": number}}`, and less is better.
 *
 * @param entrants Whom to run; several with the same name are one column.
 * @param passes How often.
 */
export async function measureRows(entrants: readonly Entrant[], passes: number): Promise<Measured> {
  const measured: Measured = new Map();
  for await (const { name, told } of inTurn(entrants, passes)) {
    const rows = told?.rows;
    if (typeof rows !== "object" || rows === null) throw new Error(`${name} told nothing`);
    const best = measured.get(name) ?? new Map<string, number>();
    measured.set(name, best);
    for (const [row, value] of Object.entries(rows)) {
      best.set(row, Math.min(value, best.get(row) ?? Infinity));
    }
  }
  return measured;
}

/** How a table is printed. */
export interface TableOptions {
  /** Digits after the point. */
  digits: number;
  /** Whether each figure is followed by its ratio to ours. */
  ratios: boolean;
}

/** Prints a table with the rows of the first entrant, which is ours: others have no more. */
export function printRows(title: string, measured: Measured, options: TableOptions): void {
  const { digits, ratios } = options;
  const [ours] = measured.values();
  const rows = [...ours!.keys()];
  for (const [name, column] of measured) {
    const unknown = [...column.keys()].find((row) => !ours!.has(row));
    if (unknown !== undefined) throw new Error(`Only ${name} has the row ${unknown}`);
  }
  const width = Math.max(title.length, ...rows.map((row) => row.length));
  const line = (head: string, cells: string[]): string =>
    `${head.padEnd(width)}  ${cells.map((cell) => cell.padStart(18)).join("")}`;

  console.log(`\n${line(title, [...measured.keys()])}`);
  for (const row of rows) {
    const base = ours!.get(row)!;
    const cells = [...measured.values()].map((column) => {
      const value = column.get(row);
      if (value === undefined) return "-";
      const ratio = ratios && column !== ours ? `(${ratioOf(value / base)} ×)` : "";
      return `${value.toFixed(digits)} ${ratio.padStart(8)}`;
    });
    console.log(line(row, cells));
  }
}

function ratioOf(ratio: number): string {
  return ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(0);
}
