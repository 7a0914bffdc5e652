/**
 * How the entrants of the loop's bench that are written in TypeScript measure a row: once to warm
 * up, then some rounds, of which the best counts.
 *
 * @module
 */
// deno-lint-ignore-file no-console

/** One line of the table. */
export interface Row {
  /** What is done; the same for every entrant. */
  name: string;
  /** How often, in one round. */
  count: number;
  /**
   * How many rounds.
   *
   * @default {5}
   */
  rounds?: number;
  /** Does it so often. */
  work: (count: number) => unknown;
}

/** What is told of each row: nanoseconds for each time, or another measure. */
export type Figures = Record<string, number>;

/** A loop, as the bench sees it. */
export interface Contender {
  /** What it is measured at. */
  rows: readonly Row[];
  /** How many sleepers are a crowd. */
  crowd: number;
  /** Puts so many to sleep, and comes back when they do. */
  fallAsleep: (count: number) => unknown;
  /** Begins a task that gives way again and again, and returns what ends it. */
  spin: () => () => unknown;
}

/** Does what the command line says, and tells the bench: `speed`, `memory`, or `lateness PORT`. */
export async function contend({ rows, crowd, fallAsleep, spin }: Contender): Promise<void> {
  const [mode, port] = Deno.args;
  let figures: Figures;
  if (mode === "speed") {
    figures = await measureSpeed(rows);
  } else if (mode === "memory") {
    figures = await measureMemory(crowd, fallAsleep);
  } else {
    const stop = spin();
    figures = await measureLateness(Number(port));
    await stop();
  }
  console.log(JSON.stringify({ rows: figures }));
  // The sleepers would sleep on.
  if (mode === "memory") Deno.exit();
}

/** In nanoseconds. */
async function measureSpeed(rows: readonly Row[]): Promise<Figures> {
  const figures: Figures = {};
  for (const { name, count, rounds = 5, work } of rows) {
    await work(Math.ceil(count / 10));
    collectGarbage();
    let best = Infinity;
    for (let round = 0; round < rounds; round++) {
      const began = performance.now();
      await work(count);
      best = Math.min(best, performance.now() - began);
    }
    figures[name] = best * 1e6 / count;
  }
  return figures;
}

/** In bytes. */
async function measureMemory(
  crowd: number,
  fallAsleep: (count: number) => unknown,
): Promise<Figures> {
  collectGarbage();
  const before = Deno.memoryUsage();
  await fallAsleep(crowd);
  collectGarbage();
  const after = Deno.memoryUsage();
  return {
    "a sleeping task: resident": (after.rss - before.rss) / crowd,
    "a sleeping task: heap": (after.heapUsed - before.heapUsed) / crowd,
  };
}

/** In milliseconds: how late the runtime serves a timer and a socket while the loop spins. */
async function measureLateness(port: number): Promise<Figures> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  connection.setNoDelay();
  const byte = new Uint8Array(1);
  const timers: number[] = [];
  const trips: number[] = [];
  for (let round = 0; round < 60; round++) {
    let began = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 5));
    timers.push(performance.now() - began - 5);
    began = performance.now();
    await connection.write(byte);
    await connection.read(byte);
    trips.push(performance.now() - began);
  }
  return {
    "5 ms timer, late by: median": median(timers),
    "5 ms timer, late by: worst": Math.max(...timers),
    "loopback round trip: median": median(trips),
    "loopback round trip: worst": Math.max(...trips),
  };
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1]!;
}

/** Nobody shall pay for what another row has left behind. */
function collectGarbage(): void {
  (globalThis as { gc?: () => void }).gc?.();
}
