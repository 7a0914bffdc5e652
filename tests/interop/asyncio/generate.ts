/**
 * Makes random programs, each from its seed.
 *
 * @module
 */

import { Random } from "../../peers/random.ts";
import type { Caught, Item, LockKind, Program, QueueKind, ReturnWhen, Step } from "./program.ts";

const SHARED = 2;
const DEPTH = 4;
const CAUGHT: readonly (Caught | null)[] = ["cancelled", "cancelled", "errors", "all", null];
const WHEN: readonly ReturnWhen[] = ["FIRST_COMPLETED", "FIRST_EXCEPTION", "ALL_COMPLETED"];
const DELAYS = [0, 0, 1, 1, 2, 3, 5];
const LIMITS = [...DELAYS, null];
const LOCKS: readonly LockKind[] = ["Lock", "Lock", "Semaphore", "BoundedSemaphore", "Condition"];
/** A lock that a task has taken for good would keep those who wait for a condition from ending. */
const CONDITION = LOCKS.indexOf("Condition");
const SEMAPHORE = LOCKS.indexOf("Semaphore");
const QUEUES: readonly { kind: QueueKind; size: number }[] = [
  { kind: "Queue", size: 0 },
  { kind: "Queue", size: 1 },
  { kind: "LifoQueue", size: 2 },
  { kind: "PriorityQueue", size: 2 },
];
const BARRIERS = [2, 3];
/** What a program is about, for else its tasks would seldom meet. */
type Subject = "anything" | "condition" | "barrier" | "queue" | "semaphore";
const SUBJECTS: readonly Subject[] = [
  "anything",
  "anything",
  "condition",
  "barrier",
  "queue",
  "semaphore",
];
/** How many kinds of steps there are that have others inside. */
const NESTED = 14;
/**
 * Those that wait for no other task, nor start one. A task that holds the lock of a condition makes
 * do with them: it would never end if it waited for another that has to have the lock before it is
 * cancelled.
 */
const NO_TASKS = [0, 1, 2, 3, NESTED - 1];

/**
 * Makes a program.
 *
 * @param seed Any integer.
 * @returns The same program for the same seed.
 */
export function generate(seed: number): Program {
  return new Generator(seed).program();
}

/** Where a step stands. */
interface Place {
  /** The number of the task. */
  task: number;
  depth: number;
  inGroup: boolean;
  /** Whether the lock of the condition is held. */
  inCondition: boolean;
}

class Generator {
  readonly #random: Random;
  readonly #subject: Subject;
  #next = 1;
  /** How many steps may still be made. */
  #left: number;

  constructor(seed: number) {
    this.#random = new Random(seed);
    this.#left = 12 + this.#random.below(40);
    this.#subject = this.#random.pick(SUBJECTS);
  }

  program(): Program {
    const main: Step[] = [];
    const place = { task: 0, depth: 0, inGroup: false, inCondition: false };
    const tasks = 1 + this.#random.below(4);
    for (let made = 0; made < tasks; made += 1) main.push(this.#start(place));
    main.push(...this.#block(place, 8));
    return {
      main,
      locks: [...LOCKS],
      events: SHARED,
      futures: SHARED,
      barriers: BARRIERS,
      queues: [...QUEUES],
    };
  }

  #block(place: Place, most = 4): Step[] {
    const size = 1 + this.#random.below(most);
    const steps: Step[] = [];
    while (steps.length < size && this.#left > 0) {
      this.#left -= 1;
      steps.push(this.#step(place));
    }
    return steps;
  }

  #step(place: Place): Step {
    const roll = this.#random.below(100);
    if (this.#random.below(3) === 0 && !place.inCondition) {
      const step = this.#preferred(place);
      if (step !== null) return step;
    }
    if (roll < 40 || place.depth >= DEPTH) return this.#simple(place);
    if (place.inCondition) return this.#nested(place, this.#random.pick(NO_TASKS));
    if (roll < 52) return this.#reference(place);
    if (roll < 62) return this.#start(place);
    return this.#nested(place);
  }

  #simple({ inGroup, inCondition }: Place): Step {
    const random = this.#random;
    const id = this.#next++;
    const one = random.below(SHARED);
    const queue = random.below(QUEUES.length);
    if (inCondition && random.below(2) === 0) return this.#conditional(id);
    if (inGroup && random.below(4) === 0) return { id, op: random.pick(["log", "cancelGroup"]) };
    switch (random.below(14)) {
      case 0:
        return { id, op: random.pick(["set", "clear", "set"]), event: one };
      case 1:
        return { id, op: "waitEvent", event: one };
      case 2:
        return {
          id,
          op: random.pick(["acquire", "acquire", "release"]),
          lock: random.below(CONDITION),
        };
      case 3:
        return { id, op: random.pick(["put", "put", "get"]), queue };
      case 4:
        return { id, op: random.pick(["get", "putNowait", "getNowait"]), queue };
      case 5:
        return { id, op: random.pick(["taskDone", "join"]), queue };
      case 6:
        return { id, op: random.pick(["setResult", "setException", "cancelFuture"]), future: one };
      case 7:
        return { id, op: "awaitFuture", future: one };
      case 8:
        return { id, op: random.pick(["log", "uncancel", "cancelling", "callSoon"]) };
      case 9:
        if (random.below(2) === 0) return { id, op: "callLater", ms: random.pick(DELAYS) };
        return { id, op: "raise", error: random.pick(["ValueError", "KeyError"]) };
      case 10: {
        const op = random.pick(["meet", "meet", "meet", "resetBarrier", "abortBarrier"] as const);
        return { id, op, barrier: random.below(BARRIERS.length) };
      }
      case 11:
        return { id, op: "shutdown", queue, immediate: random.below(2) === 0 };
      default:
        return { id, op: "sleep", ms: random.pick(DELAYS) };
    }
  }

