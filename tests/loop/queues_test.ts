import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { Queue, type QueueStore } from "../../loop/queues.ts";
import { Ring } from "../../loop/ring.ts";
import { sleep } from "../../loop/sleep.ts";
import { createTask } from "../../loop/tasks.ts";
import { inNoTime } from "./in_no_time.ts";

Deno.test("a queue gives items in the order in which they were put", async () => {
  const queue = new Queue<number>();
  assert.equal(queue.empty(), true);
  for (const n of [1, 2, 3]) queue.putNowait(n);
  assert.equal(queue.qsize(), 3);
  assert.deepEqual([await queue.get(), queue.getNowait(), await queue.get()], [1, 2, 3]);
  assert.throws(() => queue.getNowait(), { name: "QueueEmpty" });
});

Deno.test("a full queue makes its producers wait", async () => {
  await inNoTime(async () => {
    const queue = new Queue<number>(2);
    const log: string[] = [];
    const producer = createTask(async () => {
      for (const n of [1, 2, 3]) {
        await queue.put(n);
        log.push(`put ${n}`);
      }
    });
    await sleep(1);
    assert.deepEqual(log, ["put 1", "put 2"]);
    assert.equal(queue.full(), true);
    assert.throws(() => queue.putNowait(9), { name: "QueueFull" });
    assert.equal(await queue.get(), 1);
    await producer;
    assert.equal(queue.qsize(), 2);
  });
});

Deno.test("an item for a getter that is cancelled goes to the next one", async () => {
  await inNoTime(async () => {
    const queue = new Queue<number>();
    const getters = [0, 1].map(() => createTask(() => queue.get()));
    await sleep(1);
    queue.putNowait(1);
    getters[0]!.cancel();
    await assert.rejects(getters[0]!, { name: "CancelledError" });
    assert.equal(await getters[1], 1);
  });
});

Deno.test("room for a putter that is cancelled goes to the next one", async () => {
  await inNoTime(async () => {
    const queue = new Queue<string>(1);
    queue.putNowait("a");
    const putters = ["b", "c"].map((item) => createTask(() => queue.put(item)));
    await sleep(1);
    assert.equal(queue.getNowait(), "a");
    putters[0]!.cancel();
    await assert.rejects(putters[0]!, { name: "CancelledError" });
    await putters[1];
    assert.equal(queue.getNowait(), "c");
    assert.equal(queue.empty(), true);
  });
});

Deno.test("a getter that was cancelled while it waited is forgotten", async () => {
  await inNoTime(async () => {
    const queue = new Queue<number>();
    const cancelled = createTask(() => queue.get());
    await sleep(1);
    cancelled.cancel();
    await assert.rejects(cancelled, { name: "CancelledError" });
    queue.putNowait(1);
    assert.equal(await queue.get(), 1);
    const aborted = queue.get({ signal: AbortSignal.timeout(1) });
    await assert.rejects(aborted, { name: "TimeoutError" });
    queue.putNowait(2);
    assert.equal(queue.getNowait(), 2);
  });
});

Deno.test("nothing is lost, doubled or reordered between many producers and consumers", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 3 }),
      fc.array(fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 8 }), { maxLength: 5 }),
      fc.integer({ min: 1, max: 4 }),
      async (maxsize, producers, consumers) => {
        const got: [number, number][] = [];
        await inNoTime(async () => {
          const queue = new Queue<[number, number]>(maxsize);
          const putting = producers.map((delays, producer) =>
            createTask(async () => {
              for (const [n, ms] of delays.entries()) {
                await sleep(ms);
                await queue.put([producer, n]);
              }
            })
          );
          const getting = Array.from({ length: consumers }, () =>
            createTask(async () => {
              for await (const item of queue) got.push(item);
            }));
          for (const task of putting) await task;
          queue.shutdown();
          for (const task of getting) await task;
        });
        for (const [producer, delays] of producers.entries()) {
          const mine = got.filter(([from]) => from === producer).map(([, n]) => n);
          assert.deepEqual(mine, [...delays.keys()]);
        }
      },
    ),
    { numRuns: 50 },
  );
});

Deno.test("join waits until the work on every item is done", async () => {
  await inNoTime(async (clock) => {
    const queue = new Queue<number>();
    await queue.join();
    for (const n of [1, 2]) queue.putNowait(n);
    const worker = createTask(async () => {
      for (;;) {
        await queue.get();
        await sleep(10);
        queue.taskDone();
      }
    });
    await queue.join();
    assert.equal(clock.now(), 20);
    worker.cancel();
    assert.throws(() => queue.taskDone(), { name: "RangeError" });
  });
});

Deno.test("a queue that is shut down is emptied, and then throws", async () => {
  await inNoTime(async () => {
    const queue = new Queue<number>(1);
    queue.putNowait(1);
    const putter = createTask(() => queue.put(2));
    await sleep(1);
    queue.shutdown();
    await assert.rejects(putter, { name: "QueueShutDown" });
    assert.throws(() => queue.putNowait(3), { name: "QueueShutDown" });
    assert.equal(await queue.get(), 1);
    await assert.rejects(queue.get(), { name: "QueueShutDown" });
    assert.throws(() => queue.getNowait(), { name: "QueueShutDown" });
  });
});

