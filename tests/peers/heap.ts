/**
 * How much memory is really in use.
 *
 * @module
 */

import v8 from "node:v8";
import vm from "node:vm";

/** What is in use once all else is collected. */
export function heapUsed(): number {
  v8.setFlagsFromString("--expose-gc");
  const collect: () => void = vm.runInNewContext("gc");
  collect();
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}
