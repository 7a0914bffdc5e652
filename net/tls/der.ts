/**
 * The little of DER (X.690 §8 to §10) that certificates are read with.
 *
 * @module
 */

/** One element: a tag, and what it holds. */
export interface DerElement {
  /** The first byte: class, form and number of the tag. */
  readonly tag: number;
  /** The contents. */
  readonly contents: Uint8Array<ArrayBuffer>;
}

/** Tags of elements. */
export const SEQUENCE = 0x30;
/** The tag of an object identifier. */
export const OBJECT_IDENTIFIER = 0x06;

/**
 * Reads the elements that stand one after the other.
 *
 * @param bytes DER.
 * @returns The elements; `undefined` if the bytes are not DER.
 */
export function elementsOf(bytes: Uint8Array<ArrayBuffer>): DerElement[] | undefined {
  const elements: DerElement[] = [];
  for (let at = 0; at < bytes.length;) {
    const tag = bytes[at]!;
    const length = lengthAt(bytes, at + 1);
    // Tags above 30 take more bytes; certificates have none.
    if (length === undefined || (tag & 0x1f) === 0x1f) return undefined;
    const end = length.start + length.size;
    if (end > bytes.length) return undefined;
    elements.push({ tag, contents: bytes.subarray(length.start, end) });
    at = end;
  }
  return elements;
}

/**
 * Writes an object identifier as people do (X.690 §8.19).
 *
 * @param contents The contents of its element.
 * @returns Its numbers, with dots between them.
 */
export function objectIdentifier(contents: Uint8Array): string {
  const numbers: number[] = [];
  let value = 0;
  for (const byte of contents) {
    value = value * 128 + (byte & 0x7f);
    if (byte & 0x80) continue;
    if (numbers.length === 0) {
      const first = Math.min(2, Math.floor(value / 40));
      numbers.push(first, value - 40 * first);
    } else {
      numbers.push(value);
    }
    value = 0;
  }
  return numbers.join(".");
}

function lengthAt(bytes: Uint8Array, at: number): { start: number; size: number } | undefined {
  const first = bytes[at];
  if (first === undefined) return undefined;
  if (first < 0x80) return { start: at + 1, size: first };
  const count = first & 0x7f;
  // 0x80 is the indefinite form, which DER forbids; no certificate needs more than 4 bytes.
  if (count === 0 || count > 4 || at + count >= bytes.length) return undefined;
  let size = 0;
  for (let place = 1; place <= count; place++) size = size * 256 + bytes[at + place]!;
  return { start: at + 1 + count, size };
}
