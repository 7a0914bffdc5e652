/**
 * The suite of CPython's `test_sslproto`.
 *
 * @module
 */

import type { ByteStream } from "../../../net/byte_stream.ts";
import { Suite } from "../behaviour.ts";

/** CPython's `test_sslproto`, as far as it can be seen from outside. */
export const sslproto: Suite = new Suite("test_sslproto");

/** What TLS over a stream of ours needs. */
export const NEEDS = { needs: "2.9.1" };

/** As large as the message of CPython's tests. */
export const HELLO = "1".repeat(1024 * 100);

/** Writes all of it. */
export async function send(stream: ByteStream, message: string): Promise<void> {
  for (let rest = new TextEncoder().encode(message); rest.length > 0;) {
    rest = rest.subarray(await stream.write(rest));
  }
}

/** Reads so many bytes, or until the end. */
export async function receive(stream: ByteStream, most: number): Promise<string> {
  const buffer = new Uint8Array(most);
  let count = 0;
  while (count < most) {
    const came = await stream.read(buffer.subarray(count));
    if (came === null) break;
    count += came;
  }
  return new TextDecoder().decode(buffer.subarray(0, count));
}
