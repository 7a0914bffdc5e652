/**
 * What every codec is tested with: its events do not depend on how its input was
 * cut, and it reads back what it writes.
 *
 * @module
 */

import assert from "node:assert/strict";
import { decodeLatin1, encodeLatin1 } from "../protocols/text/latin1.ts";

/**
 * All the ways to cut bytes that a codec is fed with: whole, byte by byte, in
 * two at every place, and with an empty piece around each byte.
 */
export function* cuts(bytes: Uint8Array): Generator<Uint8Array[]> {
  yield [bytes];
  const single = Array.from(bytes, (_, index) => bytes.slice(index, index + 1));
  yield single;
  yield single.flatMap((byte) => [new Uint8Array(), byte, new Uint8Array()]);
  for (let at = 0; at <= bytes.length; at++) yield [bytes.slice(0, at), bytes.slice(at)];
}

/**
 * Feeds the same bytes in every cut, and checks that the outcome is the same.
 *
 * @param input The bytes, or a text in latin-1.
 * @param decode Makes a codec, feeds it the pieces, and returns what came out. An error that it
 * throws is an outcome too.
 * @returns What came out.
 */
export function sameHoweverCut<Outcome>(
  input: Uint8Array | string,
  decode: (pieces: readonly Uint8Array[]) => Outcome,
): Outcome {
  const bytes = typeof input === "string" ? encodeLatin1(input) : input;
  const whole = outcome(() => decode([bytes]));
  for (const pieces of cuts(bytes)) {
    const lengths = pieces.map((piece) => piece.length).join("+");
    assert.deepEqual(outcome(() => decode(pieces)), whole, `cut ${lengths}`);
  }
  if ("error" in whole) throw whole.error;
  return whole.value;
}

/** Checks that what is written is read back as it was. */
export function roundTrip<Value, Wire>(
  value: Value,
  encode: (value: Value) => Wire,
  decode: (wire: Wire) => Value,
): void {
  const wire = encode(value);
  assert.deepEqual(decode(wire), value, `by way of ${JSON.stringify(wire)}`);
}

/** Cuts bytes into lines as they arrive, as a connection does. What has no CRLF yet waits. */
export function linesOf(pieces: readonly Uint8Array[]): string[] {
  const lines: string[] = [];
  let waiting = "";
  for (const piece of pieces) {
    const parts = (waiting + decodeLatin1(piece)).split("\r\n");
    waiting = parts.pop() as string;
    lines.push(...parts);
  }
  return lines;
}

/** One line of a dialogue: who says it, and what. */
export interface Said {
  readonly who: "C" | "S";
  readonly line: string;
}

/** Reads a dialogue of `tests/transcripts`: `C:` and `S:` lines, and remarks after `#`. */
export function readTranscript(name: string): Said[] {
  const text = Deno.readTextFileSync(new URL(`transcripts/${name}`, import.meta.url));
  const said: Said[] = [];
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    assert.match(line, /^[CS]:(?: |$)/, `${name}: ${line}`);
    said.push({ who: line[0] as "C" | "S", line: line.slice(3) });
  }
  return said;
}

function outcome<Value>(run: () => Value): { value: Value } | { error: unknown } {
  try {
    return { value: run() };
  } catch (error) {
    return { error };
  }
}
