/**
 * What empties the ready queue of a loop, round by round.
 *
 * @module
 */

import { type Frame, frames, NO_VALUES } from "./context.ts";
import type { Ready } from "./ready.ts";
import { Ring } from "./ring.ts";
import type { Stepper } from "./stepper.ts";
import type { TimerQueue } from "./timers.ts";
import { giveWay } from "./turns.ts";

/** The pump lets the runtime serve the network and its timers after this many milliseconds. */
const SLICE = 2;
/**
 * Where there was nothing to do in between, it does so after as many rounds besides: then it is
 * mostly the network that has woken the pump, and was served before; a promise that wakes it again
 * and again is the exception. And whoever does little has no work of the runtime's pending at its
 * end, which a sanitizer of tests would take for something that was left.
 */
const IDLE_ROUNDS = 4096;
/** Reading the time costs as much as a short callback: it is read once in so many rounds. */
const ROUNDS_PER_CHECK = 16;
/**
 * How long code keeps its turn that neither waits nor ends: it may wait for
 * something of the runtime, of which the loop knows nothing.
 */
const MICROTASKS_PER_TURN = 64;

/** To await it takes a microtask, and no promise is made for that. */
const RESOLVED = Promise.resolve();

/** What a {@linkcode Pump} works with. */
export interface PumpOptions {
  /** Where it runs. */
  frame: Frame;
  /** The timers, which become ready when they are due. */
  timers: TimerQueue;
  /** Runs what is ready. */
  stepper: Stepper;
  /** Told that the pump has paused. */
  onPause: () => void;
}

/** A paused pump keeps what is ready, one that is pausing ends its round first, a closed one has ended. */
type PumpState = "paused" | "running" | "pausing" | "closed";

/** Runs what is ready, in order, and sleeps when there is nothing. */
export class Pump {
  readonly #frame: Frame;
  readonly #timers: TimerQueue;
  readonly #stepper: Stepper;
  readonly #onPause: () => void;
  readonly #ready: Ring<Ready> = new Ring();
  #timersDue = false;
  #state: PumpState = "paused";
  /** Whether its endless function has been called. */
  #isThere = false;
  /** Wakes the pump, where it is parked. */
  #unpark: (() => void) | null = null;
  /** Wakes what begins tasks outside of the frame, where there is such a thing. */
  #begin: (() => void) | null = null;
  /** The task with which that is to begin. */
  #beginning: Ready | null = null;
  /** Has the pump go on, once no task is next. */
  #goOn: (() => void) | null = null;
  #rounds = 0;
  /** What is left of the round. */
  #roundLeft = 0;
  #sliceBegan = 0;
  #roundsBefore = 0;
  /** Whether there was nothing to do at some time in this slice. */
  #wasIdle = true;

  /**
   * Makes a pump, which is paused.
   *
   * @param options What it works with.
   */
  constructor({ frame, timers, stepper, onPause }: PumpOptions) {
    this.#frame = frame;
    this.#timers = timers;
    this.#stepper = stepper;
    this.#onPause = onPause;
  }

  /** How many rounds it has made. */
  get rounds(): number {
    return this.#rounds;
  }

  /**
   * Whether nothing is ready.
   *
   * @returns `true` while there is nothing to do.
   */
  isIdle(): boolean {
    return this.#ready.size === 0 && !this.#timersDue;
  }

  /**
   * Whether it sleeps until something becomes ready: no code is in its turn.
   *
   * @returns `false` also while it is paused.
   */
  isAsleep(): boolean {
    return this.#unpark !== null && this.#state === "running";
  }

  /**
   * Adds what is ready.
   *
   * @param item It runs after everything that was ready before.
   */
  push(item: Ready): void {
    this.#ready.push(item);
    this.#wake();
  }

  /** Timers may be due. */
  noticeDue(): void {
    this.#timersDue = true;
    this.#wake();
  }

  /** Runs what is ready from now on. */
  run(): void {
    this.#state = "running";
    this.#timersDue = true;
    this.#wake();
  }

