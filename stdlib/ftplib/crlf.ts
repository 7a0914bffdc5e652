/**
 * Lines of text on their way to the server: each ends in CRLF, whatever it
 * ended in before (RFC 959 §3.1.1.1).
 *
 * @module
 */

import { TooLargeError } from "./errors.ts";

const LF = 10;
const CR = 13;
const NEWLINE = new Uint8Array([CR, LF]);

/** The most bytes that are looked at once. */
const PIECE = 65_536;

/**
 * Ends every line in CRLF: lines that end in LF, in CRLF, or in nothing because
 * they are the last. A CR within a line stays as it is.
 *
 * @param source The text, cut anywhere.
 * @param maxLineLength The longest line.
 * @returns Whole lines, as many at once as came in one piece.
 * @throws {TooLargeError} If a line is longer.
 */
export async function* endLinesInCrlf(
  source: Uint8Array | AsyncIterable<Uint8Array>,
  maxLineLength: number,
): AsyncGenerator<Uint8Array, void, void> {
  let rest: Uint8Array = new Uint8Array();
  for await (const chunk of source instanceof Uint8Array ? [source] : source) {
    for (let from = 0; from < chunk.length; from += PIECE) {
      const piece = join(rest, chunk.subarray(from, from + PIECE));
      const end = piece.lastIndexOf(LF) + 1;
      rest = piece.slice(end);
      if (rest.length > maxLineLength) throw tooLong(maxLineLength);
      if (end > 0) yield withCrlf(piece.subarray(0, end), maxLineLength);
    }
  }
  if (rest.length === 0) return;
  yield join(rest.at(-1) === CR ? rest.subarray(0, -1) : rest, NEWLINE);
}

/**
 * Cuts text whose lines end in CRLF into these lines.
 *
 * @param text Whole lines.
 * @returns The lines, each with its CRLF.
 */
export function* linesOf(text: Uint8Array): Generator<Uint8Array, void, void> {
  for (let start = 0; start < text.length;) {
    const end = text.indexOf(LF, start) + 1;
    yield text.slice(start, end);
    start = end;
  }
}

function withCrlf(lines: Uint8Array, maxLineLength: number): Uint8Array {
  let bare = 0;
  for (let start = 0; start < lines.length;) {
    const end = lines.indexOf(LF, start);
    if (end - start > maxLineLength) throw tooLong(maxLineLength);
    if (lines[end - 1] !== CR || end === start) bare++;
    start = end + 1;
  }
  if (bare === 0) return lines;
  const ended = new Uint8Array(lines.length + bare);
  let at = 0;
  for (let start = 0; start < lines.length;) {
    const end = lines.indexOf(LF, start);
    const line = lines.subarray(start, end > start && lines[end - 1] === CR ? end - 1 : end);
    ended.set(line, at);
    ended.set(NEWLINE, at + line.length);
    at += line.length + 2;
    start = end + 1;
  }
  return ended;
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function tooLong(maxLineLength: number): TooLargeError {
  return new TooLargeError(
    `Cannot send a line of more than ${maxLineLength} bytes; raise maxLineLength, or upload it in ` +
      "binary",
    "maxLineLength",
    maxLineLength,
    { origin: "usage" },
  );
}
