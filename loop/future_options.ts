/**
 * What futures and their callbacks are made with.
 *
 * @module
 */

import type { BaseEventLoop } from "./base_event_loop.ts";
import type { Context } from "./context.ts";

/** Options of the constructor of {@linkcode Future}. */
export interface FutureOptions {
  /**
   * The loop that calls back.
   *
   * @default {the loop of the running task, else the default loop}
   */
  loop?: BaseEventLoop;
}

/** Options of {@linkcode Future.addDoneCallback}. */
export interface DoneCallbackOptions {
  /**
   * The context in which the callback runs.
   *
   * @default {a copy of the caller's}
   */
  context?: Context;
}
