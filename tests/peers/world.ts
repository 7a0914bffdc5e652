/**
 * Where one run takes place: a loop and a network of its own, and what is wrong whatever came of it.
 *
 * @module
 */

import { EventLoop } from "../../loop/event_loop.ts";
import { run } from "../../loop/runners.ts";
import { allTasks } from "../../loop/tasks.ts";
import { TestClock } from "../../loop/test_clock.ts";
import { type Fault, isHarmless, isSlow } from "./faults.ts";
import { type FaultNetwork, MemoryFaultNetwork } from "./fault_network.ts";
import { SocketFaultNetwork } from "./fault_sockets.ts";
import { FaultRun, type Ground } from "./fault_wire.ts";
import { heapUsed } from "./heap.ts";

/** In memory under a test clock, or over sockets in real time. */
export type Over = "memory" | "sockets";

/** The most memory that a flood may cost, in bytes; it brings more. */
const MOST_MEMORY = 5 * 1024 * 1024;

/** One run's surroundings. */
export class World {
  readonly over: Over;
  readonly fault: Fault;
  readonly loop: EventLoop;
  readonly network: FaultNetwork;
  /** The time limit that those under test are given, in milliseconds. */
  readonly timeout: number;
  /** What went wrong, in words. */
  readonly problems: string[] = [];
  /** How long to wait before looking at something again, in milliseconds. */
  readonly glance: number;
  readonly ground: Ground;
  /** The run on which the fault happens. */
  readonly run: FaultRun;
  readonly #runs: FaultRun[] = [];
  #memory = 0;

  constructor(fault: Fault, over: Over) {
    this.fault = fault;
    this.over = over;
    this.timeout = timeoutFor(fault, over);
    this.glance = over === "memory" ? this.timeout / 20 : 10;
    this.loop = new EventLoop(over === "memory" ? { clock: clockFor(fault) } : {});
    this.loop.setExceptionHandler((_loop, { message, exception }) => {
      this.problems.push(`reported to the loop: ${message} ${Deno.inspect(exception)}`);
    });
    this.ground = over === "memory" ? memoryGround(this.loop) : SOCKET_GROUND;
    this.run = this.#newRun(fault);
    this.network = over === "memory"
      ? new MemoryFaultNetwork(this.run)
      : new SocketFaultNetwork(this.run);
    if (fault.kind === "flood") this.#watchMemory();
  }

  /** A run on which nothing goes wrong. */
  fair(): FaultRun {
    return this.#newRun({ kind: "none" });
  }

  /**
   * Runs a body as the main task of the loop.
   *
   * @param body What to do.
   * @param hung After how many milliseconds of real time it counts as hanging.
   * @param lingers Whether connections may stay open that nothing comes over any more.
   */
  async live(body: () => Promise<void>, hung: number, lingers = false): Promise<void> {
    const main = run(async () => {
      await body();
      if (allTasks().size > 1) this.problems.push("left tasks running");
    }, { loopFactory: () => this.loop, handleSigint: false });
    if (!await endsWithin(main, hung)) this.problems.push("hangs");
    const mute = this.fault.kind === "cut" && this.fault.how === "silence";
    if (!lingers || !mute) this.problems.push(...await this.network.left());
    if (this.#memory > MOST_MEMORY) {
      this.problems.push(`a flood of ${this.run.flooded} bytes took ${this.#memory} of memory`);
    }
    for (const each of this.#runs) each.close();
    this.network.close();
    // Its timers are the machine's there.
    if (this.over === "sockets") await Promise.all(this.#runs.map((each) => each.done()));
  }

  /**
   * What has passed since a moment, as a multiple of the time limit. Where time is real, the machine
   * may be busy: two seconds are not counted.
   */
  since(start: number): number {
    const slack = this.over === "memory" ? 0 : 2_000;
    return Math.max(0, this.loop.time() - start - slack) / this.timeout;
  }

  #newRun(fault: Fault): FaultRun {
    const made = new FaultRun(fault, this.ground);
    this.#runs.push(made);
    return made;
  }

  #watchMemory(): void {
    const before = memoryBefore();
    this.run.onFlood = () => {
      this.#memory = Math.max(this.#memory, heapUsed() - before);
    };
  }
}

let known = { at: -Infinity, size: 0 };

/** What is in use before a flood. To collect takes long, and little changes within two seconds. */
function memoryBefore(): number {
  const now = performance.now();
  if (now - known.at > 2_000) known = { at: now, size: heapUsed() };
  return known.size;
}

/** Whether a promise is settled in time. Never rejects where the promise does not. */
async function endsWithin(promise: PromiseLike<unknown>, milliseconds: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  const inTime = await Promise.race([promise.then(() => true), late]);
  clearTimeout(timer);
  return inTime;
}

/** Over sockets only what has to wait is given little time; what else is late there, the machine is to blame. */
function timeoutFor(fault: Fault, over: Over): number {
  if (over === "memory") return 1_000;
  return isSlow(fault) && !isHarmless(fault) ? 150 : 10_000;
}

/** A clock that takes nothing for silence that is none: the loop does not see each byte move. */
function clockFor({ kind }: Fault): TestClock {
  return new TestClock({ turns: kind === "bytes" ? 1_000 : 10 });
}

function memoryGround(loop: EventLoop): Ground {
  return {
    // As many turns as a loop needs to act, and fewer than a test clock takes for silence.
    async turn() {
      for (let turn = 0; turn < 50; turn++) await undefined;
      await new Promise((resolve) => setImmediate(resolve));
    },
    later: (ms) => new Promise((resolve) => loop.callLater(ms, resolve)),
  };
}

const SOCKET_GROUND: Ground = {
  turn: () => new Promise((resolve) => setTimeout(resolve, 1)),
  later: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};