  /** Makes one more round, and then keeps what is ready until it is told to run. */
  pause(): void {
    if (this.#state !== "running") return;
    this.#state = "pausing";
    this.#wake();
  }

  /** Drops what is ready, and ends. */
  close(): void {
    this.#state = "closed";
    this.#ready.clear();
    this.#roundLeft = 0;
    this.#unpark?.();
    this.#unpark = null;
    this.#begin?.();
  }

  #wake(): void {
    if (this.#state === "paused") return;
    const unpark = this.#unpark;
    if (unpark !== null) {
      this.#unpark = null;
      unpark();
    } else if (!this.#isThere) {
      this.#isThere = true;
      // Outside of it, tasks begin; unless outside is a task, which that would keep alive.
      if (frames.getStore() === undefined) this.#runOutside();
      // It runs in the loop's own frame for good: native code that it starts
      // must not see, and keep alive, the task that happened to wake it.
      frames.run(this.#frame, () => this.#run());
    }
  }

  readonly #parkOutside = (resolve: () => void): void => {
    this.#begin = resolve;
  };

  readonly #waitBeside = (resolve: () => void): void => {
    this.#goOn = resolve;
    this.#begin!();
  };

  readonly #park = (resolve: () => void): void => {
    this.#unpark = resolve;
  };

  async #run(): Promise<void> {
    for (;;) {
      if (this.#mustPark()) {
        this.#wasIdle = true;
        this.#ready.trim();
        await new Promise<void>(this.#park);
      } else {
        await RESOLVED;
      }
      if (this.#state === "closed") return;
      if (this.#state === "paused") continue;
      this.#rounds += 1;
      if (this.#rounds % ROUNDS_PER_CHECK === 0) await this.#breathe();
      if (this.#timersDue) {
        this.#timersDue = false;
        this.#timers.takeDue(this.#ready);
      }

      // A round is what is ready now: what becomes ready meanwhile has to wait,
      // as in Python. The code that was just resumed keeps its turn until it
      // waits again or ends, over every await of what is done already: in Python
      // nobody else runs before. So callbacks and tasks keep their order.
      this.#roundLeft = this.#ready.size;
      for (let item = this.#stepUntilCodeResumes(); item !== null;) {
        if (item === this.#beginning) {
          await new Promise<void>(this.#waitBeside);
        } else {
          let left = MICROTASKS_PER_TURN;
          do {
            await RESOLVED;
            left -= 1;
          } while (left > 0 && item._isRunning());
          this.#stepper.endTurn(item);
        }
        item = this.#stepUntilCodeResumes();
      }
      if (this.#isPausing()) {
        this.#state = "paused";
        this.#onPause();
      }
    }
  }

  /**
   * Begins tasks, for as long as tasks are next. Each enters a frame of its own,
   * for which the runtime copies the one from which it comes. From outside of all
   * frames, that takes a quarter less of all the time that a task costs.
   */
  async #runOutside(): Promise<void> {
    for (;;) {
      await new Promise<void>(this.#parkOutside);
      for (let item = this.#beginning; item !== null; item = this.#nextTask()) {
        this.#stepper.step(item);
        let left = MICROTASKS_PER_TURN;
        do {
          await RESOLVED;
          left -= 1;
        } while (left > 0 && item._isRunning());
        this.#stepper.endTurn(item);
      }
      if (this.#state === "closed") return;
      this.#beginning = null;
      this.#goOn!();
    }
  }

  #nextTask(): Ready | null {
    if (this.#roundLeft === 0 || this.#ready.first?._resumes !== "task") return null;
    this.#roundLeft -= 1;
    return this.#ready.shift()!;
  }

  #mustPark(): boolean {
    return this.#state === "paused" || this.isIdle() && this.#state !== "pausing";
  }

  // A method, as TypeScript does not know that the state changes while a round runs.
  #isPausing(): boolean {
    return this.#state === "pausing";
  }

  /** Lets the runtime serve the network and its own timers, if it has waited for long. */
  async #breathe(): Promise<void> {
    if (this.#wasIdle && this.#rounds - this.#roundsBefore < IDLE_ROUNDS) return;
    if (performance.now() - this.#sliceBegan < SLICE) return;
    await giveWay();
    this.#wasIdle = false;
    this.#sliceBegan = performance.now();
    this.#roundsBefore = this.#rounds;
  }

  #stepUntilCodeResumes(): Ready | null {
    const { _context: context } = this.#frame;
    const stepper = this.#stepper;
    while (this.#roundLeft > 0) {
      this.#roundLeft -= 1;
      const item = this.#ready.shift();
      if (item === undefined) break;
      if (item._resumes === "task" && this.#begin !== null) return this.#beginning = item;
      stepper.step(item);
      // A variable that a callback has set in the shared context is that callback's own.
      if (context._values !== NO_VALUES) context._values = NO_VALUES;
      if (item._resumes !== "nothing") return item;
    }
    return null;
  }
}
