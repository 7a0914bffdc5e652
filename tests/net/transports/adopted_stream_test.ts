import assert from "node:assert/strict";
import { AdoptedStream } from "../../../net/transports/adopted_stream.ts";
import { Gate } from "../../../net/transports/gate.ts";
import { memoryPair } from "../../../net/memory.ts";
import { bytes, text } from "../cuts.ts";

async function readAll(stream: { read(buffer: Uint8Array): Promise<number | null> }, size: number) {
  const pieces: string[] = [];
  for (;;) {
    const buffer = new Uint8Array(size);
    const count = await stream.read(buffer);
    if (count === null) return pieces;
    pieces.push(text(buffer.subarray(0, count)));
  }
}

Deno.test("an adopted stream gives what a read of others brings, and then what comes", async () => {
  const [near, far] = memoryPair();
  const buffer = new Uint8Array(100);
  const result = near.read(buffer);
  const adopted = new AdoptedStream(near, { buffer, result });
  const reading = readAll(adopted, 4);
  await far.write(bytes("first of all"));
  await new Promise((resolve) => setTimeout(resolve, 1));
  // Whoever began the read may use its memory again.
  buffer.fill(0);
  await far.write(bytes("then"));
  await far.closeWrite();
  assert.deepEqual(await reading, ["firs", "t of", " all", "then"]);

  assert.deepEqual(adopted.localAddress, near.localAddress);
  assert.deepEqual(adopted.remoteAddress, near.remoteAddress);
  assert.equal(adopted.tls, false);
  assert.equal(await adopted.write(bytes("hi")), 2);
  await adopted.closeWrite();
  assert.deepEqual(await readAll(far, 10), ["hi"]);
  adopted.close();
  await assert.rejects(near.read(buffer));
  far.close();
});

Deno.test("an adopted read that ends or fails does so where it is read", async () => {
  const [near, far] = memoryPair();
  const buffer = new Uint8Array(1);
  const ended = new AdoptedStream(near, { buffer, result: Promise.resolve(null) });
  assert.equal(await ended.read(new Uint8Array(1)), null);
  const error = new Error("broken");
  const failed = new AdoptedStream(near, { buffer, result: Promise.reject(error) });
  await new Promise((resolve) => setTimeout(resolve, 1));
  await assert.rejects(failed.read(new Uint8Array(1)), error);
  near.close();
  far.close();
});

Deno.test("a gate lets through once it is open", async () => {
  const [old] = memoryPair();
  const [near, far] = memoryPair();
  const gate = new Gate(old);
  assert.equal(gate.tls, false);
  assert.deepEqual(gate.localAddress, old.localAddress);
  assert.deepEqual(gate.remoteAddress, old.remoteAddress);
  const written = gate.write(bytes("hello"));
  gate.open(near);
  assert.equal(await written, 5);
  await gate.closeWrite();
  assert.deepEqual(await readAll(far, 10), ["hello"]);
  await far.write(bytes("answer"));
  const buffer = new Uint8Array(10);
  assert.equal(await gate.read(buffer), 6);
  gate.close();
  await assert.rejects(near.read(buffer));
  far.close();
  old.close();
});
