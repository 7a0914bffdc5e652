/**
 * What the behaviours have done in other threads.
 *
 * @module
 */

import { CancelledError, RuntimeError } from "../../../loop/exceptions.ts";
import { ContextVar } from "../../../loop/context.ts";
import { getRunningLoop, newEventLoop, setEventLoop } from "../../../loop/events.ts";
import { RemoteLoop, runCoroutineThreadsafe } from "../../../loop/executors/remote_loop.ts";
import { run } from "../../../loop/runners.ts";
import { shareLoop } from "../../../loop/executors/shared_loop.ts";
import { waitFor } from "../../../loop/timeouts.ts";

/** Another in each thread, for each imports this module anew. */
export const ident: string = crypto.randomUUID();

/** A context variable of which each thread has its own. */
export const testContext: ContextVar<string> = new ContextVar("test_ctx");

export function sum(numbers: number[]): number {
  return numbers.reduce((a, b) => a + b);
}

export function raiseRuntime(): never {
  throw new RuntimeError("test");
}

/** Counts, where all threads can see it. */
export function count(calls: Int32Array): void {
  Atomics.add(calls, 0, 1);
}

export function given(...args: unknown[]): unknown[] {
  return args;
}

export function getContext(): string {
  return testContext.get("no value");
}

export function here(arg?: string): [arg: string | undefined, ident: string] {
  return [arg, ident];
}

/** Blocks its thread. */
export function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

export async function helloOfALoop(): Promise<string> {
  const loop = newEventLoop();
  setEventLoop(loop);
  const hello = await loop.runUntilComplete(() => Promise.resolve("hello"));
  loop.close();
  return hello;
}

/** The name of what asking for the running loop throws. */
export function runningLoop(): string {
  try {
    return `${getRunningLoop()}`;
  } catch (error) {
    return (error as Error).name;
  }
}

/** What {@linkcode target} does. */
export interface TargetOptions {
  fail?: boolean;
  cancel?: boolean;
  timeout?: number;
}

/** Runs `add` in the loop of another thread. */
export async function target(port: MessagePort, options: TargetOptions = {}): Promise<unknown> {
  using loop = new RemoteLoop(port);
  const { fail, cancel, timeout = null } = options;
  return await run(() => waitFor(runCoroutineThreadsafe("add", loop, 1, 2, fail, cancel), timeout))
    .catch((error) => {
      // What ends a task is a cancellation also for whoever has called from outside.
      throw error instanceof CancelledError ? new CancelledError(error.message) : error;
    });
}

/** Runs a loop that shares itself over a port, until it is stopped. */
export async function runLoop(port: MessagePort): Promise<{ result: string[]; ident: string }> {
  const result: string[] = [];
  const loop = newEventLoop();
  const func = () => {
    result.push(ident);
    loop.stop();
  };
  using shared = shareLoop({ func }, { loop });
  port.postMessage(shared.port, [shared.port]);
  await loop.runForever();
  loop.close();
  return { result, ident };
}

/** Listens on a port, which it tells, and sends back to the first client what that sends. */
export async function echoOnce(port: MessagePort): Promise<void> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  port.postMessage((listener.addr as Deno.NetAddr).port);
  using client = await listener.accept();
  const buffer = new Uint8Array(100);
  const length = await client.read(buffer);
  await client.write(buffer.subarray(0, length ?? 0));
}
