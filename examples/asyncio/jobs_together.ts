/**
 * Waiting for two jobs: `gather()` for their results, `wait()` to see how far they are, and a
 * `TaskGroup` for jobs of which none is of use without the others.
 *
 * ```sh
 * deno run examples/asyncio/jobs_together.ts
 * ```
 *
 * @module
 */

import * as asyncio from "https://tulip.example/stdlib/asyncio.ts";
import { job, say } from "./jobs.ts";

await asyncio.run(async () => {
  const results = await asyncio.gather(() => job("tea", 400), () => job("toast", 200));
  say(`gather: ${results.join(" and ")}, in the order of the question`);

  const tea = asyncio.createTask(job, "tea", 400);
  const toast = asyncio.createTask(job, "toast", 200);
  const first = { returnWhen: asyncio.FIRST_COMPLETED } as const;
  const { done, pending } = await asyncio.wait([tea, toast], first);
  say(`wait: ${done.size} is done, and ${pending.size} is not`);
  await asyncio.wait(pending);

  try {
    await asyncio.TaskGroup.run((group) => {
      group.createTask(job, "tea", 400);
      group.createTask(async () => {
        await job("toast", 200);
        throw new Error("The toast is burnt");
      });
    });
  } catch (error) {
    asyncio.rethrowIfCancelled(error);
    say(`TaskGroup: ${(error as AggregateError).errors.join()}, so the tea was called off`);
  }
});
