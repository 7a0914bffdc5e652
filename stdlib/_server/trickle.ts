/**
 * Replies in pieces, as a server sends them that misbehaves on purpose.
 *
 * @module
 */

import { sleep } from "../../loop/sleep.ts";
import type { StreamWriter } from "../../net/streams/stream_writer.ts";

/** In what pieces replies go out. */
export interface Trickle {
  /** How many bytes go out at a time. */
  readonly bytes: number;
  /** How long the server waits behind each, in milliseconds. */
  readonly pause: number;
}

/**
 * Writes bytes in pieces, as long as the client is there.
 *
 * @param writer Where they go.
 * @param data The bytes.
 * @param how Their pieces, and how long the client may take for each, in milliseconds.
 */
export async function writeInPieces(
  writer: StreamWriter,
  data: Uint8Array,
  { bytes, pause, timeout }: Trickle & { timeout: number },
): Promise<void> {
  for (let at = 0; at < data.length && !writer.isClosing(); at += bytes) {
    writer.write(data.slice(at, at + bytes));
    await writer.flush({ timeout });
    await sleep(pause);
  }
}
