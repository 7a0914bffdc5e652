/**
 * Two jobs at the same time: a task runs in the background, from when its creator next waits.
 *
 * ```sh
 * deno run examples/asyncio/jobs_at_once.ts
 * ```
 *
 * `createTask()` takes the function and its arguments, not what the function returns: an async
 * function that was called has begun already.
 *
 * @module
 */

import * as asyncio from "https://tulip.example/stdlib/asyncio.ts";
import { job, say } from "./jobs.ts";

await asyncio.run(async () => {
  const tea = asyncio.createTask(job, "tea", 400);
  const toast = asyncio.createTask(job, "toast", 200);
  say("both are asked for, neither has begun");
  say(`here is the ${await tea}`);
  say(`here is the ${await toast}, which was done before`);
});
