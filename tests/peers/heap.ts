/**
 * How much memory is really in use.
 *
 * @module
 */

import v8 from "node:v8";
import vm from "node:vm";

let collect: (() => void) | undefined;

/** What is in use once all else is collected. */
export function heapUsed(): number {
  if (collect === undefined) {
    v8.setFlagsFromString("--expose-gc");
    collect = vm.runInNewContext("gc") as () => void;
  }
  collect();
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}
