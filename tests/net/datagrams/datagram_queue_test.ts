import assert from "node:assert/strict";
import { run } from "../../../loop/runners.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask } from "../../../loop/tasks.ts";
import { DatagramQueue } from "../../../net/datagrams/datagram_queue.ts";

const FROM = { hostname: "127.0.0.1", port: 9 };

Deno.test("DatagramQueue keeps a datagram whose receiver is cancelled in the moment in which it comes", async () => {
  await run(async () => {
    const queue = new DatagramQueue({});
    const task = createTask(async () => {
      await queue.more({});
      return queue.take();
    });
    await sleep(1);
    queue.received(new Uint8Array([1]), FROM);
    task.cancel();
    await assert.rejects(async () => await task, { name: "CancelledError" });
    assert.deepEqual(queue.take(), { data: new Uint8Array([1]), address: FROM });
    assert.equal(queue.take(), undefined);
  });
});

Deno.test("DatagramQueue gives thousands in their order, and knows how many bytes wait", () => {
  const queue = new DatagramQueue({ maxQueued: 5000, maxQueuedBytes: 5000 });
  let next = 0;
  for (let round = 0; round < 5; round++) {
    for (let count = 0; count < 3000; count++) queue.received(new Uint8Array([count & 255]), FROM);
    for (let count = 0; count < 3000; count++) {
      assert.equal(queue.take()?.data[0], next++ % 3000 & 255);
    }
    assert.equal(queue.length, 0);
  }
  assert.equal(queue.dropped, 0);
});

Deno.test("DatagramQueue tells a failure once, and before what waits", () => {
  const queue = new DatagramQueue({});
  queue.received(new Uint8Array(1), FROM);
  queue.failed(new Error("no receiving"));
  assert.throws(() => queue.take(), /no receiving/);
  assert.equal(queue.take()?.data.length, 1);
});
