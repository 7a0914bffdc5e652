/**
 * Several jobs, each result as soon as it is there: the quickest first.
 *
 * ```sh
 * deno run examples/asyncio/jobs_as_completed.ts
 * ```
 *
 * @module
 */

import * as asyncio from "https://tulip.example/stdlib/asyncio.ts";
import { job, say } from "./jobs.ts";

await asyncio.run(async () => {
  const jobs = [() => job("tea", 400), () => job("toast", 200), () => job("egg", 600)];
  for await (const done of asyncio.asCompleted(jobs)) {
    say(`here is the ${done.result()}`);
  }
});
