/**
 * What the tests have done in other threads.
 *
 * @module
 */

import { CancelledError, ExceptionGroup, TimeoutError } from "../../../loop/exceptions.ts";
import { transferring } from "../../../loop/executors/transferring.ts";

/** Its own class, of which the other thread knows nothing. */
class QuotaError extends RangeError {
  override name = "QuotaError";
  readonly limit = 10;
  readonly check = () => true;
}

let calls = 0;
let greeting = "nobody has greeted";

export default function byDefault(): string {
  return "by default";
}

export const notAFunction = 42;

export function add(a: number, b: number): number {
  return a + b;
}

export async function addLater(a: number, b: number): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 1));
  return a + b;
}

export function echo<T>(value: T): T {
  return value;
}

/** Counts within one worker. */
export function countCalls(): number {
  return ++calls;
}

export function greet(name: string): void {
  greeting = `Hello, ${name}`;
}

export function greeted(): string {
  return greeting;
}

export function workerName(): string {
  return self.name;
}

export function spin(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end;);
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Waits as an initializer, where the memory says so. */
export async function greetSlowly(shared: Int32Array): Promise<void> {
  while (Atomics.load(shared, 0) === 0) await sleep(1);
  greeting = "Hello, slowly";
}

/** Tells over a port that it has begun, and never ends. */
export function hang(port?: MessagePort): Promise<never> {
  port?.postMessage("begun");
  return new Promise(() => {});
}

/** Counts in shared memory, so that others can see it. */
export function tick(shared: Int32Array): number {
  return Atomics.add(shared, 0, 1);
}

/** Says how many calls of it were at work at once, at most. */
export async function meet(shared: Int32Array): Promise<number> {
  const now = Atomics.add(shared, 0, 1) + 1;
  await sleep(20);
  const most = Math.max(now, Atomics.load(shared, 0));
  await sleep(20);
  Atomics.sub(shared, 0, 1);
  return most;
}

export function throws(kind: string): never {
  switch (kind) {
    case "range":
      throw new RangeError("out of range");
    case "cause":
      throw new TypeError("outer", { cause: new SyntaxError("inner", { cause: 7 }) });
    case "own":
      throw new QuotaError("too much");
    case "named":
      throw Object.defineProperty(new Error("x"), "name", { value: "NamedError" });
    case "cancelled":
      throw new CancelledError("enough");
    case "timeout":
      throw new TimeoutError("too late", { origin: "peer" });
    case "group":
      throw new ExceptionGroup("several", [new RangeError("a"), new ExceptionGroup("more", [1])]);
    case "aggregate":
      throw new AggregateError([new TypeError("a")], "all");
    case "dom":
      throw new DOMException("aborted", "AbortError");
    case "deno":
      throw new Deno.errors.NotFound("not there");
    case "circle": {
      const error = new Error("round");
      error.cause = error;
      throw error;
    }
    case "value":
      throw { code: 7 };
    default:
      throw () => kind;
  }
}

export function giveFunction(): () => void {
  return () => {};
}

export function giveMoved(size: number): Uint8Array {
  const bytes = new Uint8Array(size).fill(7);
  return transferring(bytes, [bytes.buffer]);
}

/** Keeps what it gives, to look later whether it was moved. */
let kept = new Uint8Array(0);

export function giveAndKeep(moved: boolean): Uint8Array {
  kept = new Uint8Array(8);
  return moved ? transferring(kept, [kept.buffer]) : kept;
}

export function keptSize(): number {
  return kept.byteLength;
}

export function lengthOf(bytes: Uint8Array): number {
  return bytes.byteLength;
}

export function loseByTimer(): Promise<never> {
  setTimeout(() => {
    throw new RangeError("in a timer");
  }, 0);
  return hang();
}

export function loseByRejection(): Promise<never> {
  Promise.reject(new RangeError("rejected"));
  return hang();
}

export function loseByClose(): Promise<never> {
  self.close();
  return hang();
}

export function loseByExit(): Promise<never> {
  Deno.exit(3);
}

/** Fails when its job is long over. */
export function failLater(ms: number): void {
  setTimeout(() => {
    throw new RangeError("later");
  }, ms);
}

/** Sends things to the thread that has made the worker, and listens to it. */
export function meddle(): string {
  const worker = self as unknown as {
    onmessage: unknown;
    postMessage(message: unknown): void;
  };
  worker.onmessage = () => {
    throw new Error("heard what was not meant for it");
  };
  worker.postMessage("hello");
  worker.postMessage(null);
  worker.postMessage({ tulip: "nonsense" });
  return "meddled";
}
