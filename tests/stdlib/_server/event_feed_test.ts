import assert from "node:assert/strict";
import { CancelledError } from "../../../loop/exceptions.ts";
import { createTask } from "../../../loop/tasks.ts";
import { run } from "../../../loop/runners.ts";
import { EventFeed } from "../../../stdlib/_server/event_feed.ts";

Deno.test("EventFeed gives everyone what happens from their call on", async () => {
  const feed = new EventFeed<number>();
  feed.tell(1);
  const first = feed.view();
  feed.tell(2);
  const second = feed.view();
  feed.tell(3);
  feed.end();
  assert.deepEqual(await Array.fromAsync(first), [2, 3]);
  assert.deepEqual(await Array.fromAsync(second), [3]);
  assert.deepEqual(await Array.fromAsync(feed.view()), []);
});

Deno.test("EventFeed keeps nobody waiting: who does not take is told how much was missed", async () => {
  const feed = new EventFeed<string>();
  const view = feed.view({ maxBuffered: 2 });
  for (const event of ["a", "b", "c", "d"]) feed.tell(event);
  assert.deepEqual((await view.next()).value, "a");
  assert.deepEqual((await view.next()).value, "b");
  // There is room again behind the gap, and then another gap.
  for (const event of ["e", "f", "g", "h", "i"]) feed.tell(event);
  feed.end();
  assert.deepEqual(await Array.fromAsync(view), [
    { type: "missed", count: 2 },
    "e",
    { type: "missed", count: 4 },
  ]);
});

Deno.test("EventFeed wakes who waits, and forgets who leaves", async () => {
  const feed = new EventFeed<number>();
  const seen: unknown[] = [];
  const looking = (async () => {
    for await (const event of feed.view()) {
      seen.push(event);
      if (event === 2) break;
    }
  })();
  for (const event of [1, 2, 3]) {
    feed.tell(event);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  await looking;
  assert.deepEqual(seen, [1, 2]);
});

Deno.test("EventFeed ends a wait by its signal, or with its task", async () => {
  const feed = new EventFeed<number>();
  const view = feed.view({ signal: AbortSignal.abort(new Error("enough")) });
  await assert.rejects(view.next(), /enough/);
  assert.equal((await view.next()).done, true);
  await run(async () => {
    const task = createTask(() => feed.view().next());
    await Promise.resolve();
    task.cancel();
    await assert.rejects(async () => await task, CancelledError);
  });
});

Deno.test("EventFeed refuses a buffer that is none", () => {
  for (const maxBuffered of [0, NaN, -1]) {
    assert.throws(() => new EventFeed().view({ maxBuffered }), RangeError);
  }
});
