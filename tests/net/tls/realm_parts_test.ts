import assert from "node:assert/strict";
import type { Address } from "../../../net/byte_stream.ts";
import { nodeTls } from "../../../net/tls/node.ts";
import { Encryption, type Start } from "../../../net/tls/realm/encryption.ts";
import { Inlet, Outlet } from "../../../net/tls/realm/flow.ts";
import {
  type FlowMessage,
  type FromWorker,
  isSmall,
  memoryOf,
} from "../../../net/tls/realm/messages.ts";
import { RemoteStream } from "../../../net/tls/realm/remote_stream.ts";
import { bytes, text } from "../cuts.ts";
import { tlsTest } from "./pairs.ts";

const address: Address = { hostname: "localhost", port: 21, transport: "memory" };
const addresses = { localAddress: address, remoteAddress: address };
const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("what the Worker has sent waits where it is not taken, but for 512 KiB", async () => {
  const said: FromWorker[] = [];
  const stream = new RemoteStream((message) => said.push(message), addresses);
  const piece = new Uint8Array(262_144);
  let written = 0;
  const writing = (async () => {
    for (let number = 0; number < 4; number++) written += await stream.write(piece);
  })();
  await turn();
  assert.equal(written, 524_288);
  stream.hear({ kind: "sent", count: 262_144 });
  await turn();
  assert.equal(written, 3 * 262_144);
  const failed = assert.rejects(writing, { name: "StreamFailed" });
  stream.hear({ kind: "broken" });
  await failed;
  assert.deepEqual(said.map(({ kind }) => kind), ["send", "send", "send"]);
  await assert.rejects(stream.closeWrite(), { name: "StreamFailed" });
});

Deno.test("what is sent belongs to nobody else", async () => {
  const said: FromWorker[] = [];
  const stream = new RemoteStream((message) => said.push(message), addresses);
  const whole = bytes("before, this, after");
  await stream.write(whole.subarray(8, 12));
  whole.fill(0);
  const [message] = said;
  assert.ok(message?.kind === "send");
  assert.equal(text(message.bytes), "this");
  assert.equal(message.bytes.buffer.byteLength, 4);
});

tlsTest("what cannot begin is refused, and over", async () => {
  const said: FromWorker[] = [];
  const start: Start = {
    kind: "start",
    options: { serverHostname: "no name" },
    session: undefined,
    ...addresses,
  };
  await new Encryption((message) => said.push(message), start).run(start, nodeTls());
  assert.deepEqual(said.map(({ kind }) => kind), ["refused", "close"]);
});

Deno.test("three large pieces are under way, in memory that comes back", async () => {
  const memories = new Set<ArrayBuffer>();
  const out: Uint8Array<ArrayBuffer>[] = [];
  let ended = false;
  const outlet = new Outlet((message) => {
    if (message.kind === "came") out.push(message.bytes);
    else ended = true;
  });
  let left = 20;
  const giving = outlet.giveAll({
    read(buffer) {
      if (left === 0) return Promise.resolve(null);
      left--;
      // The first memory is filled, so that the next is larger and stays so.
      return Promise.resolve(buffer.length === 4096 ? 4096 : buffer.length >> 1);
    },
  });
  while (!ended) {
    await turn();
    assert.ok(out.length <= 4, `${out.length} pieces`);
    for (const piece of out.splice(0)) {
      if (isSmall(piece)) {
        outlet.smallTaken(1);
        continue;
      }
      memories.add(piece.buffer);
      outlet.takeBack(piece.buffer);
    }
  }
  await giving;
  assert.ok(memories.size <= 3, `${memories.size} memories`);
});

Deno.test("sixteen small pieces are under way, copied out of one memory", async () => {
  const out: Uint8Array<ArrayBuffer>[] = [];
  let ended = false;
  const outlet = new Outlet((message) => {
    if (message.kind === "came") out.push(message.bytes);
    else ended = true;
  });
  const memories = new Set<ArrayBufferLike>();
  let sent = 0;
  const giving = outlet.giveAll({
    read(buffer) {
      if (sent === 40) return Promise.resolve(null);
      memories.add(buffer.buffer);
      buffer[0] = sent++;
      return Promise.resolve(100);
    },
  });
  let taken = 0;
  while (!ended) {
    await turn();
    assert.ok(out.length <= 16, `${out.length} pieces`);
    for (const piece of out.splice(0, 8)) {
      assert.deepEqual([piece.buffer.byteLength, piece[0]], [100, taken++]);
      assert.deepEqual(memoryOf({ kind: "came", bytes: piece }), []);
    }
    outlet.smallTaken(8);
  }
  await giving;
  assert.equal(taken + out.length, 40);
  assert.ok(memories.size <= 2, `${memories.size} memories`);
});

Deno.test("that small pieces were taken is told for eight at once", async () => {
  const back: FlowMessage[] = [];
  const inlet = new Inlet((message) => back.push(message));
  for (let n = 0; n < 17; n++) inlet.came(new Uint8Array(4096));
  const buffer = new Uint8Array(4096);
  for (let n = 0; n < 7; n++) await inlet.read(buffer);
  assert.deepEqual(back, []);
  for (let n = 0; n < 10; n++) await inlet.read(buffer);
  const told = { kind: "smallTaken", count: 8 };
  assert.deepEqual(back, [told, told]);
});

Deno.test("large pieces are read across their borders, and each goes back when it is used up", async () => {
  const back: FlowMessage[] = [];
  const inlet = new Inlet((message) => back.push(message));
  for (const words of ["one ", "two ", "three"]) {
    const memory = new Uint8Array(4097);
    memory.set(bytes(words));
    inlet.came(memory.subarray(0, words.length));
  }
  const buffer = new Uint8Array(6);
  assert.equal(await inlet.read(buffer), 6);
  assert.equal(text(buffer), "one tw");
  assert.equal(back.length, 1);
  inlet.fail(new Error("cut"));
  inlet.came(new Uint8Array(bytes("too late")));
  inlet.end();
  assert.equal(await inlet.read(buffer), 6);
  assert.equal(text(buffer), "o thre");
  assert.equal(await inlet.read(buffer), 1);
  assert.equal(back.length, 3);
  await assert.rejects(inlet.read(buffer), /cut/);
  inlet.close(new Error("closed"));
  await assert.rejects(inlet.read(buffer), /closed/);
});
