/**
 * Having all that a program prints go to its errors, for its output serves
 * another purpose.
 *
 * @module
 */

/**
 * Turns `console`, `Deno.stdout` and `process.stdout` to the errors, for good.
 *
 * What `console` prints by itself cannot be turned. So what is rare is done here, in brief.
 */
export function printToErrors(): void {
  const { console: output } = globalThis;
  const error = output.error.bind(output);
  const counts = new Map<string, number>();
  const times = new Map<string, number>();
  const passed = (label: string, ...more: unknown[]) =>
    error(`${label}: ${Math.round(performance.now() - (times.get(label) ?? NaN))}ms`, ...more);
  Object.assign(output, {
    log: error,
    info: error,
    debug: error,
    dir: (value: unknown) => error(value),
    dirxml: error,
    table: (value: unknown) => error(value),
    group: error,
    groupCollapsed: error,
    groupEnd: () => {},
    count: (label = "default") => {
      counts.set(label, (counts.get(label) ?? 0) + 1);
      error(`${label}: ${counts.get(label)}`);
    },
    countReset: (label = "default") => counts.delete(label),
    time: (label = "default") => times.set(label, performance.now()),
    timeLog: (label = "default", ...more: unknown[]) => passed(label, ...more),
    timeEnd: (label = "default") => {
      passed(label);
      times.delete(label);
    },
  });
  Object.defineProperty(Deno, "stdout", { value: Deno.stderr, configurable: true });
  const { process } = globalThis as { process?: { stderr: unknown } };
  if (process === undefined) return;
  Object.defineProperty(process, "stdout", { get: () => process.stderr, configurable: true });
}
