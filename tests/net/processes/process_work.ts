/**
 * What the tests have done in other processes.
 *
 * @module
 */

// deno-lint-ignore-file no-console

/** Says which process this is. */
export function pid(): number {
  return Deno.pid;
}

/** Says it later. */
export async function pidAfter(ms: number): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return Deno.pid;
}

/** Computes for ever, without a pause in which it could be told to end. */
export function compute(path: string): never {
  Deno.writeTextFileSync(path, String(Deno.pid));
  for (;;);
}

/** Prints in every way there is, which must not be taken for a result. */
export function print(): string {
  console.log("%s", "log");
  console.info("info");
  console.dir({ dir: 1 }, { depth: 0 });
  console.table([{ table: 1 }]);
  console.group("group");
  console.groupEnd();
  console.count("count");
  console.time("time");
  console.timeEnd("time");
  Deno.stdout.writeSync(new TextEncoder().encode("stdout\n"));
  return "printed";
}

/** Prints by the other runtime's name of the same. */
export async function printByNode(): Promise<string> {
  const { default: process } = await import("node:process");
  await new Promise<void>((resolve) => process.stdout.write("node\n", () => resolve()));
  return "printed";
}

/** Gets around all that. */
export function intrude(): never {
  Deno.writeFileSync("/proc/self/fd/1", new TextEncoder().encode("Something else entirely\n"));
  for (;;);
}

/** Ends as no program should. */
export function crash(): Promise<never> {
  Deno.kill(Deno.pid, "SIGKILL");
  return new Promise(() => {});
}

/** Says whether this process may do something. */
export function may(name: "read" | "net" | "env"): boolean {
  return Deno.permissions.querySync({ name }).state === "granted";
}

/** Makes a result of a size. */
export function make(size: number): Uint8Array {
  return new Uint8Array(size).fill(7);
}
