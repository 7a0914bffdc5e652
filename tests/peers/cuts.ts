/**
 * Every cut: plays one dialogue again and again, and lets the server stop at each byte of what it
 * sends, cleanly, by a reset or by silence; then sends it one byte at a time, and in two pieces
 * divided at each position. Whatever happens, the client ends in time, with the right result or
 * with an error that says what it is, and leaves nothing behind.
 *
 * Over the in-memory network under a test clock all of that takes seconds; over sockets, where
 * silence takes real time, a seeded sample is played.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Dial } from "../../net/byte_stream.ts";
import { EventLoop } from "../../loop/event_loop.ts";
import { run } from "../../loop/runners.ts";
import { allTasks } from "../../loop/tasks.ts";
import { TestClock } from "../../loop/test_clock.ts";
import type { Delivery } from "./delivery.ts";
import { Random } from "./random.ts";
import { scripted, scriptedOverSockets, type ScriptedPeer } from "./scripted.ts";
import type { Ending } from "./script.ts";

/** Where the client of a dialogue connects to, and how long it may wait. */
export interface Target {
  readonly hostname: string;
  readonly port: number;
  /** To be given to the client with the rest: all waits are short, in test time or in real time. */
  readonly options: { dial?: Dial; timeout: number; connectTimeout: number };
}

/** A dialogue and the client that takes part in it. */
export interface Dialogue<T> {
  readonly name: string;
  /** See `script.ts`. */
  readonly script: string;
  /** Runs as a task: connects, does its work, closes, and returns what it found. */
  client(target: Target): Promise<T>;
  /** What the client returns where nothing goes wrong. */
  readonly expected: T;
  /** The errors that may come of a server that stops. */
  readonly errors: readonly (abstract new (...args: never[]) => Error)[];
  /**
   * What the client may take until it ends, as a multiple of `timeout`.
   *
   * @default {2}
   */
  readonly patience?: number;
}

/** Options of {@linkcode everyCut}. */
export interface CutOptions {
  /** @default {"memory"} */
  over?: "memory" | "sockets";
  /** Plays this many of the deliveries only, chosen by `seed`. */
  sample?: number;
  /** @default {1} */
  seed?: number;
  /**
   * After how many milliseconds of real time a run counts as hanging: only a client that does
   * needs them.
   *
   * @default {10_000}
   */
  hung?: number;
}

/** How often each end was seen. */
export interface Tally {
  runs: number;
  results: number;
  /** By the name of the error's class. */
  errors: Record<string, number>;
}

/**
 * Plays the dialogue in every way.
 *
 * @returns What came of it, to be looked at: a dialogue of which no cut ends in an error tests nothing.
 * @throws {AssertionError} With the position and the way of each run (at most 5) that went wrong.
 */
export async function everyCut<T>(
  dialogue: Dialogue<T>,
  { over = "memory", sample, seed = 1, hung = 10_000 }: CutOptions = {},
): Promise<Tally> {
  const tally: Tally = { runs: 0, results: 0, errors: {} };
  const whole = await playOnce(dialogue, { kind: "whole" }, over, hung);
  const wrong = judge(dialogue, { kind: "whole" }, whole);
  assert.ok(wrong.length === 0, `${dialogue.name}, undisturbed: ${wrong.join("; ")}`);

  const all = deliveries(whole.sent);
  const waiting = sample === undefined ? all : new Random(seed).sample(all, sample);
  await playAll(dialogue, waiting, over, hung, tally);
  return tally;
}

/**
 * Plays the dialogue with replies and data that are spoilt, another way for each seed. The client
 * ends in time, with any result or with an error that says what it is, and leaves nothing behind.
 *
 * @param dialogue The dialogue.
 * @param seeds What to spoil, and how.
 * @returns What came of it.
 * @throws {AssertionError} With the seed of each run (at most 5) that went wrong.
 */
export async function everySpoilt<T>(
  dialogue: Dialogue<T>,
  seeds: Iterable<number>,
): Promise<Tally> {
  const tally: Tally = { runs: 0, results: 0, errors: {} };
  const waiting = Array.from(seeds, (seed): Delivery => ({ kind: "spoilt", seed }));
  await playAll(dialogue, waiting, "memory", 10_000, tally);
  return tally;
}

async function playAll<T>(
  dialogue: Dialogue<T>,
  waiting: Delivery[],
  over: "memory" | "sockets",
  hung: number,
  tally: Tally,
): Promise<void> {
  const failures: string[] = [];
  // Silence over sockets takes real time: let it pass side by side.
  await Promise.all(Array.from({ length: over === "sockets" ? 12 : 1 }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const outcome = await playOnce(dialogue, next, over, hung);
      tally.runs++;
      if (outcome.error === undefined) tally.results++;
      else count(tally.errors, outcome.error);
      const problems = judge(dialogue, next, outcome);
      if (problems.length === 0) continue;
      failures.push(`${dialogue.name}, ${describe(next)}: ${problems.join("; ")}`);
      if (failures.length >= 5) return;
    }
  }));
  assert.ok(failures.length === 0, failures.join("\n"));
}

