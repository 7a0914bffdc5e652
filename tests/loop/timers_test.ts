import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { EventLoop } from "../../loop/event_loop.ts";
import { getEventLoop, getRunningLoop } from "../../loop/events.ts";
import { sleep } from "../../loop/sleep.ts";
import { currentTask } from "../../loop/tasks.ts";
import { TestClock } from "../../loop/test_clock.ts";
import type { Clock } from "../../loop/clock.ts";
import { IMMEDIATE_IS_A_TIMER } from "../../loop/turns.ts";
import { TimerHandle } from "../../loop/handles.ts";
import type { Ready } from "../../loop/ready.ts";
import { Ring } from "../../loop/ring.ts";
import { TimerQueue } from "../../loop/timers.ts";
import { inNoTime } from "./in_no_time.ts";

Deno.test("timers fire in the order of their times, equal ones in the order of their making", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ delay: fc.integer({ min: 0, max: 20 }), cancel: fc.boolean() }), {
        maxLength: 200,
      }),
      async (timers) => {
        const fired: number[] = [];
        await inNoTime(async () => {
          const loop = getRunningLoop();
          const handles = timers.map(({ delay }, i) => loop.callLater(delay, () => fired.push(i)));
          timers.forEach(({ cancel }, i) => cancel && handles[i]!.cancel());
          await sleep(30);
        });
        const expected = timers
          .map(({ delay, cancel }, i) => ({ delay, cancel, i }))
          .filter(({ cancel }) => !cancel)
          .sort((a, b) => a.delay - b.delay || a.i - b.i)
          .map(({ i }) => i);
        assert.deepEqual(fired, expected);
      },
    ),
    { numRuns: 50 },
  );
});

Deno.test("a timer fires at its time, and knows it", async () => {
  await inNoTime(async (clock) => {
    const loop = getRunningLoop();
    const times: number[] = [];
    const handle = loop.callLater(1500, () => times.push(clock.now()));
    assert.equal(handle.when(), 1500);
    loop.callAt(700, () => times.push(clock.now()));
    loop.callLater(-5, () => times.push(clock.now()));
    await sleep(2000);
    assert.deepEqual(times, [0, 700, 1500]);
  });
});

Deno.test("a timer may lie further off than setTimeout can reach", async () => {
  const days = 60 * 24 * 3_600_000;
  await inNoTime(async (clock) => {
    await sleep(days);
    assert.equal(clock.now(), days);
  });
});

Deno.test("NaN is no time", () => {
  const loop = new EventLoop();
  assert.throws(() => loop.callLater(NaN, () => {}), RangeError);
  assert.throws(() => loop.callAt(NaN, () => {}), RangeError);
  assert.throws(() => sleep(NaN), RangeError);
  loop.close();
});

Deno.test("setting and cancelling many timers leaves nothing armed", async () => {
  const clock = new CountingClock();
  const loop = new EventLoop({ clock });
  const running = loop.runForever();
  for (let i = 0; i < 5000; i++) loop.callLater(30_000, () => {}).cancel();
  assert.equal(clock.armed, IMMEDIATE_IS_A_TIMER ? 5000 : 1);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(clock.live, 0);
  await close(loop, running);
});

Deno.test("a live timer stays armed when the one before it is cancelled", async () => {
  const clock = new CountingClock();
  const loop = new EventLoop({ clock });
  const running = loop.runForever();
  const fired: string[] = [];
  const early = loop.callLater(10, () => fired.push("early"));
  loop.callLater(20, () => fired.push("late"));
  early.cancel();
  await new Promise((resolve) => setImmediate(resolve));
  await clock.pass(10);
  await clock.pass(10);
  assert.deepEqual(fired, ["late"]);
  assert.equal(clock.live, 0);
  await close(loop, running);
});

Deno.test("a timer that never fires can be cancelled like any other", async () => {
  const clock = new CountingClock();
  const loop = new EventLoop({ clock });
  const running = loop.runForever();
  const handle = loop.callLater(Infinity, () => {});
  assert.equal(clock.live, 1);
  handle.cancel();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(clock.live, 0);
  await close(loop, running);
});

Deno.test("a loop that does not run sets no timer of its clock", async () => {
  const clock = new CountingClock();
  const loop = new EventLoop({ clock });
  loop.callLater(10, () => {});
  assert.equal(clock.live, 0);
  const running = loop.runForever();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(clock.live, 1);
  loop.stop();
  await running;
  assert.equal(clock.live, 0);
  loop.close();
});

async function close(loop: EventLoop, running: Promise<void>): Promise<void> {
  loop.stop();
  await running;
  loop.close();
}

Deno.test("a cancelled timer trips no sanitizer, nor keeps the process alive", () => {
  getEventLoop().callLater(3_600_000, () => {}).cancel();
});

class CountingClock implements Clock {
  armed = 0;
  #now = 0;
  #timers: Set<{ at: number; callback: () => void }> = new Set();

  get live() {
    return this.#timers.size;
  }

  now() {
    return this.#now;
  }

  setTimer(callback: () => void, delay: number) {
    this.armed += 1;
    const timer = { at: this.#now + delay, callback };
    this.#timers.add(timer);
    return timer;
  }

  clearTimer(id: unknown) {
    this.#timers.delete(id as never);
  }

  async pass(ms: number) {
    this.#now += ms;
    for (const timer of [...this.#timers]) {
      if (timer.at > this.#now) continue;
      this.#timers.delete(timer);
      timer.callback();
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

Deno.test("a timer whose setting takes so long that the loop comes round meanwhile is not left behind", () => {
  let now = 0;
  let due = (): void => {};
  const native = new Set<number>();
  const queue = new TimerQueue({
    clock: {
      now: () => now,
      setTimer(_callback: () => void, delay: number): unknown {
        // The first use of `setTimeout` may run reactions of promises in here.
        now += 10;
        due();
        const id = native.size + 1;
        native.add(id);
        assert.ok(delay > 0);
        return id;
      },
      clearTimer: (id: unknown): void => {
        native.delete(id as number);
      },
    },
    onDue: () => {},
    outside: (callback) => callback(),
  });
  queue.resume();
  const ready = new Ring<Ready>();
  const timer = new TimerHandle(5, new EventLoop(), null, () => {}, []);
  due = () => queue.takeDue(ready);
  queue.add(timer, now);
  assert.equal(ready.size, 1);
  assert.equal(native.size, 0);
});

Deno.test("a timer in the background calls in no task, can be cancelled, and keeps no program from its end", async () => {
  const clock = new TestClock({ auto: false });
  const loop = new EventLoop({ clock });
  const called: unknown[] = [];
  await loop.runUntilComplete(async () => {
    loop._callInBackground(10, () => called.push([clock.now(), currentTask()]));
    const cancel = loop._callInBackground(20, () => called.push("cancelled"));
    cancel();
    await clock.advance(30);
  });
  assert.deepEqual(called.splice(0), [[10, null]]);
  loop._callInBackground(1, () => called.push("closed"));
  loop.close();
  await clock.advance(30);
  assert.deepEqual(called, []);

  const program = `
    import { getEventLoop } from ${
    JSON.stringify(new URL("../../loop/events.ts", import.meta.url))
  };
    getEventLoop()._callInBackground(60_000, () => console.log("late"));
    console.log("ended");
  `;
  const args = ["eval", "--no-check", program];
  const { stdout, success } = await new Deno.Command(Deno.execPath(), { args }).output();
  assert.deepEqual([new TextDecoder().decode(stdout), success], ["ended\n", true]);
});
