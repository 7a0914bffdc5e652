/**
 * Connections of an FTP client that stop anywhere, encrypted or not, the data connections that the
 * server makes among them: what the players of scripts do not have.
 *
 * @module
 */

import type { ByteStream } from "../../net/byte_stream.ts";
import { ConnectionResetError } from "../../net/errors.ts";
import type { MemoryNetwork } from "../../net/memory.ts";
import { PassingStream } from "../../net/streams/passing_stream.ts";
import { startTlsClient } from "../../net/tls/starttls.ts";
import { certificates } from "../peers/certs.ts";

/** Where a connection stops. */
export interface Stop {
  /** Which connection of the client, from 0: the control connection. */
  readonly connection: number;
  /** Who has sent so many bytes by then. */
  readonly of: "client" | "server";
  readonly bytes: number;
  /** It is reset, or ends in both directions, or falls silent. */
  readonly how: "reset" | "end" | "silence";
}

/** How many bytes have gone over each connection, in each direction. */
export type Counts = { client: number; server: number }[];

/** How a client speaks. */
export interface Way {
  readonly tls: "none" | "explicit" | "implicit";
  readonly data: "passive" | "active";
}

/** Counts bytes, and stops. */
class StoppingStream extends PassingStream {
  readonly #count: Counts[number];
  readonly #stop: Stop | undefined;
  #stopped = false;
  readonly #silent: PromiseWithResolvers<never> = Promise.withResolvers();

  constructor(stream: ByteStream, count: Counts[number], stop: Stop | undefined) {
    super(stream);
    this.#count = count;
    this.#stop = stop;
    this.#silent.promise.catch(() => {});
  }

  override async read(buffer: Uint8Array): Promise<number | null> {
    if (this.#isOver("server")) return await this.#over();
    const count = await super.read(buffer.subarray(0, this.#room("server")));
    if (this.#stopped) return await this.#over();
    this.#count.server += count ?? 0;
    return count;
  }

  override async write(data: Uint8Array): Promise<number> {
    if (this.#isOver("client")) {
      await this.#over();
      return data.length;
    }
    const count = await super.write(data.subarray(0, this.#room("client")));
    this.#count.client += count;
    if (this.#isOver("client")) await this.#over();
    return count;
  }

  override closeWrite(): Promise<void> {
    return this.#stopped ? Promise.resolve() : super.closeWrite();
  }

  override close(): void {
    this.#silent.reject(new ConnectionResetError("Left"));
    super.close();
  }

  #room(of: "client" | "server"): number {
    return this.#stop?.of === of ? this.#stop.bytes - this.#count[of] : Infinity;
  }

  #isOver(of: "client" | "server"): boolean {
    return this.#stopped || (this.#stop?.of === of && this.#count[of] >= this.#stop.bytes);
  }

  async #over(): Promise<null> {
    this.#stopped = true;
    const how = this.#stop?.how;
    if (how === "silence") return await this.#silent.promise;
    if (how === "end") {
      await super.closeWrite().catch(() => {});
      return null;
    }
    super.close();
    throw new ConnectionResetError("Stopped");
  }
}

/** One client, which stores a file, fetches it, and leaves. */
export class StoppingClient {
  /** What went over. */
  readonly counts: Counts = [];
  readonly #network: MemoryNetwork;
  readonly #port: number;
  readonly #way: Way;
  readonly #stop: Stop | undefined;
  readonly #streams: ByteStream[] = [];
  #control!: ByteStream;
  #text = "";

  constructor(network: MemoryNetwork, port: number, { way, stop }: { way: Way; stop?: Stop }) {
    this.#network = network;
    this.#port = port;
    this.#way = way;
    this.#stop = stop;
  }

  /** Plays until something fails; gives what was fetched. */
  async play(content: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    try {
      const plain = await this.#open(
        this.#network.dial({ hostname: "127.0.0.1", port: this.#port }, {}),
      );
      const { tls } = this.#way;
      this.#control = tls === "implicit" ? await this.#encrypt(plain) : plain;
      await this.#reply();
      if (tls === "explicit") {
        await this.#ask("AUTH TLS");
        this.#control = await this.#encrypt(plain);
      }
      await this.#ask("USER ada");
      await this.#ask("PASS lovelace");
      if (tls !== "none") {
        await this.#ask("PBSZ 0");
        await this.#ask("PROT P");
      }
      await this.#ask("TYPE I");
      const up = await this.#data("STOR new");
      for (let at = 0; at < content.length;) at += await up.write(content.subarray(at));
      await up.closeWrite();
      up.close();
      await this.#reply();
      const down = await this.#data("RETR new");
      const got = await readAll(down);
      down.close();
      await this.#reply();
      await this.#ask("QUIT");
      return got;
    } finally {
      for (const stream of this.#streams) stream.close();
    }
  }

  /** Gives everything up. */
  leave(): void {
    for (const stream of this.#streams) stream.close();
  }

  async #data(command: string): Promise<ByteStream> {
    const encrypt = (stream: ByteStream) =>
      this.#way.tls === "none" ? stream : this.#encrypt(stream);
    if (this.#way.data === "passive") {
      const port = Number(/\|\|\|(\d+)\|/.exec(await this.#ask("EPSV"))?.[1]);
      const stream = await this.#open(this.#network.dial({ hostname: "127.0.0.1", port }, {}));
      await this.#ask(command);
      return await encrypt(stream);
    }
    const listener = this.#network.listen({ hostname: "127.0.0.1", port: 0 });
    try {
      const { port } = listener.address;
      await this.#ask(`EPRT |1|127.0.0.1|${port}|`);
      const accepted = listener.accept();
      await this.#ask(command);
      return await encrypt(await this.#open(accepted));
    } finally {
      listener.close();
    }
  }

  async #open(opening: Promise<ByteStream | null>): Promise<ByteStream> {
    const stream = await opening;
    if (stream === null) throw new Error("Nobody came");
    const count = { client: 0, server: 0 };
    const stop = this.#stop?.connection === this.counts.length ? this.#stop : undefined;
    this.counts.push(count);
    const stopping = new StoppingStream(stream, count, stop);
    this.#streams.push(stopping);
    return stopping;
  }

  async #encrypt(stream: ByteStream): Promise<ByteStream> {
    const { good } = await certificates();
    const encrypted = await startTlsClient(stream, {
      caCerts: good.caCerts,
      serverHostname: "localhost",
    });
    this.#streams.push(encrypted);
    return encrypted;
  }

  async #ask(command: string): Promise<string> {
    const bytes = new TextEncoder().encode(`${command}\r\n`);
    for (let at = 0; at < bytes.length;) at += await this.#control.write(bytes.subarray(at));
    return await this.#reply();
  }

  async #reply(): Promise<string> {
    const buffer = new Uint8Array(1000);
    for (;;) {
      const end = this.#text.indexOf("\r\n");
      if (end >= 0) {
        const line = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        if (/^[45]/.test(line)) throw new Error(line);
        return line;
      }
      const count = await this.#control.read(buffer);
      if (count === null) throw new Error("The server has closed");
      this.#text += new TextDecoder().decode(buffer.subarray(0, count));
    }
  }
}

async function readAll(stream: ByteStream): Promise<Uint8Array> {
  const chunks: number[] = [];
  const buffer = new Uint8Array(10_000);
  for (let count; (count = await stream.read(buffer)) !== null;) {
    chunks.push(...buffer.subarray(0, count));
  }
  return Uint8Array.from(chunks);
}
