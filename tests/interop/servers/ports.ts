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
    for (const hostname of ["127.0.0.1", "::1"]) {
      try {
        Deno.listen({ hostname, port }).close();
      } catch (error) {
        if (error instanceof Deno.errors.AddrInUse) return false;
        // A machine without IPv6 has no port that could be taken there.
        if (hostname === "127.0.0.1") throw error;
      }
    }
  }
  return true;
}
