/**
 * Free ports for servers that must be told theirs.
 *
 * @module
 */

// Below the range from which the kernel picks ports on its own, so that no socket of another
// test takes one between the probe and the start of the server.
const FIRST = 10_000;
const LAST = 32_000;

/**
 * Finds ports in a row that nobody listens on.
 *
 * @param count How many.
 * @returns The first of them.
 */
export function freePorts(count: number): number {
  for (let attempt = 0; attempt < 200; attempt++) {
    const first = FIRST + Math.floor(Math.random() * (LAST - FIRST - count));
    if (areFree(first, count)) return first;
  }
  throw new Error(`Cannot find ${count} free ports in a row between ${FIRST} and ${LAST}`);
}

function areFree(first: number, count: number): boolean {
  for (let port = first; port < first + count; port++) {
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
    } catch (error) {
      if (error instanceof Deno.errors.AddrInUse) return false;
      throw error;
    }
  }
  return true;
}