  /** What is for those only who hold the lock: it is taken again in any case, and has to be released. */
  #conditional(id: number): Step {
    const random = this.#random;
    const lock = CONDITION;
    switch (random.below(4)) {
      case 0:
        return { id, op: "notify", lock, count: 1 + random.below(2) };
      case 1:
        return { id, op: "waitUntilSet", lock, event: random.below(SHARED) };
      default:
        return { id, op: random.pick(["waitNotified", "waitNotified", "notifyAll"]), lock };
    }
  }

  /** A step about the subject, if the program has one. */
  #preferred(place: Place): Step | null {
    const random = this.#random;
    const subject = this.#subject;
    if (subject === "anything") return null;
    const id = this.#next++;
    switch (subject) {
      case "condition":
        return this.#locked(id, place, CONDITION);
      case "barrier":
        return { id, op: "meet", barrier: random.below(BARRIERS.length) };
      case "queue":
        return { id, op: random.pick(["put", "get"]), queue: random.below(QUEUES.length) };
      case "semaphore":
        return { id, op: random.pick(["acquire", "release"]), lock: SEMAPHORE };
    }
  }

  #reference({ task }: Place): Step {
    const random = this.#random;
    const id = this.#next++;
    switch (random.below(5)) {
      case 0:
        return { id, op: "await", ref: this.#later(task, 0) };
      case 1:
        return { id, op: "doneCallback", ref: random.below(id + 4) };
      default: {
        const message = random.pick([null, null, `m${id}`]);
        return { id, op: "cancel", ref: random.pick([0, task, random.below(id + 6)]), message };
      }
    }
  }

  #start(place: Place): Step {
    const random = this.#random;
    const id = this.#next++;
    const kind = random.pick(["task", "task", "task", "gather", "shield"] as const);
    const items = [this.#fresh(place)];
    while (kind === "gather" && random.below(2) === 0) items.push(this.#fresh(place));
    return { id, op: "start", kind, items };
  }

  #nested(place: Place, kind = this.#random.below(NESTED)): Step {
    const random = this.#random;
    const id = this.#next++;
    const inside = { ...place, depth: place.depth + 1 };
    const ms = random.pick(LIMITS);
    switch (kind) {
      case 0:
      case 1:
        return this.#locked(id, inside);
      case 4:
        return { id, op: "shield", item: this.#item(place) };
      case 5:
        return {
          id,
          op: "gather",
          items: this.#items(place),
          returnExceptions: random.below(2) === 0,
        };
      case 6:
        return { id, op: "wait", refs: this.#refs(place), returnWhen: random.pick(WHEN), ms };
      case 7:
        return { id, op: "waitFor", item: this.#item(place), ms };
      case 8:
        if (random.below(2) === 0) return { id, op: "asCompleted", refs: this.#refs(place), ms };
        return this.#group(id, inside);
      case 9:
        return this.#group(id, inside);
      case 2:
      case 3: {
        const then = random.pick([null, null, null, 1, 3]);
        const form = random.pick(["using", "function"] as const);
        return { id, op: "timeout", ms, then, form, body: this.#block(inside) };
      }
      default:
        return {
          id,
          op: "try",
          body: this.#block(inside),
          catches: random.pick(CAUGHT),
          handler: this.#perhaps(inside),
          rethrow: random.below(3) > 0,
          last: this.#perhaps(inside),
        };
    }
  }

  #locked(id: number, place: Place, lock = this.#random.below(LOCKS.length)): Step {
    const inside = { ...place, inCondition: place.inCondition || lock === CONDITION };
    const first = lock === CONDITION ? [this.#conditional(this.#next++)] : [];
    return { id, op: "locked", lock, body: [...first, ...this.#block(inside)] };
  }

  #group(id: number, place: Place): Step {
    const inside = { ...place, inGroup: true };
    const body: Step[] = [];
    for (let left = this.#random.below(3); left >= 0; left -= 1) body.push(this.#child(inside));
    body.push(...this.#perhaps(inside));
    return { id, op: "group", body };
  }

  #child(place: Place): Step {
    const id = this.#next++;
    return {
      id,
      op: "startInGroup",
      body: this.#block({ ...place, task: id, depth: place.depth + 1 }),
    };
  }

  #perhaps(place: Place): Step[] {
    return this.#random.below(2) === 0 ? [] : this.#block(place, 3);
  }

  #fresh(place: Place): { id: number; body: Step[] } {
    const id = this.#next++;
    return { id, body: this.#block({ ...place, task: id, depth: place.depth + 1 }) };
  }

  #item(place: Place): Item {
    return this.#random.below(2) === 0 ? { ref: this.#later(place.task, 1) } : this.#fresh(place);
  }

  #items(place: Place): Item[] {
    const items: Item[] = [];
    for (let left = this.#random.below(4); left > 0; left -= 1) items.push(this.#item(place));
    return items;
  }

  #refs({ task }: Place): number[] {
    return Array.from({ length: 1 + this.#random.below(4) }, () => this.#later(task, 1));
  }

  /** The number of a task that this one may wait for. */
  #later(task: number, least: number): number {
    return task + least + this.#random.below(Math.max(1, this.#next - task + 4));
  }
}
