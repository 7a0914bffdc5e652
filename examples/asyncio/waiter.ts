/**
 * The other thread of `jobs_from_a_thread.ts`: it runs in a Worker, and has jobs done in the loop
 * of the main thread.
 *
 * @module
 */

import * as asyncio from "https://tulip.example/stdlib/asyncio.ts";
import type { Kitchen } from "./jobs_from_a_thread.ts";

addEventListener("message", async (event) => {
  const kitchen = new asyncio.RemoteLoop<Kitchen>((event as MessageEvent).data);
  kitchen.callSoonThreadsafe("say", "the waiter asks for tea and toast, from another thread");
  const tea = asyncio.runCoroutineThreadsafe("job", kitchen, "tea", 400);
  const toast = asyncio.runCoroutineThreadsafe("job", kitchen, "toast", 200);
  kitchen.callSoonThreadsafe("say", `the waiter has the ${await toast}`);
  kitchen.callSoonThreadsafe("say", `the waiter has the ${await tea}`);
  kitchen.callSoonThreadsafe("close");
}, { once: true });
