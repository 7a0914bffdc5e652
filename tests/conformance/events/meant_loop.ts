/**
 * CPython's `test_events`: which loop is meant.
 *
 * @module
 */

import assert from "node:assert/strict";
import { EventLoop } from "../../../loop/event_loop.ts";
import { getEventLoop, getRunningLoop, newEventLoop, setEventLoop } from "../../../loop/events.ts";
import { testCase } from "../by_hand.ts";
import { events } from "./suite.ts";

const policies = testCase(events, "PolicyTests");
const loops = testCase(events, "GetEventLoopTestsMixin");

const NO_POLICY = "There are no policies, which Python 3.14 has deprecated";
const DEFAULT =
  "There is always a loop: outside of loops, and where none is set, it is the default loop of the realm";

policies.adapted("test_get_event_loop", NO_POLICY, () => {
  const loop = getEventLoop();
  assert.ok(loop instanceof EventLoop);
  assert.equal(getEventLoop(), loop);
});

policies.adapted("test_get_event_loop_after_set_none", DEFAULT, (loop) => {
  const realm = getEventLoop();
  setEventLoop(loop);
  setEventLoop(null);
  assert.equal(getEventLoop(), realm);
  assert.throws(() => getRunningLoop(), { name: "RuntimeError", message: /no running/ });
});

policies.adapted("test_new_event_loop", NO_POLICY, () => {
  const loop = newEventLoop();
  assert.ok(loop instanceof EventLoop);
  assert.notEqual(newEventLoop(), loop);
  loop.close();
});

policies.adapted("test_set_event_loop", NO_POLICY, (old, { newLoop }) => {
  setEventLoop(old);
  assert.throws(() => setEventLoop({} as never), TypeError);
  const loop = newLoop();
  setEventLoop(loop);
  assert.equal(getEventLoop(), loop);
  assert.notEqual(getEventLoop(), old);
  setEventLoop(null);
});

for (
  const name of [
    "test_get_event_loop_returns_running_loop",
    "test_get_event_loop_returns_running_loop2",
  ]
) {
  loops.adapted(name, DEFAULT, async (loop) => {
    const realm = getEventLoop();
    const isOutside = () => {
      assert.equal(getEventLoop(), realm);
      assert.throws(() => getRunningLoop(), { name: "RuntimeError", message: /no running/ });
    };
    isOutside();
    await loop.runUntilComplete(() => {
      assert.equal(getEventLoop(), loop);
      assert.equal(getRunningLoop(), loop);
    });
    isOutside();
    setEventLoop(loop);
    assert.equal(getEventLoop(), loop);
    assert.throws(() => getRunningLoop(), { name: "RuntimeError" });
    setEventLoop(null);
    isOutside();
  });
}
