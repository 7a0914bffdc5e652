/**
 * Latin-1 (ISO 8859-1): every byte is the code point of the same number.
 *
 * Lines of a protocol travel through the codecs in this form, because it loses
 * nothing whatever their encoding really is. `TextDecoder("latin1")` cannot do
 * it: by the Encoding Standard that label means windows-1252.
 *
 * @module
 */

type Slice = (this: Uint8Array, start: number, end: number) => string;

let nativeSlice: Slice | null | undefined;

/**
 * Decodes bytes as latin-1. Cannot fail, loses nothing.
 *
 * @param bytes The bytes.
 * @param start The first byte to decode.
 * @param end The byte to stop before.
 * @returns A string with one UTF-16 unit, U+0000 to U+00FF, for each byte.
 *
 * @example
 * ```ts
 * import { decodeLatin1 } from "https://tulip.example/protocols/text/latin1.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(decodeLatin1(new Uint8Array([0x31, 0x80, 0xff])), "1\x80\xff");
 * ```
 */
export function decodeLatin1(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  // Node's Buffer does this natively, ten times as fast as any loop. Looked up
  // at the first use and not before, since a runtime may define it late.
  if (nativeSlice === undefined) nativeSlice = findNativeSlice();
  const from = Math.min(Math.max(start, 0), bytes.length);
  const to = Math.min(Math.max(end, from), bytes.length);
  return nativeSlice === null ? decodeInPieces(bytes, from, to) : nativeSlice.call(bytes, from, to);
}

/**
 * Encodes a string as latin-1.
 *
 * @param text A string of code points up to U+00FF.
 * @returns One byte for each.
 * @throws {TypeError} If a code point is above U+00FF. Cutting it down to a byte could make a line
 * end out of a letter: U+010A would become LF.
 */
export function encodeLatin1(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  // ASCII is the same in UTF-8, and the platform's encoder is faster than a loop.
  let index = new TextEncoder().encodeInto(text, bytes).read;
  if (index === text.length) return bytes;
  for (index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit > 0xff) {
      const point = text.codePointAt(index) as number;
      throw new TypeError(
        `Cannot encode U+${point.toString(16).toUpperCase().padStart(4, "0")} at index ` +
          `${index} as latin-1`,
      );
    }
    bytes[index] = unit;
  }
  return bytes;
}

function findNativeSlice(): Slice | null {
  const { Buffer } = globalThis as { Buffer?: { prototype?: { latin1Slice?: unknown } } };
  const slice = Buffer?.prototype?.latin1Slice;
  return typeof slice === "function" ? slice as Slice : null;
}

// A call takes its arguments on the stack, so only so many at once.
const PIECE = 8192;

function decodeInPieces(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at += PIECE) {
    text += String.fromCharCode(...bytes.subarray(at, Math.min(at + PIECE, end)));
  }
  return text;
}
