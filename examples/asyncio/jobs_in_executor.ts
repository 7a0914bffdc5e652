/**
 * Two jobs that do not wait but calculate: in an executor, whose workers are threads of their own.
 *
 * ```sh
 * deno run --allow-read=examples/primes.ts examples/asyncio/jobs_in_executor.ts
 * ```
 *
 * A function cannot cross to another thread, but its place can: the module that exports it, and its
 * name. The worker imports it from there, and for that the permission is needed.
 *
 * @module
 */

import * as asyncio from "https://tulip.example/stdlib/asyncio.ts";
import { say } from "./jobs.ts";

const { countPrimes } = asyncio.jobs<typeof import("../primes.ts")>(
  import.meta.resolve("../primes.ts"),
);

await asyncio.run(async () => {
  await using pool = new asyncio.WorkerPoolExecutor({ maxWorkers: 2 });
  const loop = asyncio.getRunningLoop();
  const counts = [
    loop.runInExecutor(pool, countPrimes, 1_000_000),
    loop.runInExecutor(pool, countPrimes, 50_000),
  ];
  say("both are asked for, and the loop is free for other things");
  for await (const done of asyncio.asCompleted(counts)) say(`${done.result()} primes`);

  const few = await asyncio.toThread(countPrimes, 1_000);
  say(`${few} primes, counted by the loop's own executor`);
});
