/**
 * A tester for regular expressions: the page shows the matches as one types.
 *
 * ```sh
 * deno run --allow-net=127.0.0.1 --allow-read=examples/asyncio examples/asyncio/regex_tester.ts
 * ```
 *
 * There are patterns that never come to an end. So each question is answered in a worker, by a task
 * that has a limit of time, and that the next keystroke cancels.
 *
 * @module
 */
// deno-lint-ignore-file no-console

import * as asyncio from "https://tulip.example/stdlib/asyncio.ts";
import { PageServer, type Visit } from "./page_server.ts";
import { type Answer, type Question, STOPPED } from "./regex_tester/match.ts";
import { Refusal } from "./socket.ts";

/** The longest that a pattern may take, in milliseconds. The worker keeps to it. */
const LIMIT = 1_000;
/** The longest that is waited for an answer, in milliseconds: a worker may have to start first. */
const PATIENCE = 5_000;
/** A pause in typing, in milliseconds. Before, no answer is looked for. */
const PAUSE = 50;

/** What the module exports, as jobs for workers. */
const { findMatches } = asyncio.jobs<typeof import("./regex_tester/match.ts")>(
  import.meta.resolve("./regex_tester/match.ts"),
);

/** Serves visitors: each question is a task, and only the last one is of interest. */
export function testerOn(workers: asyncio.Executor): Visit {
  return async (socket) => {
    let answering: asyncio.Task | undefined;
    try {
      for await (const message of socket) {
        const { id, ...question } = questionOf(message);
        answering?.cancel();
        answering = asyncio.createTask(async () => {
          await asyncio.sleep(PAUSE);
          await socket.send({ id, ...await answer(question) });
        });
      }
    } finally {
      answering?.cancel();
    }
  };

  async function answer(question: Question): Promise<Answer> {
    try {
      return await asyncio.timeout(PATIENCE, () => workers.submit(findMatches, question, LIMIT));
    } catch (error) {
      asyncio.rethrowIfCancelled(error);
      if (!(error instanceof asyncio.TimeoutError)) throw error;
      return STOPPED;
    }
  }
}

/** A stranger's JSON may be anything. */
function questionOf(message: unknown): Question & { id: number } {
  const { id, pattern, flags, text } = (message ?? {}) as Record<string, unknown>;
  if (typeof id === "number" && typeof pattern === "string") {
    if (typeof flags === "string" && typeof text === "string") return { id, pattern, flags, text };
  }
  throw new Refusal("A question has an id, a pattern, flags and a text");
}

if (import.meta.main) {
  try {
    await asyncio.run(async () => {
      await using workers = new asyncio.WorkerPoolExecutor({ maxWorkers: 4, idleTimeout: 60_000 });
      const folder = new URL("./regex_tester/", import.meta.url);
      await using server = await PageServer.start(folder, testerOn(workers), {
        port: Number(Deno.args[0] ?? 8000),
        maxVisitors: 50,
        maxLength: 200_000,
        maxWaiting: 100,
      });
      console.log(`The tester is at ${server.url}`);
      await server.serveForever();
    });
  } catch (error) {
    asyncio.rethrowIfCancelled(error);
    if (!(error instanceof asyncio.KeyboardInterrupt)) throw error;
    console.log("The tester is closed");
    // For WebSockets that broke off, Deno would keep the program for some seconds more.
    Deno.exit(0);
  }
}
