/**
 * Having things done in the loop of another thread, or in another loop of
 * this one (Python's `asyncio.run_coroutine_threadsafe`).
 *
 * @module
 */

import type { EventLoop } from "../event_loop.ts";
import { RuntimeError } from "../exceptions.ts";
import { Future } from "../future.ts";
import { runOutside } from "../outside.ts";
import type { FutureState } from "../reactions.ts";
import { unpackError } from "./remote_errors.ts";
import type { LoopReply, LoopRequest, Referenced, SharedFunctions } from "./shared_loop.ts";
import { transferOf } from "./transferring.ts";

/**
 * The loop of another thread, as far as that shares it: see `shareLoop()`.
 *
 * `S` is the type of the functions that are shared: `new RemoteLoop<typeof shared>(port)`.
 * The program stays alive while a result is waited for (before Deno 2.8: until the loop is closed).
 * When the other thread ends without closing its part, nobody is told: a time limit helps.
 */
export class RemoteLoop<S extends SharedFunctions = SharedFunctions> implements Disposable {
  readonly #port: MessagePort & Referenced;
  readonly #pending: Map<number, RemoteCall> = new Map();
  #calls = 0;
  #isClosed = false;

  /**
   * Takes the port of a {@linkcode SharedLoop}.
   *
   * @param port The port, in the thread to which it was transferred.
   * @throws {TypeError} If it is no port.
   */
  constructor(port: MessagePort) {
    if (!(port instanceof MessagePort)) {
      throw new TypeError("A remote loop needs the port that shareLoop() has made");
    }
    this.#port = port;
    runOutside(() => {
      port.onmessage = ({ data }) => this.#hear(data);
    });
    this.#port.unref?.();
  }

  /**
   * Has a shared function called in the loop, soon (`loop.call_soon_threadsafe`). What it returns
   * is ignored; what it throws goes to the exception handler of that loop.
   *
   * @param name The function.
   * @param args Its arguments.
   * @throws {RuntimeError} If this end is closed, or the other was closed.
   * @throws {TypeError} If an argument cannot cross to another thread.
   */
  callSoonThreadsafe<Name extends keyof S & string>(
    name: Name,
    ...args: Parameters<S[Name]>
  ): void {
    this.#check();
    this.#ask({ ask: "call", name, args });
  }

  /**
   * Whether one of the two ends was closed.
   *
   * @returns `true` if nothing can be called any more.
   */
  isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * Ends the connection: what is waited for fails, and is cancelled in the other thread. Closing
   * twice is no mistake.
   */
  close(): void {
    if (this.#isClosed) return;
    this.#ask({ ask: "close" });
    this.#end("The remote loop was closed here");
  }

  /** As {@linkcode RemoteLoop.close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal */
  _run(name: string, args: unknown[]): Future<unknown> {
    this.#check();
    const id = ++this.#calls;
    const call = new RemoteCall((message) => {
      this.#forget(id);
      this.#ask({ ask: "cancel", id, message });
    });
    this.#ask({ ask: "run", id, name, args });
    if (this.#pending.size === 0) this.#port.ref?.();
    this.#pending.set(id, call);
    return call;
  }

  #hear(reply: LoopReply): void {
    if (reply.say === "close") return this.#end("The loop was closed by its thread");
    const call = this.#forget(reply.id);
    if (call === undefined || call.done()) return;
    switch (reply.say) {
      case "result":
        call.setResult(reply.value);
        break;
      case "error":
        call.setException(unpackError(reply.error, "Thrown in the loop of another thread"));
        break;
      case "cancelled":
        call.cancelledThere(reply.message);
    }
  }

  #forget(id: number): RemoteCall | undefined {
    const call = this.#pending.get(id);
    this.#pending.delete(id);
    if (this.#pending.size === 0) this.#port.unref?.();
    return call;
  }

  #ask(request: LoopRequest): void {
    const transfer = "args" in request ? transferOf(...request.args) : [];
    try {
      this.#port.postMessage(request, transfer);
    } catch (cause) {
      const says = cause instanceof Error ? cause.message : String(cause);
      const name = "name" in request ? request.name : request.ask;
      throw new TypeError(`The arguments of ${name} cannot cross to another thread: ${says}`, {
        cause,
      });
    }
  }

