/**
 * A Worker that runs coroutines in a loop of another thread, as the tests tell it.
 *
 * @module
 */

import { RemoteLoop, runCoroutineThreadsafe } from "../../../loop/executors/remote_loop.ts";
import { run } from "../../../loop/runners.ts";
import { gather } from "../../../loop/gather.ts";
import { timeout } from "../../../loop/timeouts.ts";
import { createTask } from "../../../loop/tasks.ts";
import { sleep } from "../../../loop/sleep.ts";
import type { shared } from "./remote_loop_test.ts";

/** The functions that the tests share. */
export type Shared = ReturnType<typeof shared>;

/** What an error was like, in this thread. */
function described(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const classes = [];
  for (let proto = error; (proto = Object.getPrototypeOf(proto)) !== Object.prototype;) {
    classes.push(proto.constructor.name);
  }
  return `${classes}: ${error.message}`;
}

async function outcome(work: () => PromiseLike<unknown>): Promise<unknown> {
  return await run(() => Promise.resolve(work()).catch(described));
}

function connected<T>(port: MessagePort, use: (loop: RemoteLoop<Shared>) => T): T {
  return use(new RemoteLoop<Shared>(port));
}

/** Runs one function of the loop, and says what came of it. */
export function call(port: MessagePort, name: keyof Shared, ...args: unknown[]): Promise<unknown> {
  const loop = new RemoteLoop<Record<string, (...args: unknown[]) => unknown>>(port);
  return outcome(() => runCoroutineThreadsafe(name, loop, ...args)).finally(() => loop.close());
}

/** Calls without waiting, several times. */
export function callSoon(port: MessagePort, ...words: string[]): Promise<void> {
  return connected(port, async (loop) => {
    for (const word of words) loop.callSoonThreadsafe("write", word);
    // What comes after them comes back after them.
    await runCoroutineThreadsafe("add", loop, 1, 2);
    loop.close();
  });
}

export function callUnknown(port: MessagePort): void {
  const loop = new RemoteLoop(port);
  loop.callSoonThreadsafe("nothing");
  loop.close();
}

export function several(port: MessagePort): Promise<unknown> {
  return connected(port, (loop) =>
    outcome(async () => {
      const calls = [3, 1, 2].map((n) => runCoroutineThreadsafe("later", loop, n));
      const results = await gather(calls);
      loop.close();
      return results;
    }));
}

export function cancelled(port: MessagePort): Promise<unknown> {
  return connected(port, (loop) =>
    outcome(async () => {
      const task = createTask(() => runCoroutineThreadsafe("hang", loop));
      await runCoroutineThreadsafe("whenHung", loop);
      task.cancel("enough");
      const said = await Promise.resolve(task).catch(described);
      const wasCancelled = await runCoroutineThreadsafe("howHangEnded", loop);
      loop.close();
      return [said, wasCancelled];
    }));
}

export function timedOut(port: MessagePort): Promise<unknown> {
  return connected(port, (loop) =>
    outcome(async () => {
      try {
        return await timeout(20, () => runCoroutineThreadsafe("hang", loop));
      } finally {
        loop.close();
      }
    }));
}

/** Closes this end while it waits. */
export function closedHere(port: MessagePort): Promise<unknown> {
  return connected(port, (loop) =>
    outcome(async () => {
      const pending = runCoroutineThreadsafe("hang", loop);
      await runCoroutineThreadsafe("whenHung", loop);
      loop.close();
      loop.close();
      const said = await Promise.resolve(pending).catch(described);
      return [said, loop.isClosed(), refused(loop)];
    }));
}

/** Waits until the other end is closed. */
export function closedThere(port: MessagePort): Promise<unknown> {
  return connected(port, (loop) =>
    outcome(async () => {
      const said = await Promise.resolve(runCoroutineThreadsafe("hang", loop)).catch(described);
      return [said, loop.isClosed(), refused(loop)];
    }));
}

/** Asks again until it is told that the loop is closed. */
export function closedLoop(port: MessagePort): Promise<unknown> {
  return connected(port, (loop) =>
    outcome(async () => {
      for (; !loop.isClosed(); await sleep(1)) loop.callSoonThreadsafe("add", 1, 2);
      return refused(loop);
    }));
}

export function uncloneable(port: MessagePort): unknown {
  using loop = new RemoteLoop(port);
  try {
    loop.callSoonThreadsafe("write", () => {});
  } catch (error) {
    return described(error);
  }
  return "not refused";
}

function refused(loop: RemoteLoop<Shared>): string[] {
  const said: string[] = [];
  for (
    const use of [
      () => loop.callSoonThreadsafe("add", 1, 2),
      () => runCoroutineThreadsafe("add", loop, 1, 2),
    ]
  ) {
    try {
      use();
    } catch (error) {
      said.push(described(error));
    }
  }
  return said;
}
