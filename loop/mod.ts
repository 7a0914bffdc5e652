/**
 * When code runs: event loop, futures, tasks, time limits, locks and queues,
 * as in Python's asyncio, over native `async` and `await`.
 *
 * @module
 */

export * from "./runners.ts";
export * from "./tasks.ts";
export * from "./sleep.ts";
export * from "./timeouts.ts";
export * from "./locks.ts";
export { Future, type FutureOptions, isfuture } from "./futures.ts";
export * from "./event_loop.ts";
export * from "./exceptions.ts";
