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

/** One program that does the work. */
export interface Entrant {
  /** What the table calls it. */
  name: string;
  /** The command line; its first word is the program. */
  command: string[];
}

/** What one entrant needed, best of all its passes. */
export interface Outcome {
  /** The entrant's name. */
  name: string;
  /** Milliseconds that the work itself took, start of the process left out where it can tell. */
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
    if (known === undefined || outcome.milliseconds < known.milliseconds) best.set(name, outcome);
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
  /** Milliseconds that the process took. */
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
  for (let pass = 0; pass < passes; pass++) {
    for (const entrant of entrants) {
      await before?.();
      yield await runOnce(entrant);
    }
  }
}

async function runOnce({ name, command: [program, ...args] }: Entrant): Promise<Run> {
  const started = performance.now();
  const child = new Deno.Command(program!, {
    args,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(120_000),
  });
  const { success, code, stdout, stderr } = await child.output();
  const elapsed = performance.now() - started;
  const text = new TextDecoder().decode(stdout);
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
