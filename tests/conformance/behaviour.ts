/**
 * CPython's tests of asyncio as behaviours, by the names that they have there.
 *
 * Each is written afresh, and either held as it is in Python, adapted where the language or the
 * runtime asks for another way to say it, or different, and then tested to differ as documented.
 * `conformance_test.ts` runs them against each {@linkcode Setting}; `deno task conformance` writes
 * docs/conformance.md from them.
 *
 * @module
 */

import type { EventLoop } from "../../loop/event_loop.ts";
import type { TestClock } from "../../loop/test_clock.ts";

/** How a behaviour of Python's stands here. */
export type Verdict = "held" | "adapted" | "differs";

/** The event loop against which a behaviour is run. */
export interface Setting {
  /** What the loop is like, for the names of tests. */
  readonly name: string;
  /** Makes a loop. It runs nothing before it is told to, and is closed when the test ends. */
  newLoop(): EventLoop;
  /**
   * Runs a main function in a loop of its own, as `asyncio.run` does.
   *
   * @param main The main function. It is given its loop.
   * @returns What it returns.
   */
  run<T>(main: (loop: EventLoop) => T | PromiseLike<T>): Promise<T>;
  /** The clock of the loops, where time passes only when nothing else happens; else `null`. */
  readonly clock: TestClock | null;
}

/** One test of CPython's. */
export interface Behaviour {
  /** Its name there, inside its module: `LockTests.test_acquire_cancel`. */
  readonly name: string;
  /** How it stands here. */
  readonly verdict: Verdict;
  /** What is different, and why; empty where it is held. */
  readonly why: string;
  /** Runs it. */
  readonly test: (setting: Setting) => void | PromiseLike<void>;
  /** The Deno that it needs, where the oldest will not do: `"2.9.1"`. */
  readonly needs?: string;
}

/** What a behaviour may need. */
export type BehaviourOptions = Pick<Behaviour, "needs">;

/** The behaviours of one of CPython's test modules. */
export class Suite {
  /** The behaviours, in the order in which they were added. */
  readonly behaviours: Behaviour[] = [];

  /**
   * Begins without behaviours.
   *
   * @param module The test module: `test_locks`.
   */
  constructor(readonly module: string) {}

  /** Adds a behaviour that is the same as in Python: same steps, same outcome. */
  held(name: string, test: Behaviour["test"], options?: BehaviourOptions): void {
    this.#add({ name, verdict: "held", why: "", test, ...options });
  }

  /** Adds a behaviour that is the same in what it promises, and is written another way. */
  adapted(
    name: string,
    why: string,
    test: Behaviour["test"],
    options?: BehaviourOptions,
  ): void {
    this.#add({ name, verdict: "adapted", why, test, ...options });
  }

  /** Adds a behaviour that cannot be the same. The test shows what happens instead. */
  differs(
    name: string,
    why: string,
    test: Behaviour["test"],
    options?: BehaviourOptions,
  ): void {
    this.#add({ name, verdict: "differs", why, test, ...options });
  }

  #add(behaviour: Behaviour): void {
    if (this.behaviours.some(({ name }) => name === behaviour.name)) {
      throw new Error(`${this.module}.${behaviour.name} is there already`);
    }
    this.behaviours.push(behaviour);
  }
}
