// A program that uses threads, and ends by itself. See threads_test.ts.

import { jobs } from "../../../loop/executors/jobs.ts";
import { shareLoop } from "../../../loop/executors/shared_loop.ts";
import { run } from "../../../loop/runners.ts";
import { toThread } from "../../../loop/executors/threads.ts";

const work = jobs<typeof import("./work.ts")>(import.meta.resolve("./work.ts"));

// A port that nobody uses keeps no program alive, where the runtime can be told.
if ("unref" in MessagePort.prototype) shareLoop({ add: (a: number, b: number) => a + b });
const results = [
  await toThread(work.loseByTimer).catch(({ name }) => name),
  await run(() => toThread(work.addLater, 2, 3)),
  // Its worker has nothing to do after that, and is ended in time.
  await toThread(work.add, 1, 2),
];
// deno-lint-ignore no-console -- it is a program
console.log(results.join("\n"));