  #check(): void {
    if (this.#isClosed) throw new RuntimeError("The remote loop is closed");
  }

  #end(why: string): void {
    this.#isClosed = true;
    this.#port.close();
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const call of pending) {
      if (!call.done()) call.setException(new RuntimeError(why));
    }
  }
}

/**
 * Has a function run as a task of another loop of this thread
 * (`asyncio.run_coroutine_threadsafe`).
 *
 * @param callback The function.
 * @param loop The loop.
 * @param args The arguments of the function.
 * @returns A future of its result, of the calling loop. To cancel it cancels the task.
 * @throws {RuntimeError} If the loop is closed.
 * @throws {TypeError} If `callback` is no function.
 *
 * @example Two loops side by side
 * ```ts
 * import assert from "node:assert/strict";
 * import {
 *   getRunningLoop,
 *   newEventLoop,
 *   run,
 *   runCoroutineThreadsafe,
 * } from "https://tulip.example/loop/mod.ts";
 *
 * const other = newEventLoop();
 * const running = other.runForever();
 * await run(async () => {
 *   assert.equal(await runCoroutineThreadsafe(() => getRunningLoop(), other), other);
 * });
 * other.stop();
 * await running;
 * other.close();
 * ```
 */
export function runCoroutineThreadsafe<Args extends unknown[], T>(
  callback: (...args: Args) => T | PromiseLike<T>,
  loop: EventLoop,
  ...args: Args
): Future<T>;
/**
 * Has a shared function run as a task of the loop of another thread.
 *
 * @param name The function, by the name that `shareLoop()` was given.
 * @param loop The loop of the other thread.
 * @param args The arguments of the function.
 * @returns A future of its result, of the calling loop. To cancel it cancels the task.
 * @throws {RuntimeError} If one of the two ends is closed.
 * @throws {TypeError} If an argument cannot cross to another thread.
 */
export function runCoroutineThreadsafe<S extends SharedFunctions, Name extends keyof S & string>(
  name: Name,
  loop: RemoteLoop<S>,
  ...args: Parameters<S[Name]>
): Future<Awaited<ReturnType<S[Name]>>>;
export function runCoroutineThreadsafe(
  work: string | ((...args: unknown[]) => unknown),
  loop: EventLoop | RemoteLoop,
  ...args: unknown[]
): Future<unknown> {
  if (loop instanceof RemoteLoop) return loop._run(work as string, args);
  if (typeof work !== "function") throw new TypeError("A function is required");
  let task: Future<unknown> | null = null;
  const call = new RemoteCall((message) => {
    if (task !== null && !loop.isClosed()) loop.callSoonThreadsafe(() => task!.cancel(message));
  });
  loop.callSoonThreadsafe(() => {
    if (call.done()) return;
    try {
      task = loop.createTask(work, ...args);
    } catch (error) {
      call.setException(error);
      throw error;
    }
    task._onDone((task) => {
      if (task._state === "failed") task._retrieved();
      if (call.done()) return;
      if (task.cancelled()) call.cancelledThere(task._cancelledError().message);
      else if (task._state === "failed") call.setException(task._value);
      else call.setResult(task._value);
    });
  });
  return call;
}

/** What this side knows of a task on the other. */
class RemoteCall extends Future<unknown> {
  readonly #onCancel: (message: string) => void;
  #isOver = false;

  constructor(onCancel: (message: string) => void) {
    super();
    this.#onCancel = onCancel;
  }

  /** The task was cancelled over there, and need not be told. */
  cancelledThere(message: string): void {
    this.#isOver = true;
    this.cancel(message);
  }

  override _settle(state: FutureState, value: unknown): void {
    super._settle(state, value);
    if (state === "cancelled" && !this.#isOver) this.#onCancel(this._cancelledError().message);
  }
}
