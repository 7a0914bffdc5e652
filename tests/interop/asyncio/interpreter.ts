/**
 * Runs a program with Tulip, by a clock that does not wait.
 *
 * Steps are generators inside one another, and only their driver is an async function: so that
 * what comes between two waits of a task is one piece, as in Python, where awaiting a coroutine
 * gives nobody else a turn (`await asyncFunction()` always takes a microtask). Functions that Tulip
 * itself calls, those of groups and time limits, remain async ones.
 *
 * @module
 */

import { asCompleted } from "../../../loop/as_completed.ts";
import { EventLoop } from "../../../loop/event_loop.ts";
import { getRunningLoop } from "../../../loop/events.ts";
import { CancelledError } from "../../../loop/exceptions.ts";
import type { Future } from "../../../loop/future.ts";
import { gather } from "../../../loop/gather.ts";
import { run } from "../../../loop/runners.ts";
import { sleep } from "../../../loop/sleep.ts";
import { TaskGroup } from "../../../loop/task_group.ts";
import { createTask, currentTask, shield } from "../../../loop/tasks.ts";
import { TestClock } from "../../../loop/test_clock.ts";
import { type Timeout, timeout, waitFor } from "../../../loop/timeouts.ts";
import { wait } from "../../../loop/wait_tasks.ts";
import type { Caught, Item, Program, Step, StepOf } from "./program.ts";
import { share, type Shared, stepOfShared } from "./shared.ts";
import { name, ProgramError, show } from "./show.ts";

/** What a step waits for comes out, what it results in goes in. */
type Steps<T = void> = Generator<unknown, T, unknown>;

/** Where a step stands. */
interface Place {
  /** The number of the task. */
  task: number;
  group: TaskGroup | null;
}

/** After this time everything that is left is cancelled, again and again until it ends. */
const END = 60;
const ROUNDS = 60;

/**
 * Runs a program.
 *
 * @param program The program.
 * @returns Its trace: the time, the task and what happened, line by line.
 */
export async function interpret(program: Program): Promise<string[]> {
  const clock = new TestClock();
  const trace: string[] = [];
  await run(() => new Interpreter(program, trace).run(), {
    loopFactory: () => new EventLoop({ clock }),
  });
  return trace;
}

class Interpreter {
  readonly #loop = getRunningLoop();
  readonly #started: Map<number, Future> = new Map();
  /** Tasks in which a body has begun: some are in no step's hands, as those of `gather`. */
  readonly #begun: Future[] = [];
  readonly #shared: Shared;

  constructor(readonly program: Program, readonly trace: string[]) {
    this.#shared = share(program);
  }

  async run(): Promise<void> {
    this.#loop.setExceptionHandler(() => {});
    this.#start(0, createTask(this.#function({ id: 0, body: this.program.main }, null)));
    await sleep(END);
    for (let round = 0; round < ROUNDS; round += 1) {
      const known = this.#inOrder().map(([, future]) => future);
      const left = new Set([...known, ...this.#begun].filter((future) => !future.done()));
      if (left.size === 0) break;
      for (const future of left) future.cancel();
      await sleep(1);
    }
    for (const [id, future] of this.#inOrder()) this.#log("end", `${id} ${show(future)}`);
  }

  #inOrder(): [number, Future][] {
    return [...this.#started].sort(([a], [b]) => a - b);
  }

  #start(id: number, future: Future): void {
    this.#started.set(id, future);
  }

  #log(who: number | string, what: string): void {
    this.trace.push(`${this.#loop.time()} ${who} ${what}`);
  }

  /** What a task runs. It results in the number of the task. */
  #function({ id, body }: { id: number; body: Step[] }, group: TaskGroup | null) {
    return (): Promise<number> => drive(this.#body(id, body, group));
  }

  *#body(task: number, body: Step[], group: TaskGroup | null): Steps<number> {
    this.#begun.push(currentTask()!);
    this.#log(task, "begins");
    yield* this.#block({ task, group }, body);
    this.#log(task, "ends");
    return task;
  }

