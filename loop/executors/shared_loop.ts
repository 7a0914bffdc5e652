/**
 * What a loop lets other threads have done in it.
 *
 * @module
 */

import type { EventLoop } from "../event_loop.ts";
import { getEventLoop } from "../events.ts";
import { runOutside } from "../outside.ts";
import { type PackedError, packError } from "./remote_errors.ts";
import type { Task } from "../task.ts";
import { transferOf } from "./transferring.ts";

/** Functions by the names under which other threads call them. */
// deno-lint-ignore no-explicit-any -- each has its own type
export type SharedFunctions = Readonly<Record<string, (...args: any[]) => unknown>>;

/** Options of {@linkcode shareLoop}. */
export interface ShareOptions {
  /**
   * The loop in which the functions are called.
   *
   * @default {the loop of the calling code}
   */
  loop?: EventLoop;
}

/** Asks for a task, and its outcome. */
export interface RunRequest {
  ask: "run";
  /** The number of the task. */
  id: number;
  /** The function. */
  name: string;
  /** Its arguments. */
  args: unknown[];
}

/** What the other thread asks for. */
export type LoopRequest =
  | { ask: "call"; name: string; args: unknown[] }
  | RunRequest
  | { ask: "cancel"; id: number; message: string }
  | { ask: "close" };

/** What it is told. */
export type LoopReply =
  | { say: "result"; id: number; value: unknown }
  | { say: "error"; id: number; error: PackedError }
  | { say: "cancelled"; id: number; message: string }
  | { say: "close" };

/**
 * Lets another thread call functions in a loop, by their names.
 *
 * Functions cannot cross threads, so these are all that the other thread can
 * call. What they take and return is copied, or moved where it is marked by
 * `transferring()`.
 *
 * @param functions The functions, by their names.
 * @param options The loop.
 * @returns What holds the port that the other thread needs.
 * @throws {TypeError} If one is no function.
 *
 * @example A Worker that asks for more, and tells what it has found
 * ```ts
 * import assert from "node:assert/strict";
 * import { jobs, run, shareLoop, WorkerPoolExecutor } from "https://tulip.example/loop/mod.ts";
 *
 * const url = import.meta.resolve("https://tulip.example/examples/primes_aloud.ts");
 * const primes = jobs<typeof import("https://tulip.example/examples/primes_aloud.ts")>(url);
 * const numbers = [10, 100, 1000];
 * const counts: number[] = [];
 * await run(async () => {
 *   await using pool = new WorkerPoolExecutor();
 *   using shared = shareLoop({
 *     next: () => numbers.shift() ?? null,
 *     counted: (_below: number, count: number) => counts.push(count),
 *   });
 *   const { port } = shared;
 *   await pool.submit({ transfer: [port] }, primes.countPrimesAloud, port);
 * });
 * assert.deepEqual(counts, [4, 25, 168]);
 * ```
 */
export function shareLoop<S extends SharedFunctions>(
  functions: S,
  { loop = getEventLoop() }: ShareOptions = {},
): SharedLoop {
  for (const [name, value] of Object.entries(functions)) {
    if (typeof value !== "function") {
      throw new TypeError(`Cannot share ${name}: a function is required`);
    }
  }
  return new SharedLoop(functions, loop);
}

/**
 * A loop in which another thread may call functions. Made by {@linkcode shareLoop}.
 *
 * It keeps no program alive (before Deno 2.8 it does, until it is closed).
 */
export class SharedLoop implements Disposable {
  /** For the other thread, where `new RemoteLoop(port)` takes it: `postMessage(port, [port])`. */
  readonly port: MessagePort;
  readonly #own: MessagePort;
  readonly #functions: SharedFunctions;
  readonly #loop: EventLoop;
  /** What other threads wait for; `null` before it has begun. */
  readonly #tasks: Map<number, Task | null> = new Map();

  /** @internal */
  constructor(functions: SharedFunctions, loop: EventLoop) {
    const { port1, port2 } = new MessageChannel();
    this.port = port2;
    this.#own = port1;
    this.#functions = functions;
    this.#loop = loop;
    runOutside(() => {
      port1.onmessage = ({ data }) => this.#answer(data);
    });
    (port1 as Referenced).unref?.();
  }

  /** Ends it: tasks that other threads wait for are cancelled. Closing twice is no mistake. */
  close(): void {
    this.#tell({ say: "close" });
    this.#end();
  }

  /** As {@linkcode SharedLoop.close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  #answer(request: LoopRequest): void {
    // Who asks a closed loop finds it closed.
    if (this.#loop.isClosed()) return this.close();
    switch (request.ask) {
      case "call":
        this.#loop.callSoon(() => this.#find(request.name)(...request.args));
        break;
      case "run":
        this.#run(request);
        break;
      case "cancel":
        this.#cancel(request.id, request.message);
        break;
      case "close":
        this.#end();
    }
  }

  #run({ id, name, args }: RunRequest): void {
    let callback: (...args: unknown[]) => unknown;
    try {
      callback = this.#find(name);
    } catch (error) {
      return this.#tell({ say: "error", id, error: packError(error) });
    }
    this.#tasks.set(id, null);
    this.#loop.callSoon(() => {
      // It may have been cancelled meanwhile.
      if (!this.#tasks.has(id)) return;
      try {
        this.#begin(id, name, this.#loop.createTask(callback, ...args));
      } catch (error) {
        // A task factory has failed: its loop hears of it too, as in Python.
        this.#tasks.delete(id);
        this.#tell({ say: "error", id, error: packError(error) });
        throw error;
      }
    });
  }

  #begin(id: number, name: string, task: Task): void {
    this.#tasks.set(id, task);
    task._onDone(() => {
      if (this.#tasks.delete(id)) this.#report(id, name, task);
    });
  }

  #cancel(id: number, message: string): void {
    this.#tasks.get(id)?.cancel(message);
    // Nobody waits for it any more.
    this.#tasks.delete(id);
  }

  #report(id: number, name: string, task: Task): void {
    if (task.cancelled()) {
      const { message } = task._cancelledError();
      return this.#tell({ say: "cancelled", id, message });
    }
    const error = task.exception();
    if (error !== null) return this.#tell({ say: "error", id, error: packError(error) });
    const value = task.result();
    try {
      this.#tell({ say: "result", id, value }, transferOf(value));
    } catch (cause) {
      const says = cause instanceof Error ? cause.message : String(cause);
      const error = new TypeError(
        `The result of ${name} cannot cross to another thread: ${says}`,
        { cause },
      );
      this.#tell({ say: "error", id, error: packError(error) });
    }
  }

  #find(name: string): (...args: unknown[]) => unknown {
    if (Object.hasOwn(this.#functions, name)) return this.#functions[name]!;
    throw new TypeError(`The loop shares no function ${name}`);
  }

  #tell(reply: LoopReply, transfer: Transferable[] = []): void {
    this.#own.postMessage(reply, transfer);
  }

  #end(): void {
    this.#own.close();
    // It is still here, where no thread has taken it.
    this.port.close();
    const tasks = [...this.#tasks.values()];
    this.#tasks.clear();
    for (const task of tasks) task?.cancel();
  }
}

/** A port of a newer Deno, which need not keep the program alive. */
export interface Referenced {
  /** Lets the program live as long as the port. */
  ref?(): void;
  /** Lets it end before. */
  unref?(): void;
}
