/**
 * The suite of CPython's `test_streams`, and what its tests share.
 *
 * @module
 */

import assert from "node:assert/strict";
import { sleep } from "../../../loop/sleep.ts";
import type { Connection } from "../../../net/streams/connection.ts";
import { openConnection } from "../../../net/streams/connect.ts";
import { MemoryNetwork } from "../../../net/memory.ts";
import type { ConnectionCallback, Server } from "../../../net/servers/server.ts";
import { startServer } from "../../../net/servers/server.ts";
import { StreamReader } from "../../../net/streams/stream_reader.ts";
import type { StreamReaderOptions } from "../../../net/streams/stream_reader.ts";
import { Suite } from "../behaviour.ts";

/** CPython's `test_streams`. */
export const streams: Suite = new Suite("test_streams");

/** Why most of them are adapted. */
export const IN_MEMORY = "over a network in memory, whose bytes a test clock waits for";

/** A wait in a test has no time: the clock of a test may jump. */
export const UNLIMITED = { timeout: Infinity, connectTimeout: Infinity };

/** What the tests of CPython read. */
export const DATA = "line1\nline2\nline3\n";

const decoder = new TextDecoder();

/** Bytes of a text. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The text of bytes. */
export async function text(data: Uint8Array | PromiseLike<Uint8Array>): Promise<string> {
  return decoder.decode(await data);
}

/** A reader that has been fed. */
export function fed(pieces: readonly string[], options?: StreamReaderOptions): StreamReader {
  const reader = new StreamReader(options);
  for (const piece of pieces) reader.feedData(bytes(piece));
  return reader;
}

/** What is left in a reader that nobody waits for; empties it. */
export async function left(reader: StreamReader): Promise<string> {
  return reader.buffered === 0 ? "" : await text(reader.read(reader.buffered));
}

/** The page of CPython's `run_test_server`. */
const PAGE = "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nTest message";

/** Answers one request. */
export const answer: ConnectionCallback = async (reader, writer) => {
  for (let line = await reader.nextLine(); line !== null && line !== "";) {
    line = await reader.nextLine();
  }
  writer.write(PAGE);
};

/** A server of one page, in memory, and connections to it. */
export async function withTestServer(
  body: (connect: () => Promise<Connection>, server: Server) => Promise<void>,
  callback: ConnectionCallback = answer,
): Promise<void> {
  const network = new MemoryNetwork();
  await using server = await startServer(callback, "localhost", 80, { listen: network.listen });
  await body(
    () => openConnection("localhost", 80, { ...UNLIMITED, dial: network.dial }),
    server,
  );
}

/** Asks for the page, and looks at it. */
export async function readPage({ reader, writer }: Connection): Promise<void> {
  writer.write("GET / HTTP/1.0\r\n\r\n");
  assert.equal(await text(reader.readline()), "HTTP/1.0 200 OK\r\n");
  assert.ok((await text(reader.read())).endsWith("\r\n\r\nTest message"));
}

/** Lets everything run that is ready. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 10; round++) await sleep(0);
}
