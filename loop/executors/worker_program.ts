/**
 * What runs in a worker: it imports modules, and calls their functions one
 * after the other.
 *
 * It reaches the worker as text, in a `Blob`, so that no file is fetched for
 * it and no permission needed. So its functions refer to nothing outside of
 * themselves.
 *
 * @module
 */

import { type PackedError, packError } from "./remote_errors.ts";

/** Asks a worker to call a function. One at a time. */
export interface JobMessage {
  /** The URL of the module. */
  module: string;
  /** The name by which it exports the function. */
  name: string;
  /** The arguments. */
  args: readonly unknown[];
}

/** What a worker says. Messages of the job's own making have no `tulip`. */
export type WorkerMessage =
  | { tulip: "result"; value: unknown }
  | { tulip: "error"; error: PackedError }
  /** It ends: how, and perhaps for which error. */
  | { tulip: "end"; how: string; errors: PackedError[] };

/** What the program uses of the worker in which it runs. */
export interface WorkerScope {
  /** Ends the worker. */
  close(): void;
  /** Sends to the thread that has made the worker. */
  postMessage(message: unknown, transfer: Transferable[]): void;
  /** Listens. */
  addEventListener(type: string, listener: (event: Event) => void): void;
}

/** What the program needs, and cannot import. */
export interface WorkerTools {
  /** `import()`. */
  load: (module: string) => Promise<Record<string, unknown>>;
  /** See {@linkcode packError}. */
  pack: (error: unknown) => PackedError;
  /** `Deno`, whose `exit` ends the worker alone. */
  runtime: { exit(code?: number): never };
}

/**
 * The text of the program.
 *
 * @returns A script.
 */
export function workerProgram(): string {
  const tools = `load: (module) => import(module), pack: ${packError}, runtime: Deno`;
  return `(${serveJobs})(self, { ${tools} });`;
}

/**
 * The program: serves jobs, until it is terminated.
 *
 * @param scope The worker.
 * @param tools What cannot be imported.
 */
export function serveJobs(scope: WorkerScope, { load, pack, runtime }: WorkerTools): void {
  class ImportError extends Error {
    override name = "ImportError";
    origin = "usage";
  }
  const modules = new Map<string, Promise<Record<string, unknown>>>();

  const { close, postMessage } = scope;

  const send = (message: WorkerMessage, transfer: Transferable[] = []) =>
    postMessage.call(scope, message, transfer);
  const end = (how: string, ...errors: unknown[]) =>
    send({ tulip: "end", how, errors: errors.map((error) => pack(error)) });

  async function find({ module, name }: JobMessage): Promise<(...args: unknown[]) => unknown> {
    let loading = modules.get(module);
    if (loading === undefined) {
      loading = load(module);
      modules.set(module, loading);
    }
    const exported = await loading.then(
      (exports) => exports[name],
      (cause) => {
        const says = cause instanceof Error ? cause.message : String(cause);
        throw new ImportError(`Cannot import ${name} from ${module}: ${says}`, { cause });
      },
    );
    if (typeof exported === "function") return exported as (...args: unknown[]) => unknown;
    throw new ImportError(`Cannot import ${name} from ${module}: it exports no such function`);
  }

  function reply({ name }: JobMessage, value: unknown): void {
    const marks = (globalThis as Record<symbol, unknown>)[Symbol.for("tulip.transferring")];
    const transfer = (marks as WeakMap<object, Transferable[]>)?.get(value as object);
    try {
      send({ tulip: "result", value }, transfer);
    } catch (cause) {
      const says = cause instanceof Error ? cause.message : String(cause);
      throw new TypeError(`The result of ${name} cannot cross to another thread: ${says}`, {
        cause,
      });
    }
  }

  // What ends the worker is told first, or the job would be waited for in vain.
  scope.close = () => {
    end("it closed itself");
    close.call(scope);
  };
  const { exit } = runtime;
  runtime.exit = (code) => {
    end(`it exited with code ${code ?? 0}`);
    return exit(code);
  };
  scope.addEventListener("error", (event) => {
    event.preventDefault();
    end("nobody caught an error", (event as ErrorEvent).error);
  });
  scope.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    end("nobody caught a rejection", (event as PromiseRejectionEvent).reason);
  });
  scope.addEventListener("message", (event) => {
    // A module that listens too hears only what is meant for it.
    event.stopImmediatePropagation();
    const job: JobMessage = (event as MessageEvent).data;
    find(job)
      .then((call) => call(...job.args))
      .then((value) => reply(job, value))
      .catch((error) => send({ tulip: "error", error: pack(error) }));
  });
  scope.addEventListener("messageerror", () => {
    send({ tulip: "error", error: pack(new TypeError("The arguments cannot be read here")) });
  });
}
