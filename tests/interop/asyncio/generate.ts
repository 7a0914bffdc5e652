/**
 * Makes random programs, each from its seed.
 *
 * @module
 */

import { Random } from "../../peers/random.ts";
import type { Caught, Item, Program, ReturnWhen, Step } from "./program.ts";

const SHARED = 2;
const DEPTH = 4;
const CAUGHT: readonly (Caught | null)[] = ["cancelled", "cancelled", "errors", "all", null];
const WHEN: readonly ReturnWhen[] = ["FIRST_COMPLETED", "FIRST_EXCEPTION", "ALL_COMPLETED"];
const DELAYS = [0, 0, 1, 1, 2, 3, 5];
const LIMITS = [...DELAYS, null];

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
}

class Generator {
  readonly #random: Random;
  #next = 1;
  /** How many steps may still be made. */
  #left: number;

  constructor(seed: number) {
    this.#random = new Random(seed);
    this.#left = 12 + this.#random.below(40);
  }

  program(): Program {
    const main: Step[] = [];
    const place = { task: 0, depth: 0, inGroup: false };
    const tasks = 1 + this.#random.below(4);
    for (let made = 0; made < tasks; made += 1) main.push(this.#start(place));
    main.push(...this.#block(place, 8));
    return { main, locks: SHARED, events: SHARED, futures: SHARED, queues: [0, 1] };
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
    if (roll < 40 || place.depth >= DEPTH) return this.#simple(place);
    if (roll < 52) return this.#reference(place);
    if (roll < 62) return this.#start(place);
    return this.#nested(place);
  }

  #simple({ inGroup }: Place): Step {
    const random = this.#random;
    const id = this.#next++;
    const one = random.below(SHARED);
    if (inGroup && random.below(4) === 0) return { id, op: random.pick(["log", "cancelGroup"]) };
    switch (random.below(12)) {
      case 0:
        return { id, op: random.pick(["set", "clear", "set"]), event: one };
      case 1:
        return { id, op: "waitEvent", event: one };
      case 2:
        return { id, op: random.pick(["acquire", "acquire", "release"]), lock: one };
      case 3:
        return { id, op: random.pick(["put", "put", "get"]), queue: one };
      case 4:
        return { id, op: random.pick(["get", "putNowait", "getNowait"]), queue: one };
      case 5:
        return { id, op: random.pick(["taskDone", "join"]), queue: one };
      case 6:
        return { id, op: random.pick(["setResult", "setException", "cancelFuture"]), future: one };
      case 7:
        return { id, op: "awaitFuture", future: one };
      case 8:
        return { id, op: random.pick(["log", "uncancel", "cancelling", "callSoon"]) };
      case 9:
        if (random.below(2) === 0) return { id, op: "callLater", ms: random.pick(DELAYS) };
        return { id, op: "raise", error: random.pick(["ValueError", "KeyError"]) };
      default:
        return { id, op: "sleep", ms: random.pick(DELAYS) };
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

  #nested(place: Place): Step {
    const random = this.#random;
    const id = this.#next++;
    const inside = { ...place, depth: place.depth + 1 };
    const ms = random.pick(LIMITS);
    switch (random.below(12)) {
      case 0:
        return { id, op: "locked", lock: random.below(SHARED), body: this.#block(inside) };
      case 1:
        return { id, op: "shield", item: this.#item(place) };
      case 2:
        return {
          id,
          op: "gather",
          items: this.#items(place),
          returnExceptions: random.below(2) === 0,
        };
      case 3:
        return { id, op: "wait", refs: this.#refs(place), returnWhen: random.pick(WHEN), ms };
      case 4:
        return { id, op: "waitFor", item: this.#item(place), ms };
      case 5:
        if (random.below(2) === 0) return { id, op: "asCompleted", refs: this.#refs(place), ms };
        return this.#group(id, inside);
      case 6:
        return this.#group(id, inside);
      case 7:
      case 8: {
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
