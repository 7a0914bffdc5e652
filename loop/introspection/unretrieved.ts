/**
 * Exceptions of futures and tasks that nobody has looked at.
 *
 * Python reports them when the future is garbage-collected. JavaScript's
 * collector may never run, so they are reported at the end of `run()` and of
 * the program as well, and never become native unhandled rejections.
 *
 * @module
 */

import type { Context } from "../context.ts";

/** What a report says. */
export type UnretrievedDetails = {
  /** What happened. */
  readonly message: string;
  /** The exception. */
  readonly exception: unknown;
  /** Where the future was made. Known in debug mode only. */
  readonly sourceTraceback?: string;
};

/** A future that has failed. */
export interface Failed {
  /** The exception. */
  readonly _value: unknown;
  /** The context of the task that has failed; else `null`. */
  readonly _context: Context | null;
  /** Its loop, which reports. */
  readonly _loop: { readonly _reportUnretrieved: Unretrieved["report"] };
  /** What to say. */
  _unretrievedMessage(): string;
  /** Where it was made. */
  _origin(): { sourceTraceback?: string };
}

/** What is known of the exception, apart from the future, which must be free to go. */
export interface Unretrieved {
  /** What to say. */
  readonly details: UnretrievedDetails;
  /** The context of the task that has failed, in which it is reported; else `null`. */
  readonly context: Context | null;
  /** Reports it. */
  readonly report: (details: UnretrievedDetails) => void;
}

const registry = new FinalizationRegistry<Unretrieved>(tell);
const pending = new Set<Unretrieved>();
let watchingExit = false;

/**
 * Watches over an exception until somebody retrieves it.
 *
 * @param holder The future that has it.
 * @returns What will be reported once the future is gone: {@linkcode unwatch} takes it.
 */
export function watch(holder: Failed): Unretrieved {
  const unretrieved: Unretrieved = {
    details: {
      message: holder._unretrievedMessage(),
      exception: holder._value,
      ...holder._origin(),
    },
    context: holder._context,
    report: holder._loop._reportUnretrieved,
  };
  pending.add(unretrieved);
  registry.register(holder, unretrieved, unretrieved);
  if (!watchingExit) {
    watchingExit = true;
    globalThis.addEventListener("unload", () => flush(() => true));
  }
  return unretrieved;
}

/**
 * Ends the watch: somebody has seen the exception.
 *
 * @param unretrieved What was watched.
 */
export function unwatch(unretrieved: Unretrieved): void {
  if (pending.delete(unretrieved)) registry.unregister(unretrieved);
}

/**
 * Reports now what was to be reported once its future is gone.
 *
 * @param belongs Which ones.
 */
export function flush(belongs: (unretrieved: Unretrieved) => boolean): void {
  for (const unretrieved of [...pending].filter(belongs)) {
    registry.unregister(unretrieved);
    tell(unretrieved);
  }
}

function tell(unretrieved: Unretrieved): void {
  const { details, context, report } = unretrieved;
  if (!pending.delete(unretrieved)) return;
  if (context === null) report(details);
  else context.run(report, details);
}
