import assert from "node:assert/strict";
import { EventLoop } from "../../loop/event_loop.ts";
import { getRunningLoop } from "../../loop/events.ts";
import { run } from "../../loop/runners.ts";
import { sleep } from "../../loop/sleep.ts";
import { createTask } from "../../loop/tasks.ts";
import { TestClock } from "../../loop/test_clock.ts";

Deno.test("time stands still while something runs, and then jumps to the next timer", async () => {
  const clock = new TestClock({ start: 1000 });
  const log: [string, number][] = [];
  await run(async () => {
    createTask(async () => {
      await sleep(500);
      log.push(["late", clock.now()]);
    });
    for (let i = 0; i < 1000; i++) await sleep(0);
    await new Promise((resolve) => queueMicrotask(() => resolve(null)));
    log.push(["busy", clock.now()]);
    await sleep(100);
    log.push(["early", clock.now()]);
    await sleep(1000);
  }, { loopFactory: () => new EventLoop({ clock }) });
  assert.deepEqual(log, [["busy", 1000], ["early", 1100], ["late", 1500]]);
  assert.equal(clock.now(), 2100);
});

Deno.test("without auto, only advance moves the time, step by step", async () => {
  const clock = new TestClock({ auto: false });
  const loop = new EventLoop({ clock });
  const log: [string, number][] = [];
  const running = loop.runUntilComplete(async () => {
    await sleep(10);
    log.push(["first", clock.now()]);
    await sleep(10);
    log.push(["second", clock.now()]);
  });
  await new Promise((resolve) => setTimeout(resolve, 3));
  assert.deepEqual(log, []);
  await clock.advance(9);
  assert.deepEqual(log, []);
  await clock.advance(1);
  assert.deepEqual(log, [["first", 10]]);
  await clock.advance(100);
  assert.deepEqual(log, [["first", 10], ["second", 20]]);
  assert.equal(clock.now(), 110);
  await running;
  loop.close();
});

Deno.test("advance works inside a task, and does not go back", async () => {
  const clock = new TestClock();
  await run(async () => {
    let fired = 0;
    getRunningLoop().callLater(50, () => fired = clock.now());
    await clock.advance(80);
    assert.deepEqual([fired, clock.now()], [50, 80]);
    await assert.rejects(clock.advance(-1), RangeError);
    await assert.rejects(clock.advance(NaN), RangeError);
  }, { loopFactory: () => new EventLoop({ clock }) });
});

Deno.test("two loops may run by one clock", async () => {
  const clock = new TestClock();
  const loopFactory = () => new EventLoop({ clock });
  const log: string[] = [];
  await Promise.all(["a", "b"].map((name, i) =>
    run(async () => {
      await sleep(20 - i * 10);
      log.push(`${name} ${clock.now()}`);
    }, { loopFactory })
  ));
  assert.deepEqual(log, ["b 10", "a 20"]);
});
