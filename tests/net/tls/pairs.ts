/**
 * Both ends of a TLS connection in one test, over memory and over sockets.
 *
 * @module
 */

import type {
  ByteStream,
  StartTlsOptions,
  StartTlsServerOptions,
} from "../../../net/byte_stream.ts";
import { memoryPair } from "../../../net/memory.ts";
import { isAtLeast } from "../../../net/runtime.ts";
import { startTlsClient, startTlsServer } from "../../../net/tls/starttls.ts";
import { dialTcp, listenTcp } from "../../../net/tcp/tcp.ts";
import { certificates } from "../../peers/certs.ts";

/** The certificates of the tests. */
export const certs = await certificates();

/** The Deno from which `node:tls` works over streams of ours. */
export const NEEDED = "2.9.1";

/** Registers a test that needs TLS over a stream of ours, or Node's certificates as they are by then. */
export function tlsTest(name: string, fn: () => void | Promise<void>): void {
  const able = isAtLeast(NEEDED);
  const told = able ? name : `${name} (skipped: needs Deno ${NEEDED})`;
  Deno.test({ name: told, ignore: !able, fn });
}

/** Both ends of a connection: the client's, the server's. */
export type Ends = [ByteStream, ByteStream];

/** Makes two connected ends, over TCP on this machine. */
export async function socketPair(): Promise<Ends> {
  const listener = listenTcp({ hostname: "127.0.0.1", port: 0 });
  const [near, far] = await Promise.all([dialTcp(listener.address), listener.accept()]);
  listener.close();
  return [near, far!];
}

/** What carries the connections of the tests. */
export const CARRIERS: Record<string, () => Promise<Ends>> = {
  memory: () => Promise.resolve(memoryPair()),
  sockets: socketPair,
};

/** Does the handshake on both ends. By default the client trusts and the server shows what is good. */
export async function shake(
  [near, far]: Ends,
  client: StartTlsOptions = {},
  server: Partial<StartTlsServerOptions> = {},
): Promise<Ends> {
  const { cert, key, caCerts } = certs.good;
  const both = await Promise.allSettled([
    startTlsClient(near, { serverHostname: "localhost", caCerts, timeout: 5000, ...client }),
    startTlsServer(far, { cert, key, timeout: 5000, ...server }),
  ]);
  const failure = both.find(({ status }) => status === "rejected");
  if (failure !== undefined) {
    for (const each of both) if (each.status === "fulfilled") each.value.close();
    throw (failure as PromiseRejectedResult).reason;
  }
  return both.map((each) => (each as PromiseFulfilledResult<ByteStream>).value) as Ends;
}

/** What becomes of a handshake on the two ends: the client's end, the server's. */
export async function outcomes(
  [near, far]: Ends,
  client: StartTlsOptions,
  server: Partial<StartTlsServerOptions>,
): Promise<[unknown, unknown]> {
  const { cert, key, caCerts } = certs.good;
  const settle = async (shaking: Promise<ByteStream>) => {
    try {
      const stream = await shaking;
      // What the server has against a client shows in TLS 1.3 only at the first read.
      return await stream.read(new Uint8Array(1)).catch((error) => error).finally(() =>
        stream.close()
      );
    } catch (error) {
      return error;
    }
  };
  const serving = startTlsServer(far, { cert, key, timeout: 5000, ...server }).then((stream) => {
    stream.close();
    return "served";
  }, (error) => error);
  const connecting = settle(
    startTlsClient(near, { serverHostname: "localhost", caCerts, timeout: 5000, ...client }),
  );
  return await Promise.all([connecting, serving]);
}

/** Writes all of it. */
export async function writeAll(stream: ByteStream, data: Uint8Array): Promise<void> {
  for (let at = 0; at < data.length;) at += await stream.write(data.subarray(at));
}

/** Reads until the end. */
export async function readAll(stream: ByteStream, size = 65_536): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for (;;) {
    const buffer = new Uint8Array(size);
    const count = await stream.read(buffer);
    if (count === null) break;
    chunks.push(buffer.subarray(0, count));
  }
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** Passes everything on, and may be told what to do with it. */
export class Between implements ByteStream {
  /** Everything that was written through it. */
  readonly written: Uint8Array[] = [];
  /** How many bytes a read brings at most. */
  readonly most: number;
  /** Whether it was closed. */
  closed = false;
  readonly #stream: ByteStream;

  constructor(stream: ByteStream, most = Infinity) {
    this.#stream = stream;
    this.most = most;
  }

  get localAddress() {
    return this.#stream.localAddress;
  }

  get remoteAddress() {
    return this.#stream.remoteAddress;
  }

  read(buffer: Uint8Array): Promise<number | null> {
    return this.#stream.read(buffer.length > this.most ? buffer.subarray(0, this.most) : buffer);
  }

  write(data: Uint8Array): Promise<number> {
    this.written.push(data.slice());
    return this.#stream.write(data);
  }

  closeWrite(): Promise<void> {
    return this.#stream.closeWrite();
  }

  close(): void {
    this.closed = true;
    this.#stream.close();
  }
}
