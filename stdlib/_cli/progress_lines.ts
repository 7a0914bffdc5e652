/**
 * What progress looks like on a terminal: lines of text from numbers and a width. Pure.
 *
 * @module
 */

import { cellsOf, fit, visible } from "./cells.ts";
import { formatBytes, formatRate, formatTime } from "./format.ts";
import { timeLeft } from "./rate.ts";

/** How far something is. */
export interface Advance {
  /** What it is called. */
  readonly name: string;
  /** How many bytes are there. */
  readonly transferred: number;
  /** How many there will be, where that is known. */
  readonly total?: number;
  /** How fast it goes, in bytes per second, where that is known. */
  readonly rate?: number;
}

/** The widths below which a column is left out, the least telling first. */
const BAR_FROM = 72;
const NAME = 0.32;
const LONGEST_NAME = 40;

/**
 * Draws one line: name, part of the whole, bar, size, speed, and the time that it will still take.
 * What does not fit is left out, the bar first.
 *
 * @param advance How far it is.
 * @param width The cells that there are.
 * @returns The line, at most so wide.
 */
export function progressLine(advance: Advance, width: number): string {
  const { name, transferred, total, rate } = advance;
  const part = total === undefined
    ? undefined
    : total === 0
    ? 1
    : Math.min(1, Math.max(0, transferred / total));
  const percent = part === undefined ? "    " : `${Math.floor(part * 100)}%`.padStart(4);
  const remaining = timeLeft(total === undefined ? undefined : total - transferred, rate);
  const columns = [
    percent,
    formatBytes(transferred).padStart(10),
    (rate === undefined ? "" : formatRate(rate)).padStart(12),
    (remaining === undefined ? "-:--" : formatTime(remaining)).padStart(8),
  ];
  const shown = visible(name);
  let size = width >= BAR_FROM ? Math.min(LONGEST_NAME, Math.floor(width * NAME)) : 0;
  if (size > 0) {
    const [head, ...tail] = columns;
    const bar = width - size - columns.reduce((sum, column) => sum + column.length + 1, 0) - 1;
    return [fit(shown, size), head, barOf(part, bar), ...tail].join(" ");
  }
  // On narrow terminals the speed goes first, then the time, then the size; the name stays longest.
  for (const least of [12, 12, 12]) {
    size = width - columns.reduce((sum, column) => sum + column.length + 1, 0);
    if (size >= least) break;
    columns.splice(columns.length > 3 ? 2 : columns.length - 1, 1);
  }
  size = width - columns.reduce((sum, column) => sum + column.length + 1, 0);
  if (size < 1) return percent.trim().slice(0, Math.max(0, width));
  return [fit(shown, size), ...columns].join(" ");
}

function barOf(part: number | undefined, width: number): string {
  const inner = Math.max(0, width - 2);
  if (part === undefined) return `[${" ".repeat(inner)}]`;
  const full = Math.floor(part * inner);
  const head = full > 0 && full < inner ? ">" : "";
  return `[${"=".repeat(full - head.length)}${head}${" ".repeat(inner - full)}]`;
}

/** All that is shown at once. */
export interface Board {
  /** What is going on, the oldest first. */
  readonly running: readonly Advance[];
  /** The whole, where there is more than one thing to do. */
  readonly whole?: Advance;
}

/**
 * Draws all lines.
 *
 * @param board What is going on.
 * @param size The cells and lines that there are.
 * @returns The lines; fewer than the terminal has, so that it does not scroll.
 */
export function progressBoard(
  { running, whole }: Board,
  { columns, rows }: { columns: number; rows: number },
): string[] {
  // In the last cell of a line some terminals wrap.
  const width = Math.max(1, columns - 1);
  const room = Math.max(1, rows - 1 - (whole ? 1 : 0));
  const fits = running.length <= room;
  const lines = running.slice(0, fits ? room : Math.max(0, room - 1))
    .map((advance) => progressLine(advance, width));
  if (!fits) lines.push(fit(`… and ${running.length - lines.length} more`, width).trimEnd());
  if (whole) lines.push(progressLine(whole, width));
  return lines;
}

/**
 * Tells how many lines of a terminal something takes that was drawn when it was wider.
 *
 * @param lines The lines as they were drawn.
 * @param columns How wide the terminal is now.
 * @returns The number of lines.
 */
export function rowsOf(lines: readonly string[], columns: number): number {
  return lines.reduce((rows, line) => rows + Math.max(1, Math.ceil(cellsOf(line) / columns)), 0);
}
