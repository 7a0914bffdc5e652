/**
 * Small programs for an event loop, as data: what `interpreter.ts` runs with Tulip and
 * `interpreter.py` with asyncio.
 *
 * Tasks, and the futures of `gather` and `shield` that a program keeps, are named by the number of
 * the step that starts them. No program waits in a circle, for to cancel one that does is an
 * endless recursion in Python and here: a task waits only for what has a higher number than itself,
 * and what is started has a higher number than what starts it.
 *
 * @module
 */

/** What can be waited for: a task that was started (or not yet, then it is left out), or a new one. */
export type Item = { ref: number } | { id: number; body: Step[] };

/** The errors of programs, by Python's names. */
export type ErrorName = "ValueError" | "KeyError";

/** Which exceptions a `try` catches: Python's `CancelledError`, `Exception`, or both. */
export type Caught = "cancelled" | "errors" | "all";

/** What to wait for, as `asyncio.wait` names it. */
export type ReturnWhen = "FIRST_COMPLETED" | "FIRST_EXCEPTION" | "ALL_COMPLETED";

/** One statement. Each writes what came of it to the trace. */
export type Step =
  & { id: number }
  & (
    | { op: "log" | "uncancel" | "cancelling" | "callSoon" | "cancelGroup" }
    | { op: "raise"; error: ErrorName }
    | { op: "sleep" | "callLater"; ms: number }
    | { op: "set" | "clear" | "waitEvent"; event: number }
    | { op: "acquire" | "release"; lock: number }
    | { op: "locked"; lock: number; body: Step[] }
    | { op: "waitNotified" | "notifyAll"; lock: number }
    | { op: "waitUntilSet"; lock: number; event: number }
    | { op: "notify"; lock: number; count: number }
    | { op: "meet" | "resetBarrier" | "abortBarrier"; barrier: number }
    | { op: "put" | "putNowait" | "get" | "getNowait" | "taskDone" | "join"; queue: number }
    | { op: "shutdown"; queue: number; immediate: boolean }
    | { op: "setResult" | "setException" | "awaitFuture" | "cancelFuture"; future: number }
    | { op: "start"; kind: "task" | "gather" | "shield"; items: { id: number; body: Step[] }[] }
    | { op: "startInGroup"; body: Step[] }
    | { op: "await" | "doneCallback"; ref: number }
    | { op: "cancel"; ref: number; message: string | null }
    | { op: "shield"; item: Item }
    | { op: "gather"; items: Item[]; returnExceptions: boolean }
    | { op: "wait"; refs: number[]; returnWhen: ReturnWhen; ms: number | null }
    | { op: "asCompleted"; refs: number[]; ms: number | null }
    | { op: "waitFor"; item: Item; ms: number | null }
    | { op: "group"; body: Step[] }
    | {
      op: "timeout";
      ms: number | null;
      /** Another limit, set at the beginning of the body. */
      then: number | null;
      /** Tulip's two ways to write it. They are one in Python. */
      form: "using" | "function";
      body: Step[];
    }
    | {
      op: "try";
      body: Step[];
      catches: Caught | null;
      handler: Step[];
      rethrow: boolean;
      last: Step[];
    }
  );

/** What can be acquired, by Python's names. A semaphore has two places, a bounded one has one. */
export type LockKind = "Lock" | "Semaphore" | "BoundedSemaphore" | "Condition";

/** Queues, by Python's names. */
export type QueueKind = "Queue" | "LifoQueue" | "PriorityQueue";

/** One kind of step. */
export type StepOf<Op extends Step["op"]> = Extract<Step, { op: Op }>;

/** A program: its main function, which is task 0, and what all tasks share. */
export interface Program {
  main: Step[];
  locks: LockKind[];
  events: number;
  futures: number;
  /** How many each barrier is for. */
  barriers: number[];
  queues: { kind: QueueKind; size: number }[];
}
