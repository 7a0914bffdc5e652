/**
 * Values on their way between a process and its child, each in a frame: a mark,
 * the length, and what structured clone makes of the value (`node:v8`).
 *
 * @module
 */

/** How long the head of a frame is, in bytes. */
export const HEAD_SIZE = 8;

// Whatever else is written to the pipe will hardly begin like this.
const MARK = 0x54_75_6c_01;

/**
 * Makes the head of a frame.
 *
 * @param length How long the value is, in bytes.
 * @returns The head.
 */
export function frameHead(length: number): Uint8Array {
  const head = new Uint8Array(HEAD_SIZE);
  const view = new DataView(head.buffer);
  view.setUint32(0, MARK);
  view.setUint32(4, length);
  return head;
}

/**
 * Reads the head of a frame.
 *
 * @param head Its bytes.
 * @returns How long the value is, in bytes; `null` if this is no head.
 */
export function frameLength(head: Uint8Array): number | null {
  const view = new DataView(head.buffer, head.byteOffset, HEAD_SIZE);
  return view.getUint32(0) === MARK ? view.getUint32(4) : null;
}
