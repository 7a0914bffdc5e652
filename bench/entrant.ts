/**
 * What an entrant written in TypeScript tells about its run.
 *
 * @module
 */
// deno-lint-ignore-file no-console

/** Runs the work and prints its time and the most memory held, as one line of JSON. */
export async function report(work: () => Promise<void>): Promise<void> {
  const started = performance.now();
  await work();
  const milliseconds = performance.now() - started;
  console.log(JSON.stringify({ milliseconds, memory: await peakMemory() }));
}

/** Linux keeps the high-water mark of a process; elsewhere what is held now has to do. */
async function peakMemory(): Promise<number> {
  try {
    const status = await Deno.readTextFile("/proc/self/status");
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return Deno.memoryUsage().rss;
    throw error;
  }
}