Deno.test("a queue that is shut down at once drops its items, and wakes everybody", async () => {
  await inNoTime(async () => {
    const queue = new Queue<number>();
    const getters = [0, 1].map(() => createTask(() => queue.get()));
    const other = new Queue<number>();
    other.putNowait(1);
    const joining = createTask(() => other.join());
    await sleep(1);
    queue.shutdown(true);
    other.shutdown(true);
    for (const getter of getters) await assert.rejects(getter, { name: "QueueShutDown" });
    await joining;
    await assert.rejects(other.get(), { name: "QueueShutDown" });
  });
});

Deno.test("a queue of NaN items makes no sense", () => {
  assert.throws(() => new Queue(NaN), { name: "RangeError" });
  assert.throws(() => new Queue("2" as unknown as number), { name: "TypeError" });
});

Deno.test("a queue says how it is", async () => {
  await inNoTime(async () => {
    const queue = new Queue<number>(1);
    assert.equal(String(queue), "<Queue maxsize=1>");
    const getting = createTask(() => queue.get());
    await sleep(1);
    assert.equal(Deno.inspect(queue), "<Queue maxsize=1 getters=1>");
    queue.putNowait(1);
    await getting;
    queue.putNowait(2);
    const putting = createTask(() => queue.put(3));
    await sleep(1);
    assert.equal(Deno.inspect(queue), "<Queue maxsize=1 items=1 putters=1 tasks=2>");
    queue.shutdown();
    await assert.rejects(putting, { name: "QueueShutDown" });
    assert.equal(Deno.inspect(queue), "<Queue maxsize=1 items=1 tasks=2 shutdown>");
  });
});

Deno.test("a store says in which order items come", async () => {
  class Newest implements QueueStore<number> {
    #items: number[] = [];
    get size(): number {
      return this.#items.length;
    }
    push(item: number): void {
      this.#items = [item];
    }
    shift(): number | undefined {
      return this.#items.pop();
    }
    clear(): void {
      this.#items = [];
    }
  }
  const queue = new Queue<number>(0, { store: new Newest() });
  for (const item of [1, 2, 3]) await queue.put(item);
  assert.equal(queue.qsize(), 1);
  assert.equal(await queue.get(), 3);
  queue.putNowait(4);
  queue.shutdown(true);
  assert.equal(queue.empty(), true);
});

Deno.test("a queue works outside of tasks too", async () => {
  const queue = new Queue<number>(1);
  const getting = [queue.get(), queue.get()];
  for (const item of [1, 2]) await queue.put(item);
  assert.deepEqual(await Promise.all(getting), [1, 2]);
  queue.putNowait(3);
  const putting = queue.put(4);
  assert.equal(await queue.get(), 3);
  await putting;
  const controller = new AbortController();
  const full = queue.put(5, controller);
  controller.abort(new RangeError("no longer"));
  await assert.rejects(full, { message: "no longer" });
  await assert.rejects(queue.put(5, controller), { message: "no longer" });
  await assert.rejects(queue.get(controller), { message: "no longer" });
  assert.equal(queue.getNowait(), 4);
});

Deno.test("one that leaves calls nobody for an item, or room, that is gone", async () => {
  await inNoTime(async () => {
    const queue = new Queue<string>(1);
    const log: string[] = [];
    const get = async (name: string) => log.push(`${name} ${await queue.get()}`);
    const getters = ["first", "second", "third"].map((name) => createTask(get, name));
    await sleep(1);
    queue.putNowait("a");
    queue.getNowait();
    getters[0]!.cancel();
    await sleep(1);
    for (const item of ["b", "c"]) await queue.put(item);
    await sleep(1);
    assert.deepEqual(log, ["second b", "third c"]);

    queue.putNowait("d");
    const putters = ["e", "f", "g"].map((item) => createTask(() => queue.put(item)));
    await sleep(1);
    queue.getNowait();
    queue.putNowait("h");
    putters[0]!.cancel();
    await sleep(1);
    assert.deepEqual([await queue.get(), await queue.get(), await queue.get()], ["h", "f", "g"]);
    for (const putter of putters.slice(1)) await putter;
  });
});

Deno.test("whoever finds its item taken by another waits again", async () => {
  await inNoTime(async () => {
    const queue = new Queue<string>(1);
    const getting = createTask(() => queue.get());
    await sleep(1);
    queue.putNowait("a");
    assert.equal(queue.getNowait(), "a");
    await sleep(1);
    assert.equal(getting.done(), false);
    queue.putNowait("b");
    assert.equal(await getting, "b");

    queue.putNowait("c");
    const putting = createTask(() => queue.put("d"));
    await sleep(1);
    assert.equal(queue.getNowait(), "c");
    queue.putNowait("e");
    await sleep(1);
    assert.equal(putting.done(), false);
    assert.equal(queue.getNowait(), "e");
    await putting;
    assert.equal(queue.getNowait(), "d");
  });
});

Deno.test("a ring is a queue, however it grows and wraps", () => {
  fc.assert(fc.property(fc.array(fc.option(fc.integer()), { maxLength: 300 }), (steps) => {
    const ring = new Ring<number>();
    const model: number[] = [];
    for (const step of steps) {
      if (step === null) {
        assert.equal(ring.shift(), model.shift());
      } else {
        ring.push(step);
        model.push(step);
      }
      assert.equal(ring.size, model.length);
    }
    assert.deepEqual([...ring], model);
    ring.clear();
    assert.equal(ring.shift(), undefined);
  }));
});
