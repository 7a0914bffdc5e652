/**
 * CPython's `test_events`: handles, and those of timers.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { EventLoop } from "../../../loop/event_loop.ts";
import { Handle, TimerHandle } from "../../../loop/handles.ts";
import { reportsOf, runBriefly, testCase } from "../by_hand.ts";
import { events } from "./suite.ts";

const handles = testCase(events, "HandleTests");
const timers = testCase(events, "TimerTests");

const NO_SOURCE =
  "A function does not know where it was written, and its arguments may be secret: the name of the function is shown";

function noop(..._args: unknown[]): void {}

function makeHandle(loop: EventLoop, callback: (...args: never[]) => unknown = noop): Handle {
  return new Handle(loop, null, callback, []);
}

function makeTimer(loop: EventLoop, when: number): TimerHandle {
  return new TimerHandle(when, loop, null, noop, []);
}

handles.adapted(
  "test_handle",
  "The callback and its arguments are nobody else's",
  (loop) => {
    const calls: unknown[] = [];
    const handle = new Handle(loop, null, (...args: unknown[]) => calls.push(args), [1, 2]);
    assert.equal(handle.cancelled(), false);
    handle._step(handle);
    assert.deepEqual(calls, [[1, 2]]);
    handle.cancel();
    assert.equal(handle.cancelled(), true);
    handle._step(handle);
    assert.equal(calls.length, 1);
  },
);

handles.held("test_callback_with_exception", async (loop) => {
  const reports = reportsOf(loop);
  loop.setDebug(true);
  const handle = loop.callSoon(function callback() {
    throw new RangeError();
  });
  await runBriefly(loop);
  assert.equal(reports.length, 1);
  const { message, exception, sourceTraceback, ...others } = reports[0]!;
  assert.match(message, /^Exception in callback/);
  assert.ok(exception instanceof RangeError);
  assert.equal(sourceTraceback, String(handle._madeAt));
  assert.deepEqual(others, { handle });
});

handles.held("test_handle_weakref", (loop) => {
  const handle = makeHandle(loop);
  const weak = new WeakMap([[handle, "h"]]);
  assert.equal(weak.get(handle), "h");
  assert.equal(new WeakRef(handle).deref(), handle);
});

handles.adapted("test_handle_repr", NO_SOURCE, (loop) => {
  const handle = makeHandle(loop);
  assert.equal(String(handle), "<Handle noop>");
  handle.cancel();
  assert.equal(String(handle), "<Handle cancelled>");
  assert.equal(String(makeHandle(loop, noop.bind(null, 1, 2))), "<Handle bound noop>");
  class Owner {
    method(): void {}
  }
  assert.equal(String(makeHandle(loop, new Owner().method)), "<Handle method>");
  assert.equal(String(makeHandle(loop, () => {})), "<Handle anonymous>");
});

handles.adapted("test_handle_repr_debug", NO_SOURCE, (loop) => {
  loop.setDebug(true);
  const handle = loop.callSoon(noop, 1, 2);
  const created = /^<Handle noop created at file:\/\/.*events\/handles\.ts:\d+:\d+>$/;
  assert.match(String(handle), created);
  handle.cancel();
  assert.match(String(handle), /^<Handle cancelled noop created at .*handles\.ts:\d+:\d+>$/);
  const text = String(handle);
  handle.cancel();
  assert.equal(String(handle), text);
});

handles.held("test_handle_source_traceback", (loop) => {
  loop.setDebug(true);
  function testHandleSourceTraceback(): Handle[] {
    return [
      loop.callSoon(noop),
      loop.callSoonThreadsafe(noop),
      loop.callLater(0, noop),
      loop.callAt(0, noop),
    ];
  }
  const lines = testHandleSourceTraceback().map((handle) => {
    const [frame] = handle._madeAt!.frames;
    assert.equal(frame!.fileName, import.meta.url);
    assert.equal(frame!.functionName, "testHandleSourceTraceback");
    return frame!.lineNumber;
  });
  const [first] = lines;
  assert.deepEqual(lines, [0, 1, 2, 3].map((n) => first! + n));
});

timers.held("test_when", (loop) => {
  const when = loop.time();
  assert.equal(makeTimer(loop, when).when(), when);
});

timers.adapted(
  "test_timer",
  "The callback and its arguments are nobody else's",
  (loop) => {
    const calls: unknown[] = [];
    const callback = (...args: unknown[]) => calls.push(args);
    const timer = new TimerHandle(loop.time(), loop, null, callback, [1, 2, 3]);
    assert.equal(timer.cancelled(), false);
    timer._step(timer);
    assert.deepEqual(calls, [[1, 2, 3]]);
    timer.cancel();
    assert.equal(timer.cancelled(), true);
    timer._step(timer);
    assert.equal(calls.length, 1);
  },
);

timers.adapted("test_timer_repr", NO_SOURCE, (loop) => {
  const timer = makeTimer(loop, 123);
  assert.equal(String(timer), "<TimerHandle when=123 noop>");
  timer.cancel();
  assert.equal(String(timer), "<TimerHandle cancelled when=123>");
});

timers.adapted("test_timer_repr_debug", NO_SOURCE, (loop) => {
  loop.setDebug(true);
  const timer = loop.callAt(123, noop);
  assert.match(String(timer), /^<TimerHandle when=123 noop created at .*handles\.ts:\d+:\d+>$/);
  timer.cancel();
  assert.match(
    String(timer),
    /^<TimerHandle cancelled when=123 noop created at .*handles\.ts:\d+:\d+>$/,
  );
});

timers.adapted(
  "test_timer_comparison",
  "Objects cannot say how they are compared: it is their times that are, and timers of the same time keep the order of their making",
  async (loop) => {
    const calls: string[] = [];
    const when = loop.time() + 5;
    const first = loop.callAt(when, () => calls.push("first"));
    const last = loop.callAt(when + 10, () => calls.push("last"));
    const second = loop.callAt(when, () => calls.push("second"));
    assert.equal(first.when() === second.when(), true);
    assert.equal(first.when() < last.when(), true);
    assert.notEqual(first, second);
    last.cancel();
    loop.callAt(when + 10, () => loop.stop());
    await loop.runForever();
    assert.deepEqual(calls, ["first", "second"]);
  },
);
