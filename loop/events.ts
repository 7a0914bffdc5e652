/**
 * Which event loop is meant (Python's `asyncio.events`).
 *
 * @module
 */

import { currentFrame } from "./context.ts";
import { EventLoop } from "./event_loop.ts";
import { RuntimeError } from "./exceptions.ts";
import { currentLoop, setLoopOutside } from "./loops.ts";

/**
 * Makes an event loop (`asyncio.new_event_loop`), as `new EventLoop()` does.
 *
 * @returns A loop that does not run yet.
 *
 * @example Run and close it by hand
 * ```ts
 * import assert from "node:assert/strict";
 * import { newEventLoop } from "https://tulip.example/loop/mod.ts";
 *
 * const loop = newEventLoop();
 * assert.equal(await loop.runUntilComplete(() => 42), 42);
 * loop.close();
 * ```
 */
export function newEventLoop(): EventLoop {
  return new EventLoop();
}

/**
 * The loop of the calling code: that of its task or callback. Outside of them,
 * and where that loop is closed, the loop that was set by
 * {@linkcode setEventLoop}, else the default loop (`asyncio.get_event_loop`).
 *
 * @returns The loop.
 *
 * @example The default loop always runs
 * ```ts
 * import assert from "node:assert/strict";
 * import { getEventLoop } from "https://tulip.example/loop/mod.ts";
 *
 * assert.equal(getEventLoop().isRunning(), true);
 * ```
 */
export function getEventLoop(): EventLoop {
  return currentLoop() as EventLoop;
}

/**
 * Says which loop is meant by code that no loop runs (`asyncio.set_event_loop`).
 *
 * What such code starts then waits until that loop is run.
 *
 * @param loop The loop; `null` for the default loop.
 * @throws {TypeError} If it is neither a loop nor `null`.
 *
 * @example Futures of a loop that runs later
 * ```ts
 * import assert from "node:assert/strict";
 * import { EventLoop, Future, setEventLoop } from "https://tulip.example/loop/mod.ts";
 *
 * const loop = new EventLoop();
 * setEventLoop(loop);
 * assert.equal(new Future().getLoop(), loop);
 * setEventLoop(null);
 * ```
 */
export function setEventLoop(loop: EventLoop | null): void {
  if (loop !== null && !(loop instanceof EventLoop)) {
    throw new TypeError("setEventLoop() takes an EventLoop or null");
  }
  setLoopOutside(loop);
}

/**
 * The loop that runs the calling code (`asyncio.get_running_loop`).
 *
 * @returns The loop.
 * @throws {RuntimeError} If the code runs in no task and no callback of a loop.
 *
 * @example Inside a program
 * ```ts
 * import assert from "node:assert/strict";
 * import { getRunningLoop, run } from "https://tulip.example/loop/mod.ts";
 *
 * assert.equal(await run(() => getRunningLoop().isRunning()), true);
 * ```
 */
export function getRunningLoop(): EventLoop {
  const { _loop: loop } = currentFrame();
  if (loop instanceof EventLoop && !loop.isClosed()) return loop;
  throw new RuntimeError("There is no running event loop");
}
