/**
 * Our echo servers: `tulip.ts HOW plain|tls|starttls [CERT KEY]`. Prints its port as JSON.
 *
 * @module
 */
// deno-lint-ignore-file no-console

import { createServer } from "../../net/servers/create_server.ts";
import { BufferedProtocol, Protocol } from "../../net/transports/protocols.ts";
import { startServer } from "../../net/servers/server.ts";
import type { StreamReader } from "../../net/streams/stream_reader.ts";
import type { StreamWriter } from "../../net/streams/stream_writer.ts";
import type { Transport } from "../../net/transports/transports.ts";

const HOST = "127.0.0.1";
const LARGEST = 262_144;
const LIMIT = 1_048_576;

type StreamEcho = (reader: StreamReader, writer: StreamWriter) => Promise<void>;

const WAYS: Readonly<Record<string, StreamEcho>> = {
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

class Echo extends Protocol {
  #transport!: Transport;

  override connectionMade(transport: Transport): void {
    this.#transport = transport;
  }

  override dataReceived(data: Uint8Array): void {
    this.#transport.write(data);
  }
}

class BufferedEcho extends BufferedProtocol {
  #transport!: Transport;
  #buffer = new Uint8Array(LARGEST);
  #other = new Uint8Array(LARGEST);

  override connectionMade(transport: Transport): void {
    this.#transport = transport;
  }

  override getBuffer(): Uint8Array {
    return this.#buffer;
  }

  override bufferUpdated(count: number): void {
    // What was written last may not be sent yet: then its memory must not be written to.
    if (this.#transport.getWriteBufferSize() > 0) this.#other = new Uint8Array(LARGEST);
    this.#transport.write(this.#buffer.subarray(0, count));
    [this.#buffer, this.#other] = [this.#other, this.#buffer];
  }
}

const [how = "", mode, certFile, keyFile] = Deno.args;
const certificate = mode === "plain" ? undefined : {
  cert: await Deno.readTextFile(certFile!),
  key: await Deno.readTextFile(keyFile!),
};
const tls = mode === "tls" ? certificate : undefined;
const { port } = how === "protocol" || how === "buffered"
  ? await createServer(() => how === "buffered" ? new BufferedEcho() : new Echo(), HOST, 0, { tls })
  : await startServer(serve, HOST, 0, { limit: LIMIT, tls });
console.log(JSON.stringify({ port }));

async function serve(reader: StreamReader, writer: StreamWriter): Promise<void> {
  if (mode === "starttls") {
    await reader.readline();
    writer.write("OK\r\n");
    await writer.startTls(certificate);
  }
  await WAYS[how]!(reader, writer);
}
