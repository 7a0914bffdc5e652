/**
 * Two jobs that another thread asks for: they are done in the loop of this one.
 *
 * ```sh
 * deno run --allow-read=. examples/asyncio/jobs_from_a_thread.ts
 * ```
 *
 * The other thread is a Worker, in `waiter.ts`. It can call what is shared with it, and nothing
 * else. To load a local module, a Worker needs the permission to read it.
 *
 * @module
 */

import * as asyncio from "https://tulip.example/stdlib/asyncio.ts";
import { job, say } from "./jobs.ts";

/** What the waiter can ask for. */
export type Kitchen = { job: typeof job; say: typeof say; close: () => void };

await asyncio.run(async () => {
  const closed = asyncio.getRunningLoop().createFuture<void>();
  const kitchen: Kitchen = { job, say, close: () => closed.setResult() };
  using shared = asyncio.shareLoop(kitchen);
  const waiter = new Worker(import.meta.resolve("./waiter.ts"), { type: "module" });
  waiter.postMessage(shared.port, [shared.port]);
  await closed;
  waiter.terminate();
});
