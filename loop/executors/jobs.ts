/**
 * What can be done in another thread.
 *
 * A function cannot cross from one thread to another, and neither can what it
 * refers to. Its name can: so a job is a function that a module exports, and
 * the other thread imports the module.
 *
 * @module
 */

/** A function that a module exports. */
// deno-lint-ignore no-explicit-any -- what it takes and returns is known to whoever names it
export type JobFunction = (...args: any[]) => unknown;

/**
 * A function, by where it is exported. It carries the function's type, as far as that is told:
 * `Job<typeof import("./work.ts").resize>`.
 */
export interface Job<F extends JobFunction = JobFunction> {
  /** The URL of the module: `import.meta.resolve("./work.ts")`. */
  readonly module: string | URL;
  /** The name by which the module exports the function. */
  readonly name: string;
  /** Never there. It stands for the type. */
  readonly type?: F;
}

/** What a job results in: what the function returns, or what its promise comes to. */
export type JobResult<F extends JobFunction> = Awaited<ReturnType<F>>;

/** The functions of a module, as jobs. `M` is the type of the module: `typeof import("./work.ts")`. */
export type Jobs<M> = {
  readonly [Name in keyof M as M[Name] extends JobFunction ? Name : never]: Job<
    M[Name] extends JobFunction ? M[Name] : never
  >;
};

/**
 * The functions of a module as jobs, with their types. The module is not loaded here.
 *
 * @param module The URL of the module: `import.meta.resolve("./work.ts")`.
 * @returns An object that has each exported function as a {@linkcode Job}.
 * @throws {TypeError} If `module` is no absolute URL: another thread has no place to look from.
 *
 * @example Count primes in another thread
 * ```ts
 * import assert from "node:assert/strict";
 * import { jobs, run, toThread } from "https://tulip.example/loop/mod.ts";
 *
 * const url = import.meta.resolve("https://tulip.example/examples/primes.ts");
 * const primes = jobs<typeof import("https://tulip.example/examples/primes.ts")>(url);
 *
 * const count: number = await run(() => toThread(primes.countPrimes, 1000));
 * assert.equal(count, 168);
 * ```
 */
export function jobs<M>(module: string | URL): Jobs<M> {
  const url = absolute(module);
  return new Proxy({}, {
    get: (_, name) => typeof name === "string" ? { module: url, name } : undefined,
  }) as Jobs<M>;
}

/**
 * Checks what was given as a job.
 *
 * @param job What was given.
 * @returns A job whose module is an absolute URL, as a string.
 * @throws {TypeError} If it is a function, or anything else that is no job.
 * @internal
 */
export function checkJob(job: Job): { readonly module: string; readonly name: string } {
  if (typeof job === "function") {
    throw new TypeError(
      "A function cannot cross to another thread: export it, and say where: { module: import.meta.resolve(…), name }",
    );
  }
  if (typeof job?.name !== "string" || job.name === "") {
    throw new TypeError("A job has the URL of a module and the name of a function it exports");
  }
  return { module: absolute(job.module), name: job.name };
}

function absolute(module: string | URL): string {
  const url = URL.parse(module);
  if (url !== null) return url.href;
  throw new TypeError(
    `The module of a job must be an absolute URL, not ${module}: import.meta.resolve() makes one`,
  );
}