interface Outcome<T> {
  value?: T;
  error?: unknown;
  /** What the client took, as a multiple of its `timeout`. */
  took: number;
  sent: number;
  /** Everything that is wrong whatever the client returned. */
  problems: string[];
}

async function playOnce<T>(
  dialogue: Dialogue<T>,
  delivery: Delivery,
  over: "memory" | "sockets",
  hung: number,
): Promise<Outcome<T>> {
  const timeout = timeoutFor(delivery, over);
  const memory = over === "memory" ? scripted(dialogue.script, { delivery }) : undefined;
  const peer: ScriptedPeer = memory ?? await scriptedOverSockets(dialogue.script, { delivery });
  const options = { timeout, connectTimeout: timeout, ...memory && { dial: memory.dial } };
  const outcome: Outcome<T> = { took: 0, sent: 0, problems: [] };

  const loop = new EventLoop(over === "memory" ? { clock: new TestClock() } : {});
  loop.setExceptionHandler((_loop, context) => {
    outcome.problems.push(`reported to the loop: ${context.message}`);
  });
  const main = run(async () => {
    const start = loop.time();
    try {
      outcome.value = await dialogue.client({ hostname: peer.hostname, port: peer.port, options });
    } catch (error) {
      // Whatever it is, it is judged: a cancellation that nobody asked for as well.
      outcome.error = error;
    }
    // The machine may be busy where time is real: allow it two seconds.
    const slack = over === "memory" ? 0 : 2_000;
    outcome.took = Math.max(0, loop.time() - start - slack) / timeout;
    if (allTasks().size > 1) outcome.problems.push("left tasks running");
  }, { loopFactory: () => loop, handleSigint: false });

  if (!await endsWithin(main, hung)) outcome.problems.push("hangs");
  if (memory !== undefined && memory.openStreams > 0) {
    outcome.problems.push(`left ${memory.openStreams} connections open`);
  }
  if (!await peer.settled(1_000)) outcome.problems.push("the peer still waits for the client");
  outcome.sent = peer.sent;
  // A client that was told nonsense may go its own way.
  if (!mayFail(delivery)) outcome.problems.push(...peer.problems);
  peer.close();
  await peer.done;
  return outcome;
}

/** Over sockets only silence has to be waited out; what else is late there, the machine is to blame. */
function timeoutFor(delivery: Delivery, over: "memory" | "sockets"): number {
  if (over === "memory") return 1_000;
  return delivery.kind === "cut" && delivery.how === "silence" ? 150 : 10_000;
}

/** What is wrong with it, in words. */
function judge<T>(dialogue: Dialogue<T>, delivery: Delivery, outcome: Outcome<T>): string[] {
  const problems = [...outcome.problems];
  if (mayFail(delivery) && outcome.took > (dialogue.patience ?? 2)) {
    problems.push(`took ${outcome.took.toFixed(1)} timeouts`);
  }
  const { error } = outcome;
  if (error === undefined) {
    if (delivery.kind === "spoilt") return problems;
    try {
      assert.deepEqual(outcome.value, dialogue.expected);
    } catch (difference) {
      problems.push(`wrong result: ${(difference as Error).message}`);
    }
    return problems;
  }
  if (!mayFail(delivery)) {
    problems.push(`failed: ${Deno.inspect(error)}`);
  } else if (!dialogue.errors.some((allowed) => error instanceof allowed)) {
    problems.push(`ended with an error that is not expected: ${Deno.inspect(error)}`);
  } else if (
    !["usage", "peer", "transport"].includes((error as { origin?: string }).origin ?? "")
  ) {
    problems.push(`the error does not say its origin: ${Deno.inspect(error)}`);
  }
  return problems;
}

function mayFail({ kind }: Delivery): boolean {
  return kind === "cut" || kind === "spoilt";
}

function deliveries(total: number): Delivery[] {
  const all: Delivery[] = [{ kind: "bytes" }];
  for (const how of ["close", "reset", "silence"] satisfies Ending[]) {
    for (let at = 0; at < total; at++) all.push({ kind: "cut", at, how });
  }
  for (let at = 1; at < total; at++) all.push({ kind: "split", at });
  return all;
}

function describe(delivery: Delivery): string {
  switch (delivery.kind) {
    case "cut":
      return `${delivery.how} after ${delivery.at} bytes`;
    case "split":
      return `divided after ${delivery.at} bytes`;
    case "bytes":
      return "one byte at a time";
    case "spoilt":
      return `spoilt by seed ${delivery.seed}`;
    case "whole":
      return "undisturbed";
  }
}

function count(counts: Record<string, number>, error: unknown): void {
  const name = error instanceof Error ? error.name : typeof error;
  counts[name] = (counts[name] ?? 0) + 1;
}

async function endsWithin(promise: PromiseLike<unknown>, milliseconds: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  const inTime = await Promise.race([promise.then(() => true), late]);
  clearTimeout(timer);
  return inTime;
}
