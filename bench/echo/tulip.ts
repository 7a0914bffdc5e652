/**
 * Our echo servers: `tulip.ts HOW plain|tls|starttls [CERT KEY]`. Prints its port as JSON.
 *
 * @module
 */
// deno-lint-ignore-file no-console

import { startServer } from "../../net/server.ts";
import type { StreamReader } from "../../net/stream_reader.ts";
import type { StreamWriter } from "../../net/stream_writer.ts";

const LARGEST = 262_144;
const LIMIT = 1_048_576;

type Echo = (reader: StreamReader, writer: StreamWriter) => Promise<void>;

const WAYS: Readonly<Record<string, Echo>> = {
  async read(reader, writer) {
    for (let data = await reader.read(LARGEST); data.length > 0;) {
      writer.write(data);
      await writer.drain();
      data = await reader.read(LARGEST);
    }
  },
  async readInto(reader, writer) {
    const buffer = new Uint8Array(LARGEST);
    for (let count = await reader.readInto(buffer); count !== null;) {
      writer.write(buffer.subarray(0, count));
      await writer.drain();
      count = await reader.readInto(buffer);
    }
  },
  async readline(reader, writer) {
    for (let line = await reader.readline(); line.length > 0;) {
      writer.write(line);
      await writer.drain();
      line = await reader.readline();
    }
  },
  async nextLine(reader, writer) {
    for (let line = await reader.nextLine(); line !== null;) {
      writer.write(`${line}\n`);
      await writer.drain();
      line = await reader.nextLine();
    }
  },
};

const [how = ""] = Deno.args;
const port = await serveStreams(WAYS[how]!);
console.log(JSON.stringify({ port }));

async function serveStreams(echo: Echo): Promise<number> {
  const { port } = await startServer(echo, "127.0.0.1", 0, { limit: LIMIT });
  return port;
}
