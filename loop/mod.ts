/**
 * When code runs: event loop, futures, tasks, time limits, locks and queues,
 * as in Python's asyncio, over native `async` and `await`.
 *
 * Durations are in milliseconds. What JavaScript does differently from Python:
 *
 * - An async function begins when it is called. So tasks are made of functions.
 * - A native promise cannot be interrupted. A task that awaits one is cancelled at its next
 *   wait for something of this library; `abortable()` and `interruptible()` join promises to it.
 * - `catch` catches `CancelledError` too: begin it with `rethrowIfCancelled(error)`.
 * - `await asyncFunction()` always takes a microtask, in which native code may run. Tasks and
 *   callbacks of the loop wait for their turn, but for 64 microtasks at most.
 * - A function that returns a future, or a promise that results in one, awaits it.
 * - Nothing blocks: `run()` returns a promise. Loops can run side by side, and futures of one
 *   can be awaited in another.
 * - The end of a block cannot be told an error: `TaskGroup.run()` takes its block as a function.
 *
 * @module
 */

export { run, Runner, type RunnerRunOptions, type RunOptions } from "./runners.ts";
export {
  abortable,
  allTasks,
  type Awaitable,
  createTask,
  type CreateTaskOptions,
  currentTask,
  ensureFuture,
  type EnsureFutureOptions,
  type ResultOf,
  shield,
  Task,
  type TaskOptions,
} from "./tasks.ts";
export type { TaskCallback } from "./task_arguments.ts";
export { sleep, type SleepOptions } from "./sleep.ts";
export { gather, type GatherOptions, type ResultsOf } from "./gather.ts";
export {
  ALL_COMPLETED,
  FIRST_COMPLETED,
  FIRST_EXCEPTION,
  wait,
  type WaitResult,
  type WaitTasksOptions,
} from "./wait_tasks.ts";
export {
  AsCompleted,
  asCompleted,
  type AsCompletedOptions,
  type Completed,
} from "./as_completed.ts";
export { Timeout, timeout, timeoutAt, waitFor } from "./timeouts.ts";
export { TaskGroup } from "./task_group.ts";
export {
  type AcquireOptions,
  Barrier,
  BoundedSemaphore,
  BrokenBarrierError,
  Condition,
  Event,
  Lock,
  Semaphore,
} from "./locks.ts";
export {
  LifoQueue,
  PriorityQueue,
  type PriorityQueueOptions,
  Queue,
  QueueEmpty,
  QueueFull,
  type QueueOptions,
  QueueShutDown,
  type QueueStore,
} from "./queues.ts";
export { Context, type ContextToken, ContextVar, copyContext } from "./context.ts";
export {
  type DoneCallbackOptions,
  Future,
  type FutureOptions,
  isfuture,
  wrapFuture,
  type WrapFutureOptions,
} from "./futures.ts";
export { iscoroutinefunction } from "./coroutines.ts";
export { EventLoop, type TaskFactory } from "./event_loop.ts";
export { getEventLoop, getRunningLoop, newEventLoop, setEventLoop } from "./events.ts";
export {
  createEagerTaskFactory,
  eagerTaskFactory,
  type TaskConstructor,
} from "./task_factories.ts";
export {
  BaseEventLoop,
  type EventLoopOptions,
  type ExceptionContext,
  type ExceptionHandler,
} from "./base_event_loop.ts";
export { toThread } from "./executors/threads.ts";
export { type Job, type JobFunction, type JobResult, type Jobs, jobs } from "./executors/jobs.ts";
export {
  Executor,
  type ExecutorOptions,
  type IterablesOf,
  type JobCall,
  type MapOptions,
  type ShutdownOptions,
  type SubmitOptions,
} from "./executors/executor.ts";
export { WorkerPoolExecutor, type WorkerPoolOptions } from "./executors/worker_pool.ts";
export { transferring } from "./executors/transferring.ts";
export {
  BrokenExecutor,
  BrokenWorkerError,
  ImportError,
  RemoteTraceback,
} from "./executors/executor_errors.ts";
export {
  type SharedFunctions,
  SharedLoop,
  shareLoop,
  type ShareOptions,
} from "./executors/shared_loop.ts";
export { RemoteLoop, runCoroutineThreadsafe } from "./executors/remote_loop.ts";
export { Handle, TimerHandle } from "./handles.ts";
export {
  type CallGraphOptions,
  captureCallGraph,
  formatCallGraph,
  type FrameCallGraphEntry,
  futureAddToAwaitedBy,
  type FutureCallGraph,
  futureDiscardFromAwaitedBy,
  printCallGraph,
  type PrintCallGraphOptions,
} from "./introspection/call_graph.ts";
export { formatTasks, printTasks } from "./introspection/task_report.ts";
export type { PrintStackOptions, StackOptions } from "./introspection/task_stack.ts";
export type { StackFrame } from "./introspection/stack.ts";
export type { TextOutput } from "./debug.ts";
export { type Clock, type ClockedLoop, systemClock } from "./clock.ts";
export { TestClock, type TestClockOptions } from "./test_clock.ts";
export {
  checkTimeout,
  DEFAULT_TIMEOUT,
  interruptible,
  type InterruptibleOptions,
  type WaitOptions,
} from "./wait.ts";
export {
  CancelledError,
  type ErrorFilter,
  ExceptionGroup,
  InvalidStateError,
  KeyboardInterrupt,
  NotImplementedError,
  type Origin,
  rethrowIfCancelled,
  RuntimeError,
  TimeoutError,
  type TimeoutErrorOptions,
} from "./exceptions.ts";
