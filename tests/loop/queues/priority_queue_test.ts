import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { Heap } from "../../../loop/queues/heap.ts";
import { LifoQueue, PriorityQueue } from "../../../loop/queues.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask } from "../../../loop/tasks.ts";
import { rejection } from "../../rejection.ts";
import { inNoTime } from "../in_no_time.ts";

function drain<T>(queue: { empty(): boolean; getNowait(): T }): T[] {
  const items: T[] = [];
  while (!queue.empty()) items.push(queue.getNowait());
  return items;
}

Deno.test("a priority queue gives the least first, and of equals the one that came first", () => {
  const queue = new PriorityQueue<[number, object | (() => void)]>();
  const [a, b, c, d] = [{ job: "a" }, () => {}, { job: "c" }, { job: "d" }];
  for (const item of [[2, a], [1, b], [2, c], [1, d]] as const) queue.putNowait([...item]);
  assert.deepEqual(drain(queue), [[1, b], [1, d], [2, a], [2, c]]);
});

Deno.test("a priority queue compares by the function that it is given", async () => {
  const queue = new PriorityQueue<{ due: number; name: string }>(0, {
    compare: (a, b) => b.due - a.due,
  });
  for (const [due, name] of [[1, "a"], [3, "b"], [1, "c"], [3, "d"]] as const) {
    await queue.put({ due, name });
  }
  assert.deepEqual(drain(queue).map(({ name }) => name), ["b", "d", "a", "c"]);
});

Deno.test("what has no order is refused at once, by put as well, and compare has to be a function", async () => {
  const queue = new PriorityQueue<unknown>(1);
  for (const item of [{}, null, undefined, () => {}, [{}, 1], [undefined]]) {
    assert.throws(() => queue.putNowait(item), TypeError);
    await rejection(queue.put(item), TypeError);
  }
  for (const item of [NaN, [NaN], new Date(NaN)]) {
    assert.throws(() => queue.putNowait(item), RangeError);
    await rejection(queue.put(item), RangeError);
  }
  assert.equal(queue.empty(), true);
  queue.putNowait(1);
  await rejection(queue.put({}), TypeError);
  assert.throws(() => new PriorityQueue(0, { compare: "name" as never }), TypeError);
});

Deno.test("an item that cannot be compared with the others is refused, and changes nothing", async () => {
  const queue = new PriorityQueue<unknown>();
  for (const item of [3, 1, 2]) queue.putNowait(item);
  assert.throws(() => queue.putNowait("a"), TypeError);
  await rejection(queue.put([1]), TypeError);
  assert.equal(String(queue), "<PriorityQueue maxsize=0 items=3 tasks=3>");
  assert.deepEqual(drain(queue), [1, 2, 3]);
});

Deno.test("a getter that waits gets the least of what is there when it goes on", async () => {
  await inNoTime(async () => {
    const queue = new PriorityQueue<number>();
    const getting = createTask(() => queue.get());
    await sleep(1);
    for (const item of [3, 1, 2]) queue.putNowait(item);
    assert.equal(await getting, 1);
  });
});

Deno.test("a full priority queue makes its producers wait", async () => {
  await inNoTime(async () => {
    const queue = new PriorityQueue<number>(2);
    const producer = createTask(async () => {
      for (const item of [3, 2, 1]) await queue.put(item);
    });
    await sleep(1);
    assert.equal(String(queue), "<PriorityQueue maxsize=2 items=2 putters=1 tasks=2>");
    assert.equal(await queue.get(), 2);
    await producer;
    assert.deepEqual(drain(queue), [1, 3]);
  });
});

Deno.test("queues of each kind drop what is there when they are shut down at once", () => {
  for (const queue of [new PriorityQueue<number>(), new LifoQueue<number>()]) {
    for (const item of [3, 1, 2]) queue.putNowait(item);
    queue.shutdown(true);
    assert.equal(queue.qsize(), 0);
    assert.throws(() => queue.getNowait(), { name: "QueueShutDown" });
  }
});

Deno.test("the last that was put in a LIFO queue comes first", () => {
  const queue = new LifoQueue<number>(3);
  for (const item of [1, 3, 2]) queue.putNowait(item);
  assert.throws(() => queue.putNowait(4), { name: "QueueFull" });
  assert.equal(queue.getNowait(), 2);
  queue.putNowait(5);
  assert.deepEqual(drain(queue), [5, 3, 1]);
});

Deno.test("a heap gives what a stable sort gives, however it is filled and emptied", () => {
  fc.assert(fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 9 }))), (steps) => {
    const heap = new Heap<[priority: number, step: number]>(([a], [b]) => a - b);
    let model: [number, number][] = [];
    for (const [step, priority] of steps.entries()) {
      if (priority === null) {
        assert.deepEqual(heap.shift(), model.shift());
      } else {
        heap.push([priority, step]);
        model.push([priority, step]);
        model = model.toSorted(([a], [b]) => a - b);
      }
      assert.equal(heap.size, model.length);
    }
    while (heap.size > 0) assert.deepEqual(heap.shift(), model.shift());
    assert.deepEqual(model, []);
  }));
});

Deno.test("a comparison that throws leaves a heap as it was", () => {
  fc.assert(fc.property(fc.array(fc.integer(), { minLength: 2 }), fc.nat(20), (items, calls) => {
    let left = Infinity;
    const heap = new Heap<number>((a, b) => {
      if (left === 0) throw new Error("I do not know");
      left -= 1;
      return a - b;
    });
    for (const item of items) heap.push(item);
    left = calls;
    const taken: number[] = [];
    let failures = 0;
    try {
      heap.push(0);
      items.push(0);
      taken.push(heap.shift()!);
    } catch {
      failures += 1;
    }
    left = Infinity;
    while (heap.size > 0) taken.push(heap.shift()!);
    assert.deepEqual(taken, items.toSorted((a, b) => a - b), `${failures} failed`);
  }));
});
