/**
 * Handing things from task to task (Python's `asyncio.queues`).
 *
 * @module
 */

export { LifoQueue } from "./lifo_queue.ts";
export { PriorityQueue, type PriorityQueueOptions } from "./priority_queue.ts";
export {
  Queue,
  QueueEmpty,
  QueueFull,
  type QueueOptions,
  QueueShutDown,
  type QueueStore,
} from "./queue.ts";
