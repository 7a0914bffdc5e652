import assert from "node:assert/strict";
import { MemoryNetwork, memoryPair } from "../../net/memory.ts";
import { bytes, text } from "./cuts.ts";

Deno.test("memoryPair holds so much and no more", async () => {
  const [near, far] = memoryPair({ capacity: 4 });
  assert.equal(await near.write(bytes("123456")), 4);
  let taken = 0;
  const writing = near.write(bytes("56")).then((count) => taken = count);
  await Promise.resolve();
  assert.equal(taken, 0);
  const buffer = new Uint8Array(3);
  assert.equal(await far.read(buffer), 3);
  assert.equal(text(buffer), "123");
  assert.equal(await writing, 2);
  const rest = new Uint8Array(8);
  assert.equal(await far.read(rest), 3);
  assert.equal(text(rest.subarray(0, 3)), "456");
});

Deno.test("memoryPair gives what was written before the end, then the end, again and again", async () => {
  const [near, far] = memoryPair();
  await near.write(bytes("x"));
  await near.closeWrite();
  const buffer = new Uint8Array(4);
  assert.equal(await far.read(buffer), 1);
  assert.equal(await far.read(buffer), null);
  assert.equal(await far.read(buffer), null);
  assert.equal(await far.write(bytes("back")), 4);
  assert.equal(await near.read(buffer), 4);
  await assert.rejects(near.write(bytes("y")), { name: "BrokenPipeError" });
});

Deno.test("memoryPair: to close is to end a read of ours, and to break the peer's writes", async () => {
  const [near, far] = memoryPair({ capacity: 1 });
  await far.write(bytes("1"));
  const blocked = assert.rejects(far.write(bytes("2")), { name: "BrokenPipeError" });
  const mine = near.write(bytes("3"));
  const stuck = assert.rejects(near.write(bytes("4")), { name: "ConnectionAbortedError" });
  await mine;
  near.close();
  near.close();
  await Promise.all([blocked, stuck]);
  await assert.rejects(near.read(new Uint8Array(1)), { name: "ConnectionAbortedError" });
  const buffer = new Uint8Array(4);
  assert.equal(await far.read(buffer), 1);
  assert.equal(await far.read(buffer), null);
  await assert.rejects(far.write(bytes("5")), { name: "BrokenPipeError" });

  const [one] = memoryPair();
  const reading = assert.rejects(one.read(new Uint8Array(1)), { name: "ConnectionAbortedError" });
  one.close();
  await reading;
});

Deno.test("memoryPair takes the first write after the peer has closed, as TCP does", async () => {
  const [near, far] = memoryPair();
  far.close();
  assert.equal(await near.write(bytes("unheard")), 7);
  await assert.rejects(near.write(bytes("x")), { name: "BrokenPipeError", code: "EPIPE" });
  assert.equal(await near.read(new Uint8Array(1)), null);
});

Deno.test("memoryPair serves one read and one write at a time", async () => {
  const [near, far] = memoryPair({ capacity: 1 });
  const reading = far.read(new Uint8Array(1));
  await assert.rejects(far.read(new Uint8Array(1)), { name: "RuntimeError" });
  await near.write(bytes("a"));
  assert.equal(await reading, 1);
  await near.write(bytes("b"));
  const writing = near.write(bytes("c"));
  await assert.rejects(near.write(bytes("d")), { name: "RuntimeError" });
  await far.read(new Uint8Array(1));
  await writing;
});

Deno.test("memoryPair moves bytes by microtasks alone", async () => {
  const [near, far] = memoryPair();
  let count: number | null = 0;
  far.read(new Uint8Array(4)).then((got) => count = got);
  near.write(bytes("abc"));
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  assert.equal(count, 3);
});

Deno.test("memoryPair refuses capacities that hold nothing", () => {
  for (const capacity of [0, NaN, -1, Infinity]) {
    assert.throws(() => memoryPair({ capacity }), RangeError);
  }
});

Deno.test("MemoryNetwork joins who dials with who listens", async () => {
  const network = new MemoryNetwork();
  const listener = network.listen({ hostname: "mail.test", port: 25 });
  const early = await network.dial({ hostname: "mail.test", port: 25 }, {});
  await early.write(bytes("hi"));
  const accepted = await listener.accept();
  const buffer = new Uint8Array(4);
  assert.equal(await accepted!.read(buffer), 2);
  assert.deepEqual(accepted!.remoteAddress, early.localAddress);
  assert.deepEqual(early.remoteAddress, { hostname: "mail.test", port: 25, transport: "memory" });
});

Deno.test("MemoryNetwork refuses where nobody listens, and a port that is taken", async () => {
  const network = new MemoryNetwork();
  const target = { hostname: "localhost", port: 0 };
  const first = network.listen(target);
  const second = network.listen(target);
  assert.notEqual(first.address.port, second.address.port);
  assert.throws(
    () => network.listen({ hostname: "localhost", port: first.address.port }),
    { name: "OSError", code: "EADDRINUSE" },
  );
  await assert.rejects(network.dial({ hostname: "localhost", port: 1 }, {}), {
    name: "ConnectionRefusedError",
    code: "ECONNREFUSED",
    port: 1,
  });
  const reason = new Error("not wanted");
  const { port } = first.address;
  await assert.rejects(
    network.dial({ hostname: "localhost", port }, { signal: AbortSignal.abort(reason) }),
    reason,
  );

  const waiting = first.accept();
  first.close();
  first.close();
  assert.equal(await waiting, null);
  assert.equal(await first.accept(), null);
  await assert.rejects(network.dial({ hostname: "localhost", port }, {}), /nobody listens/);
  network.listen({ hostname: "localhost", port });
});

Deno.test("MemoryNetwork closes whoever was not accepted", async () => {
  const network = new MemoryNetwork();
  const listener = network.listen({ hostname: "localhost", port: 7 });
  const stream = await network.dial({ hostname: "localhost", port: 7 }, {});
  listener.close();
  assert.equal(await stream.read(new Uint8Array(1)), null);
});
