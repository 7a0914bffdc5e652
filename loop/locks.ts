/**
 * Taking turns, and waiting for something to happen (Python's `asyncio.locks`).
 *
 * @module
 */

export type { AcquireOptions } from "./locks/line.ts";
export { Barrier, BrokenBarrierError } from "./locks/barrier.ts";
export { Condition } from "./locks/condition.ts";
export { Event } from "./locks/event.ts";
export { Lock } from "./locks/lock.ts";
export { BoundedSemaphore, Semaphore } from "./locks/semaphores.ts";
