/**
 * Runs the same work by several programs in turn and prints them side by side.
 *
 * Each entrant is a process of its own, so that no one pays for another's heap, and the passes are
 * interleaved, so that a slow minute of the machine hits all of them. The best pass of each counts;
 * what is quoted is the ratio, for times differ from machine to machine.
 *
 * @module
 */
// deno-lint-ignore-file no-console

/** The longest that one run may take, in milliseconds. */
const LIMIT = 120_000;

/** One program that does the work. */
export interface Entrant {
  /** What the table calls it. */
  name: string;
  /** The command line; its first word is the program. */
  command: string[];
  /**
   * Whether the table says so where it fails, instead of there being none: peers have faults.
   *
   * @default {false}
   */
  mayFail?: boolean;
}

/** What one entrant needed, best of all its passes. */
export interface Outcome {
  /** The entrant's name. */
  name: string;
  /**
   * Milliseconds that the work itself took, start of the process left out where it can tell;
   * `Infinity` where it failed.
   */
  milliseconds: number;
  /** The most memory it held, in bytes, where it told. */
  memory?: number;
}

/** Options of {@linkcode sideBySide}. */
export interface SideBySideOptions {
  /**
   * How often each entrant runs.
   *
   * @default {3}
   */
  passes?: number;
  /** Puts everything back to the start before each run: empties folders, removes files. */
  before?: () => void | Promise<void>;
  /** Turns the time into what the table shows beside it: a rate, a cost for each file. */
  unit: (milliseconds: number) => string;
}

/** The first entrant is ours: the others are quoted against it. */
export async function sideBySide(
  title: string,
  entrants: readonly Entrant[],
  { passes = 3, before, unit }: SideBySideOptions,
): Promise<Outcome[]> {
  const best = new Map<string, Outcome>();
  for await (const { name, elapsed, told } of inTurn(entrants, passes, before)) {
    const outcome: Outcome = { name, milliseconds: elapsed, ...told };
    const known = best.get(name);
    // One that fails now and then has failed.
    const better = known === undefined || outcome.milliseconds < known.milliseconds;
    if (better || outcome.milliseconds === Infinity) best.set(name, outcome);
  }
  const outcomes = [...best.values()];
  print(title, outcomes, unit);
  return outcomes;
}

/** Whether a program is there to be run. */
export async function available(program: string): Promise<boolean> {
  try {
    await new Deno.Command(program, { args: ["--version"], stdout: "null", stderr: "null" })
      .output();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** One run of one entrant. */
export interface Run {
  /** The entrant's name. */
  name: string;
  /** Milliseconds that the process took; `Infinity` where it failed. */
  elapsed: number;
  /** What it told itself, as one line of JSON. */
  told: Record<string, unknown> | undefined;
}

/** Runs everybody in turn, as often as there are passes. */
export async function* inTurn(
  entrants: readonly Entrant[],
  passes: number,
  before?: () => void | Promise<void>,
): AsyncGenerator<Run> {
  const failed = new Set<Entrant>();
  for (let pass = 0; pass < passes; pass++) {
    for (const entrant of entrants) {
      if (failed.has(entrant)) continue;
      await before?.();
      const run = await runOnce(entrant);
      if (run.elapsed === Infinity) failed.add(entrant);
      yield run;
    }
  }
}

async function runOnce(entrant: Entrant): Promise<Run> {
  const { name, command: [program, ...args], mayFail = false } = entrant;
  const started = performance.now();
  const child = new Deno.Command(program!, {
    args,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(LIMIT),
  });
  const { success, code, stdout, stderr } = await child.output();
  const elapsed = performance.now() - started;
  const text = new TextDecoder().decode(stdout);
  if (!success && mayFail) return { name, elapsed: Infinity, told: undefined };
  if (!success) {
    throw new Error(`${name} failed with ${code}: ${new TextDecoder().decode(stderr)}${text}`);
  }
  const told = /^\{.*\}$/m.exec(text)?.[0];
  return { name, elapsed, told: told === undefined ? undefined : JSON.parse(told) };
}

function print(
  title: string,
  outcomes: readonly Outcome[],
  unit: (milliseconds: number) => string,
): void {
  const ours = outcomes[0]!.milliseconds;
  console.log(`\n${title}`);
  for (const { name, milliseconds, memory } of outcomes) {
    if (milliseconds === Infinity) {
      console.log(`  ${name.padEnd(24)} failed, or took longer than ${LIMIT / 1000} s`);
      continue;
    }
    const ratio = name === outcomes[0]!.name
      ? "         "
      : `${(milliseconds / ours).toFixed(2)} × our time`;
    console.log(
      `  ${name.padEnd(24)} ${milliseconds.toFixed(0).padStart(7)} ms  ${
        unit(milliseconds).padStart(14)
      }  ${ratio.padEnd(16)}  ${
        memory === undefined ? "" : `${(memory / 2 ** 20).toFixed(0)} MiB held`
      }`.trimEnd(),
    );
  }
}
