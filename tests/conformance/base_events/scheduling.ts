/**
 * CPython's `test_base_events`: callbacks, and timers.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Handle, TimerHandle } from "../../../loop/handles.ts";
import { Ring } from "../../../loop/ring.ts";
import { TestClock } from "../../../loop/test_clock.ts";
import { TimerQueue } from "../../../loop/timers.ts";
import { runBriefly } from "../by_hand.ts";
import { adapted, held } from "./suite.ts";

const NO_LISTS = "What is scheduled is seen when it runs: the loop shows nobody its queues";

adapted("test__add_callback_handle", NO_LISTS, async (loop) => {
  let calls = 0;
  loop.callSoon(() => calls++);
  assert.equal(calls, 0);
  await runBriefly(loop);
  assert.equal(calls, 1);
});

adapted("test__add_callback_cancelled_handle", NO_LISTS, async (loop) => {
  let calls = 0;
  loop.callSoon(() => calls++).cancel();
  await runBriefly(loop);
  assert.equal(calls, 0);
});

adapted("test_call_soon", NO_LISTS, async (loop) => {
  const log: string[] = [];
  const handle = loop.callSoon((word: string) => log.push(word), "called");
  assert.ok(handle instanceof Handle);
  assert.deepEqual(log, []);
  await runBriefly(loop);
  assert.deepEqual(log, ["called"]);
});

held("test_call_soon_non_callable", (loop) => {
  loop.setDebug(true);
  assert.throws(() => loop.callSoon(1 as never), { name: "TypeError", message: /a function/ });
});

adapted("test_call_later", NO_LISTS, async (loop) => {
  const log: string[] = [];
  const handle = loop.callLater(10_000, () => log.push("wrong"));
  assert.ok(handle instanceof TimerHandle);
  assert.throws(() => loop.callLater(null as never, () => {}), TypeError);
  await runBriefly(loop);
  assert.deepEqual(log, []);
});

held("test_call_later_negative_delays", async (loop) => {
  const calls: string[] = [];
  const callback = (arg: string) => calls.push(arg);
  loop.callLater(-1000, callback, "a");
  loop.callLater(-2000, callback, "b");
  await runBriefly(loop);
  assert.deepEqual(calls, ["b", "a"]);
});

held("test_time_and_call_at", async (loop) => {
  const delay = 20;
  const began = loop.time();
  loop.callAt(loop.time() + delay, () => loop.stop());
  await loop.runForever();
  assert.ok(loop.time() - began >= delay - 0.01);
  assert.throws(() => loop.callAt(null as never, () => {}), TypeError);
});

adapted(
  "test__run_once",
  "The runtime's timer takes the place of select(): a cancelled timer that comes first does not hold the next one up",
  async (loop, { clock }) => {
    const began = loop.time();
    const first = loop.callLater(5, () => assert.fail("it was cancelled"));
    loop.callLater(10, () => loop.stop());
    first.cancel();
    await loop.runForever();
    if (clock !== null) assert.equal(loop.time() - began, 10);
    assert.ok(loop.time() - began >= 10 - 0.01);
  },
);

adapted("test__run_once_schedule_handle", NO_LISTS, async (loop) => {
  const log: string[] = [];
  loop.callAt(loop.time() - 1000, () => {
    log.push("timer");
    loop.callSoon(() => log.push("next round"));
    loop.stop();
  });
  await loop.runForever();
  assert.deepEqual(log, ["timer"]);
  await runBriefly(loop);
  assert.deepEqual(log, ["timer", "next round"]);
});

adapted(
  "test__run_once_cancelled_event_cleanup",
  "It is the queue of the timers that is looked at; it sweeps when a timer is cancelled, not in the next round",
  (loop) => {
    const clock = new TestClock();
    const queue = new TimerQueue({ clock, onDue() {}, outside: (callback) => callback() });
    queue.resume();
    const add = (count: number, delay: number) =>
      Array.from({ length: count }, () => {
        const timer = new TimerHandle(clock.now() + delay, loop, null, () => {}, []);
        queue.add(timer, clock.now());
        return timer;
      });
    const cancel = (timers: TimerHandle[]) => timers.forEach((timer) => timer.cancel());

    // One that is live comes before some of the others, so that they are not simply due first.
    add(1, 3_000_000);
    cancel(add(2, 3_600_000));
    cancel(add(2, 100_000));
    assert.equal(queue.size, 5, "a small heap is not swept");
    queue.takeDue(new Ring());
    assert.equal(queue.size, 3, "those that come first go at once");

    add(49, 3_600_000);
    const most = add(51, 3_600_000);
    assert.equal(queue.size, 103);
    cancel(most.slice(0, 49));
    assert.equal(queue.size, 103, "51 of 103 are not more than half");
    cancel(most.slice(49));
    assert.equal(queue.size, 51, "and then all of them went, but for the last");
    queue.clear();
  },
);

held("test_run_once", async (loop) => {
  let count = 0;
  loop.callSoon(() => count++);
  loop.callSoon(() => loop.stop());
  await loop.runForever();
  assert.equal(count, 1);
});