  *#block(place: Place, steps: Step[]): Steps {
    for (const step of steps) {
      const result = yield* this.#step(place, step);
      this.#log(place.task, `${step.op}${step.id} ${show(result)}`);
    }
  }

  *#step(place: Place, step: Step): Steps<unknown> {
    switch (step.op) {
      case "log":
        return;
      case "uncancel":
        return currentTask()!.uncancel();
      case "cancelling":
        return currentTask()!.cancelling();
      case "cancelGroup":
        return place.group!.cancel();
      case "callSoon":
        this.#loop.callSoon(() => this.#log("callback", `${step.id}`));
        return;
      case "callLater":
        this.#loop.callLater(step.ms, () => this.#log("callback", `${step.id}`));
        return;
      case "raise":
        throw new ProgramError(step.error);
      case "sleep":
        return yield sleep(step.ms, step.id);
      case "start":
        return this.#startItems(place, step);
      case "startInGroup":
        return this.#startInGroup(place, step);
      case "await":
        return yield* this.#await(step.ref);
      case "doneCallback":
        return this.#started.get(step.ref)?.addDoneCallback((future) =>
          this.#log("callback", `${step.id} ${show(future)}`)
        );
      case "cancel":
        return this.#started.get(step.ref)?.cancel(step.message ?? undefined);
      default:
        return yield* this.#combined(place, step);
    }
  }

  *#locked(place: Place, { lock, body }: StepOf<"locked">): Steps {
    yield this.#shared.locks[lock]!.acquire();
    try {
      yield* this.#block(place, body);
    } finally {
      this.#shared.locks[lock]!.release();
    }
  }

  *#combined(place: Place, step: Step): Steps<unknown> {
    switch (step.op) {
      case "shield": {
        const item = this.#item(place, step.item);
        return item === undefined ? undefined : yield shield(item);
      }
      case "gather": {
        const { returnExceptions } = step;
        const items = step.items.map((item) => this.#item(place, item));
        // Python cancels twice what is given twice; and before 3.12, what is done takes a turn.
        const left = [...new Set(items)].filter((item) => item !== undefined && !isDone(item));
        return yield gather(left as Future[], { returnExceptions });
      }
      case "wait": {
        const futures = this.#futuresOf(step.refs);
        if (futures.length === 0) return;
        const { ms, returnWhen } = step;
        const { done } = (yield wait(futures, { timeout: ms, returnWhen })) as {
          done: Set<Future>;
        };
        return futures.map((future) => done.has(future) ? show(future) : "pending");
      }
      case "asCompleted": {
        // Python asks what is done already in the order of a set, which is that of addresses.
        const futures = this.#futuresOf(step.refs).filter((future) => !future.done());
        for (const next of asCompleted(futures, { timeout: step.ms })) {
          this.#log(place.task, `next ${show(yield next)}`);
        }
        return;
      }
      case "waitFor": {
        const item = this.#item(place, step.item);
        return item === undefined ? undefined : yield waitFor(item, step.ms);
      }
      case "group":
        return yield TaskGroup.run((group) => drive(this.#block({ ...place, group }, step.body)));
      case "timeout":
        return yield* this.#timeout(place, step);
      case "try":
        return yield* this.#try(place, step);
      case "locked":
        return yield* this.#locked(place, step);
      default:
        return yield* stepOfShared(this.#shared, step);
    }
  }

  #startItems({ group }: Place, { id, kind, items }: StepOf<"start">): void {
    const functions = items.map((item) => this.#function(item, group));
    if (kind === "gather") return this.#start(id, gather(functions));
    const task = createTask(functions[0]!);
    this.#start(items[0]!.id, task);
    if (kind === "shield") this.#start(id, shield(task));
  }

  #startInGroup({ group }: Place, { id, body }: StepOf<"startInGroup">): void {
    this.#start(id, group!.createTask(this.#function({ id, body }, group)));
  }

  *#await(ref: number): Steps<unknown> {
    const future = this.#started.get(ref);
    return future === undefined ? undefined : yield future;
  }

  #item({ group }: Place, item: Item): Future | (() => Promise<number>) | undefined {
    return "ref" in item ? this.#started.get(item.ref) : this.#function(item, group);
  }

  #futuresOf(refs: number[]): Future[] {
    const futures = refs.map((ref) => this.#started.get(ref));
    return [...new Set(futures.filter((future) => future !== undefined))];
  }

  *#timeout(place: Place, step: StepOf<"timeout">): Steps<unknown> {
    let made: Timeout | undefined;
    try {
      if (step.form === "using") {
        using limit = timeout(step.ms);
        made = limit;
        yield* this.#limited(place, step, limit);
      } else {
        yield timeout(step.ms, (limit) => {
          made = limit;
          return drive(this.#limited(place, step, limit));
        });
      }
    } finally {
      this.#log(place.task, `limit${step.id} ${show(made!.expired())}`);
    }
    return;
  }

  *#limited(place: Place, { then, body }: StepOf<"timeout">, limit: Timeout): Steps {
    if (then !== null) limit.reschedule(this.#loop.time() + then);
    yield* this.#block(place, body);
  }

  *#try(
    place: Place,
    { id, body, catches, handler, rethrow, last }: StepOf<"try">,
  ): Steps<unknown> {
    try {
      try {
        yield* this.#block(place, body);
      } catch (error) {
        if (!isCaught(error, catches)) throw error;
        this.#log(place.task, `catch${id} ${name(error)} ${currentTask()!.cancelling()}`);
        yield* this.#block(place, handler);
        if (rethrow) throw error;
      }
    } finally {
      this.#log(place.task, `finally${id}`);
      yield* this.#block(place, last);
    }
    return;
  }
}

function isDone(item: Future | (() => unknown)): boolean {
  return typeof item !== "function" && item.done();
}

function isCaught(error: unknown, catches: Caught | null): boolean {
  if (catches === null) return false;
  return catches === "all" || error instanceof CancelledError === (catches === "cancelled");
}

async function drive<T>(steps: Steps<T>): Promise<T> {
  let step = steps.next();
  while (!step.done) {
    let result: unknown;
    try {
      result = await step.value;
    } catch (error) {
      step = steps.throw(error);
      continue;
    }
    step = steps.next(result);
  }
  return step.value;
}
