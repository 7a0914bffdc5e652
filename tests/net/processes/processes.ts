/**
 * What tests of child processes share.
 *
 * @module
 */

/** Whether there is such a process that has not been buried, be it ours or not. */
export function isThere(pid: number): boolean {
  try {
    Deno.statSync(`/proc/${pid}`);
    return true;
  } catch {
    return false;
  }
}

/** Waits until a child has ended, and keeps this program from hearing of it. */
export function waitForEnd(pid: number): void {
  while (!/\) Z/.test(Deno.readTextFileSync(`/proc/${pid}/stat`)));
}

/** How many files and pipes this program holds open; tests beside this one have some of them. */
export function openFiles(): number {
  return [...Deno.readDirSync("/proc/self/fd")].length;
}

/** Waits until something holds, for ten seconds at most. */
export async function until(holds: () => boolean): Promise<void> {
  for (let round = 0; round < 1000; round += 1) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`It has not come to hold within ten seconds: ${holds}`);
}
