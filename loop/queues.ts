/**
 * Handing things from task to task (Python's `asyncio.queues`).
 *
 * @module
 */

export { LifoQueue } from "./queues/lifo_queue.ts";
export { PriorityQueue, type PriorityQueueOptions } from "./queues/priority_queue.ts";
export {
  Queue,
  QueueEmpty,
  QueueFull,
  type QueueOptions,
  QueueShutDown,
  type QueueStore,
} from "./queues/queue.ts";
