/**
 * Taking turns, and waiting for something to happen (Python's `asyncio.locks`).
 *
 * @module
 */

export type { AcquireOptions } from "./line.ts";
export { Barrier, BrokenBarrierError } from "./barrier.ts";
export { Condition } from "./condition.ts";
export { Event } from "./event.ts";
export { Lock } from "./lock.ts";
export { BoundedSemaphore, Semaphore } from "./semaphores.ts";
