/**
 * The lines of a file, decoded many at once.
 *
 * The file stands behind the line that was given out last, all the same, and
 * whoever iterates may use it in between.
 *
 * @module
 */

import type { WaitOptions } from "../../loop/wait.ts";
import type { FileCalls } from "./file_calls.ts";
import type { StreamReader } from "../streams/stream_reader.ts";

/** Makes something of lines. */
export interface LineCutter<T> {
  /**
   * Makes something of every line.
   *
   * @param bytes Whole lines, each with its LF; valid for this call.
   * @param ends Where each ends, behind its LF.
   */
  all(bytes: Uint8Array, ends: readonly number[]): T[];
  /** Makes something of one line, with its LF if it has one. */
  one(line: Uint8Array): T;
}

/** Lines as bytes with their ends. */
export const AS_BYTES: LineCutter<Uint8Array> = {
  all: (bytes, ends) => ends.map((end, index) => bytes.slice(ends[index - 1] ?? 0, end)),
  one: (line) => line,
};

/**
 * Lines as text (UTF-8) without their LF or CRLF.
 *
 * @param fatal Whether bytes that are no UTF-8 are an error.
 */
export function asText(fatal: boolean): LineCutter<string> {
  const decoder = new TextDecoder("utf-8", { fatal, ignoreBOM: true });
  const one = (line: Uint8Array) => withoutEnd(decoder.decode(line));
  return {
    all: (bytes) => decoder.decode(bytes).split("\n").slice(0, -1).map(withoutReturn),
    one,
  };
}

/**
 * Iterates over the lines that are left.
 *
 * @param calls The file.
 * @param options What may end each wait.
 * @param cutter What is made of them.
 */
export async function* linesOf<T>(
  calls: FileCalls,
  options: WaitOptions,
  cutter: LineCutter<T>,
): AsyncGenerator<T, void, void> {
  for (;;) {
    const batch = await calls.read(options, async (reader, wait) => ({
      ...await nextLines(reader, wait, { cutter, limit: calls.limit }),
      turn: calls.turn,
    }));
    if (batch.lines.length === 0) return;
    for (const [index, line] of batch.lines.entries()) {
      // Somebody else has used the file since: what is next must be looked at again.
      if (!calls.consume(batch.sizes[index]!, batch.turn)) break;
      yield line;
    }
  }
}

interface Lines<T> {
  /** The lines; none at the end. */
  readonly lines: readonly T[];
  /** How many bytes of what is buffered each takes. */
  readonly sizes: readonly number[];
}

// A line that somebody keeps holds the whole text that it was cut from, so texts stay small.
const AT_ONCE = 16_384;

async function nextLines<T>(
  reader: StreamReader,
  wait: WaitOptions,
  { cutter, limit }: { cutter: LineCutter<T>; limit: number },
): Promise<Lines<T>> {
  const buffered = await reader.borrow(wait);
  if (buffered === null) return { lines: [], sizes: [] };
  const ends = lineEnds(buffered, limit);
  const [first] = ends;
  if (first === undefined) {
    // Its end has not come, or it is too long, or the last.
    const line = await reader.readline(wait);
    return { lines: [cutter.one(line)], sizes: [0] };
  }
  const sizes = ends.map((end, index) => end - (ends[index - 1] ?? 0));
  try {
    return { lines: cutter.all(buffered.subarray(0, ends.at(-1)), ends), sizes };
  } catch {
    // One of them is no text. Which, shows when they are cut one by one.
    return { lines: [cutter.one(buffered.subarray(0, first))], sizes: [first] };
  }
}

/** Where whole lines end, of which none is too long. */
function lineEnds(bytes: Uint8Array, limit: number): number[] {
  const ends: number[] = [];
  for (let start = 0; start < AT_ONCE;) {
    const lf = bytes.indexOf(10, start);
    if (lf < 0 || lf - start > limit) break;
    ends.push(start = lf + 1);
  }
  return ends;
}

function withoutEnd(line: string): string {
  return withoutReturn(line.endsWith("\n") ? line.slice(0, -1) : line);
}

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}
