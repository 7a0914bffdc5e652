/**
 * How much room text takes on a terminal, and how to make it fit. Pure.
 *
 * @module
 */

/**
 * Makes text safe to show: what moves the cursor, rings, or reorders text is shown as `\x1b` or
 * `\u202e`. A server chooses the names of its files.
 *
 * @param text The text.
 * @returns One line, without any control character.
 */
export function visible(text: string): string {
  return text.replace(UNSAFE, (character) => {
    const code = character.charCodeAt(0).toString(16);
    return code.length <= 2 ? `\\x${code.padStart(2, "0")}` : `\\u${code.padStart(4, "0")}`;
  });
}

const UNSAFE =
  // deno-lint-ignore no-control-regex
  /[\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]/gu;

/**
 * Counts the cells that text takes: East Asian characters and emoji two, marks that sit on others
 * none (Unicode Standard Annex 11).
 *
 * @param text One line without control characters.
 * @returns The number of cells.
 */
export function cellsOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let cells = 0;
  for (const character of text) cells += cellsOfCharacter(character);
  return cells;
}

/**
 * Fills text up to a width, or cuts its middle out: of a path, both ends tell most.
 *
 * @param text One line without control characters.
 * @param width The cells that it shall take.
 * @returns Text of exactly so many cells.
 */
export function fit(text: string, width: number): string {
  if (width <= 0) return "";
  const cells = cellsOf(text);
  if (cells <= width) return text + " ".repeat(width - cells);
  const characters = [...text];
  let [head, tail] = ["", ""];
  let left = width - 1;
  for (let front = true; left > 0; front = !front) {
    const next = front ? characters.shift()! : characters.pop()!;
    const needed = cellsOfCharacter(next);
    if (needed > left) break;
    left -= needed;
    if (front) head += next;
    else tail = next + tail;
  }
  return `${head}…${tail}${" ".repeat(left)}`;
}

function cellsOfCharacter(character: string): number {
  if (/^[\p{Mn}\p{Me}]$/u.test(character)) return 0;
  const code = character.codePointAt(0)!;
  return WIDE.some(([first, last]) => code >= first && code <= last) ? 2 : 1;
}

/** The blocks whose characters are wide or full-width. */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xa000, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1f64f],
  [0x1f680, 0x1f6ff],
  [0x1f900, 0x1f9ff],
  [0x20000, 0x3fffd],
];
