/**
 * Two jobs, one after the other: `await` goes on when the first is done, and only then.
 *
 * ```sh
 * deno run examples/asyncio/jobs_in_turn.ts
 * ```
 *
 * @module
 */

import * as asyncio from "https://tulip.example/stdlib/asyncio.ts";
import { job, say } from "./jobs.ts";

await asyncio.run(async () => {
  await job("tea", 400);
  await job("toast", 200);
  say("breakfast");
});
