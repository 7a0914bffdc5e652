import assert from "node:assert/strict";
import { EventLoop } from "../../loop/event_loop.ts";
import { getRunningLoop } from "../../loop/events.ts";
import { gather } from "../../loop/gather.ts";
import { Queue } from "../../loop/queues.ts";
import { heapUsed } from "../peers/heap.ts";
import { run } from "../../loop/runners.ts";
import { sleep } from "../../loop/sleep.ts";
import { TaskGroup } from "../../loop/task_group.ts";
import { allTasks, createTask } from "../../loop/tasks.ts";
import { TestClock } from "../../loop/test_clock.ts";

const MANY = 100_000;

Deno.test("100,000 tasks sleep at once, and wake in the order of their times", async () => {
  const clock = new TestClock();
  await run(async () => {
    const woken = new Map<number, number>();
    const tasks = Array.from({ length: MANY }, (_, index) =>
      createTask(async () => {
        await sleep(200 + index % 7);
        const now = clock.now();
        woken.set(now, (woken.get(now) ?? 0) + 1);
        assert.equal(now, 200 + index % 7);
      }));
    await sleep(0);
    assert.equal(allTasks().size, MANY + 1);
    for (const task of tasks) await task;
    assert.deepEqual([...woken.keys()], [200, 201, 202, 203, 204, 205, 206]);
    assert.equal(woken.get(206), Math.floor(MANY / 7));
  }, { loopFactory: () => new EventLoop({ clock }), handleSigint: false });
});

Deno.test("100,000 tasks sleep by the clock of the machine, and all wake", async () => {
  await run(async () => {
    let awake = 0;
    await gather(Array.from({ length: MANY }, (_, index) => async () => {
      await sleep(100 + index % 7);
      awake += 1;
    }));
    assert.equal(awake, MANY);
  }, { handleSigint: false });
});

Deno.test("100,000 sleeping tasks are cancelled, and nothing is left of them", async () => {
  const clock = new TestClock();
  await run(async () => {
    let cleanedUp = 0;
    const tasks = Array.from({ length: MANY }, () =>
      createTask(async () => {
        try {
          await sleep(3_600_000);
        } finally {
          cleanedUp += 1;
        }
      }));
    await sleep(0);
    for (const task of tasks) task.cancel();
    const outcomes = await gather(tasks, { returnExceptions: true });
    assert.equal(cleanedUp, MANY);
    assert.ok(outcomes.every((outcome) => (outcome as unknown as Error).name === "CancelledError"));
    assert.equal(allTasks().size, 1);
    assert.equal(clock.now(), 0);
  }, { loopFactory: () => new EventLoop({ clock }), handleSigint: false });
});

Deno.test("1,000,000 timers are set and cancelled in bounded memory, and none fires", async () => {
  await run(async () => {
    const loop = getRunningLoop();
    let fired = 0;
    const kept: number[] = [];
    loop.callLater(50, () => kept.push(1));
    const before = heapUsed();
    for (let i = 0; i < 1_000_000; i++) loop.callLater(1_000 + i % 500, () => fired += 1).cancel();
    const more = heapUsed() - before;
    assert.ok(more < 2 ** 20, `${more} bytes are kept for timers that were cancelled`);
    await sleep(100);
    assert.deepEqual([fired, kept], [0, [1]]);
  }, { handleSigint: false });
});

Deno.test("100 spinners of sleep(0) starve neither a native timer nor the network", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  await run(async () => {
    let spins = 0;
    let ended = false;
    await TaskGroup.run(async (group) => {
      for (let i = 0; i < 100; i++) {
        group.createTask(async () => {
          while (!ended) {
            spins += 1;
            await sleep(0);
          }
        });
      }
      const answers = new Queue<number>();
      group.createTask(async () => {
        using accepted = await listener.accept();
        const byte = new Uint8Array(1);
        while (await accepted.read(byte) !== null) await accepted.write(byte);
      });
      group.createTask(async () => {
        using client = await Deno.connect({ hostname: "127.0.0.1", port });
        const byte = new Uint8Array(1);
        for (let i = 0; i < 20; i++) {
          await client.write(Uint8Array.of(i));
          await client.read(byte);
          await answers.put(byte[0]!);
        }
      });
      let fired = 0;
      const native = setInterval(() => fired += 1, 5);
      for (let i = 0; i < 20; i++) assert.equal(await answers.get(), i);
      while (fired < 10) await sleep(0);
      clearInterval(native);
      ended = true;
    });
    assert.ok(spins > 1_000);
  }, { handleSigint: false });
});
