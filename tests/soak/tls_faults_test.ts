import assert from "node:assert/strict";
import type { ByteStream } from "../../net/byte_stream.ts";
import { memoryPair } from "../../net/memory.ts";
import { startTlsClient, startTlsServer } from "../../net/tls/starttls.ts";
import { certificates } from "../peers/certs.ts";

const { good, client, otherName } = await certificates();
const { cert, key, caCerts } = good;

/** Numbers that look like chance, and are the same in each run. */
function numbers(seed: number): () => number {
  return () => (seed = seed * 1_103_515_245 + 12_345 & 0x7fffffff) / 0x80000000;
}

type Fault = "flip" | "cut";

/** A stream on which one byte of what comes is changed, or is the last. */
function faulty(stream: ByteStream, place: number, fault: Fault, bit: number): ByteStream {
  let before = 0;
  return {
    localAddress: stream.localAddress,
    remoteAddress: stream.remoteAddress,
    async read(buffer) {
      const count = await stream.read(buffer);
      const at = place - before;
      before += count ?? 0;
      if (count === null || at < 0 || at >= count) return count;
      if (fault === "flip") {
        buffer[at] = buffer[at]! ^ 1 << bit;
        return count;
      }
      stream.close();
      return at === 0 ? null : at;
    },
    write: (data) => stream.write(data),
    closeWrite: () => stream.closeWrite(),
    close: () => stream.close(),
  };
}

const REQUEST = 1000;
const ANSWER = 500;

async function receive(stream: ByteStream): Promise<number> {
  const buffer = new Uint8Array(5000);
  let length = 0;
  for (;;) {
    const count = await stream.read(buffer);
    if (count === null) return length;
    length += count;
  }
}

/** What one end comes to: the bytes that came up to a clean end, or the name of an error. */
async function outcome(
  opening: Promise<ByteStream>,
  dialogue: (stream: ByteStream) => Promise<number>,
): Promise<string | number> {
  try {
    const stream = await opening;
    try {
      return await dialogue(stream);
    } finally {
      stream.close();
    }
  } catch (error) {
    return (error as Error).name;
  }
}

const PERMITTED = new Set([
  "SSLError",
  "SSLCertVerificationError",
  "ConnectionAbortedError",
  "BrokenPipeError",
  // Where a length was changed, one end waits for what never comes.
  "TimeoutError",
]);

Deno.test("2,000 connections of which a byte is changed or the last: whole, or an error", async () => {
  const next = numbers(1);
  for (let round = 0; round < 2_000; round++) {
    const [near, far] = memoryPair();
    const fault = next() < 0.7 ? "flip" : "cut";
    const place = Math.floor(next() * 2200);
    const bit = Math.floor(next() * 8);
    const atClient = next() < 0.5;
    const shows = next() < 0.3;
    const what = `round ${round}: ${fault} byte ${place}, bit ${bit}, client ${atClient}`;
    const ends = await Promise.all([
      outcome(
        startTlsClient(atClient ? faulty(near, place, fault, bit) : near, {
          serverHostname: "localhost",
          caCerts,
          maxVersion: next() < 0.4 ? "TLSv1.2" : "TLSv1.3",
          timeout: 500,
          ...(shows && { cert: client.cert, key: client.key }),
        }),
        async (stream) => {
          await stream.write(new Uint8Array(REQUEST));
          await stream.closeWrite();
          return await receive(stream);
        },
      ),
      outcome(
        startTlsServer(atClient ? far : faulty(far, place, fault, bit), {
          cert,
          key,
          timeout: 500,
          ...(next() < 0.3 && { sni: { "other.example": otherName } }),
          ...(shows && { clientCaCerts: caCerts }),
        }),
        async (stream) => {
          const length = await receive(stream);
          await stream.write(new Uint8Array(ANSWER));
          return length;
        },
      ),
    ]);
    for (const [end, whole] of [[ends[0], ANSWER], [ends[1], REQUEST]] as const) {
      if (typeof end === "number") assert.equal(end, whole, what);
      else assert.ok(PERMITTED.has(end), `${what}: ${end}`);
    }
  }
});
