/**
 * Which loop is meant: that of the calling code, the one that was set for code
 * outside of loops, or the default loop of the realm.
 *
 * @module
 */

import { currentFrame, type FrameLoop } from "./context.ts";
import { RuntimeError } from "./exceptions.ts";

/** A loop that can be the default loop. */
export interface RealmLoop extends FrameLoop {
  /** Has it run for good. */
  _runAsDefault(): this;
}

/**
 * The loop of the calling code; outside of loops, and where that one is closed, the loop that was
 * set for such code, else the default loop.
 *
 * @returns The loop.
 */
export function currentLoop(): FrameLoop {
  const { _loop: loop } = currentFrame();
  if (loop !== null && !loop.isClosed()) return loop;
  return loopOutside === null || loopOutside.isClosed() ? defaultLoop() : loopOutside;
}

/**
 * The default loop of the realm, which is made when it is first needed.
 *
 * @returns The loop.
 */
export function defaultLoop(): FrameLoop {
  return theDefault ??= makeDefault()._runAsDefault();
}

/**
 * Says which loop is meant outside of loops.
 *
 * @param loop The loop, or `null` for the default loop.
 */
export function setLoopOutside(loop: FrameLoop | null): void {
  loopOutside = loop;
}

/**
 * Says how the default loop is made.
 *
 * @param make Makes it.
 */
export function setDefaultLoop(make: () => RealmLoop): void {
  makeDefault = make;
}

/** The loops that run now. */
export const runningLoops: Set<FrameLoop | null> = new Set();

let makeDefault = (): RealmLoop => {
  throw new RuntimeError("There is no default event loop: import loop/event_loop.ts");
};
let theDefault: FrameLoop | undefined;
let loopOutside: FrameLoop | null = null;
