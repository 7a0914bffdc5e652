/**
 * The rig: plays one dialogue again and again, each time on a network that does something else to
 * it. Whatever happens, those under test end in time, with the right result or an error that says
 * what it is, and leave nothing behind.
 *
 * ```ts ignore
 * await everyFault(dialogue); // in memory, under a test clock: every fault, in seconds
 * await everyFault(dialogue, { over: "sockets", sample: 30, seed: 1 });
 * ```
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Dialogue } from "./dialogues.ts";
import {
  describeFault,
  everyFaultOf,
  type Fault,
  faultLabel,
  FLOODS,
  isHarmless,
  type Lengths,
  sampleFaults,
  type Side,
} from "./faults.ts";
import { type Outcome, playToClient, playTogether, playToServer } from "./parts.ts";
import { type Over, World } from "./world.ts";

/** Options of {@linkcode everyFault}. */
export interface FaultOptions {
  /** @default {"memory"} */
  over?: Over;
  /** Plays this many of the faults only, chosen by `seed`; of every kind at least one. */
  sample?: number;
  /** @default {1} */
  seed?: number;
  /**
   * Whether nothing is left out: a server under test is itself cut off after each of its bytes, and
   * not only after every eighth, and half of a connection ends after each, and not only after every
   * fourth.
   *
   * @default {false}
   */
  thorough?: boolean;
  /**
   * After how many milliseconds of real time a run counts as hanging: only one that does needs them.
   *
   * @default {10_000}
   */
  hung?: number;
  /** Plays these faults, in place of all. */
  faults?: (lengths: Lengths) => Fault[];
}

/** How often each end was seen under one kind of fault. */
export interface Count {
  runs: number;
  /** By what came of it: `"result"`, `"served"`, or the name of the error's class. */
  outcomes: Record<Outcome, number>;
}

/** What came of a dialogue: by the kind of fault and whose bytes it concerned. */
export class Tally {
  readonly counts = new Map<string, Count>();

  /** Counts one run. */
  add(fault: Fault, outcome: Outcome): void {
    const key = keyOf(faultLabel(fault), fault.kind === "none" ? undefined : fault.of);
    let count = this.counts.get(key);
    if (count === undefined) this.counts.set(key, count = { runs: 0, outcomes: {} });
    count.runs++;
    count.outcomes[outcome] = (count.outcomes[outcome] ?? 0) + 1;
  }

  /** How many runs there were, under all kinds of fault or this one. */
  runs(label?: string, of?: Side): number {
    return this.#sum(label, of, ({ runs }) => runs);
  }

  /** How many runs ended as they do where nothing is wrong. */
  get results(): number {
    return this.#sum(
      undefined,
      undefined,
      ({ outcomes }) => (outcomes.result ?? 0) + (outcomes.served ?? 0),
    );
  }

  #sum(label: string | undefined, of: Side | undefined, size: (count: Count) => number): number {
    let sum = 0;
    for (const [key, count] of this.counts) {
      const [itsLabel, itsSide] = key.split("|");
      if ((label ?? itsLabel) === itsLabel && (of ?? itsSide) === itsSide) sum += size(count);
    }
    return sum;
  }
}

function keyOf(label: string, of: Side | undefined): string {
  return `${label}|${of ?? ""}`;
}

/**
 * Plays the dialogue under every fault.
 *
 * @returns What came of it, to be looked at: a dialogue that no cut disturbs tests nothing.
 * @throws {AssertionError} With the fault of each run (at most 5) that went wrong.
 */
export async function everyFault(
  dialogue: Dialogue,
  options: FaultOptions = {},
): Promise<Tally> {
  const { over = "memory", sample, seed = 1, hung = 10_000 } = options;
  const whole = await playOnce(dialogue, { kind: "none" }, over, hung);
  assert.ok(
    whole.problems.length === 0,
    `${dialogue.name}, undisturbed: ${whole.problems.join("; ")}`,
  );

  const { lengths, connections } = whole;
  const { faults = (lengths) => faultsOf(dialogue, lengths, connections, options) } = options;
  const all = faults(lengths);
  const waiting = sample === undefined ? all : sampleFaults(all, sample, seed);
  return await playAll(dialogue, waiting, over, hung);
}

/** The faults that a dialogue is played under where nothing else is said. */
function faultsOf(
  dialogue: Dialogue,
  lengths: Lengths,
  connections: number,
  options: FaultOptions,
): Fault[] {
  const { over = "memory", thorough = false } = options;
  const faults = everyFaultOf(lengths, {
    // Between two that are real, one connection of several may be cut, and the others go on.
    single: dialogue.script === undefined && connections > 1,
    timeout: over === "memory" ? 1_000 : 150,
    floods: floodsOf(dialogue),
    kinds: dialogue.kinds,
    cuts: dialogue.cuts,
    strides: thorough ? {} : { server: dialogue.server === undefined ? 1 : 8 },
    halfStride: thorough ? 1 : 4,
  });
  if (over === "memory") return faults;
  // What takes its time takes it in real time there; of buffers that fill up and of memory more can
  // be told where both belong to the rig.
  return faults.filter(({ kind }) => kind === "cut" || kind === "split" || kind === "bytes");
}

/** Only what is under test is flooded. */
function floodsOf(dialogue: Dialogue): Readonly<Record<Side, readonly string[]>> {
  const { server, client } = { ...FLOODS, ...dialogue.floods };
  return {
    server: dialogue.client === undefined ? [] : server,
    client: dialogue.server === undefined ? [] : client,
  };
}

async function playAll(
  dialogue: Dialogue,
  waiting: Fault[],
  over: Over,
  hung: number,
): Promise<Tally> {
  const tally = new Tally();
  const failures: string[] = [];
  // Silence over sockets takes real time: let it pass side by side.
  await Promise.all(Array.from({ length: over === "sockets" ? 48 : 1 }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      let { outcome, problems } = await playOnce(dialogue, next, over, hung);
      // Side by side on one machine, a port that was just given back may be another run's next one.
      if (problems.length > 0 && over === "sockets" && isHarmless(next)) {
        ({ outcome, problems } = await playOnce(dialogue, next, over, hung));
      }
      tally.add(next, outcome);
      if (problems.length === 0) continue;
      failures.push(`${dialogue.name}, ${describeFault(next)}: ${problems.join("; ")}`);
      if (failures.length >= 5) return;
    }
  }));
  assert.ok(failures.length === 0, failures.join("\n"));
  return tally;
}

interface Played {
  outcome: Outcome;
  lengths: Lengths;
  connections: number;
  problems: string[];
}

async function playOnce(
  dialogue: Dialogue,
  fault: Fault,
  over: Over,
  hung: number,
): Promise<Played> {
  const world = new World(fault, over);
  let outcome: Outcome = "hangs";
  await world.live(
    async () => {
      if (dialogue.script === undefined) outcome = await playTogether(dialogue, world);
      else if (dialogue.client === undefined) outcome = await playToServer(dialogue, world);
      else outcome = await playToClient(dialogue, world);
    },
    hung,
    dialogue.lingers,
  );
  const { passed, connections } = world.run;
  return { outcome, lengths: { ...passed }, connections, problems: world.problems };
}
