/**
 * The cancellations that were thrown into one block of a task.
 *
 * @module
 */

import { CancelledError } from "./exceptions.ts";

/** Below this many, none is looked for that the block has dropped. */
const FEW = 8;

/**
 * Remembers the errors for as long as the block itself does: with any of them
 * it may be left, not only with the last.
 */
export class Thrown {
  #errors: WeakRef<CancelledError>[] = [];
  #most = FEW;

  /**
   * Notes one.
   *
   * @param error What is about to be thrown.
   */
  add(error: CancelledError): void {
    this.#errors.push(new WeakRef(error));
    if (this.#errors.length < this.#most) return;
    this.#errors = this.#errors.filter((reference) => reference.deref() !== undefined);
    this.#most = Math.max(FEW, this.#errors.length * 2);
  }

  /**
   * Those that still may leave the block.
   *
   * @returns The errors, without those that became errors of another kind meanwhile.
   */
  errors(): CancelledError[] {
    return this.#errors.map((reference) => reference.deref()).filter((error) =>
      error instanceof CancelledError
    );
  }
}

/**
 * Says what to throw into code for a cancellation.
 *
 * @param blocks The blocks in which the code stands. They are told.
 * @param error The cancellation.
 * @param isShared Whether others may see the same error.
 * @returns The error itself; or a copy, where blocks share it with others: the end of a block may
 *   turn it into a `TimeoutError`.
 */
export function thrownInto(
  blocks: readonly Thrown[],
  error: CancelledError,
  isShared: boolean,
): CancelledError {
  if (blocks.length === 0) return error;
  const own = isShared ? copyOf(error) : error;
  for (const block of blocks) block.add(own);
  return own;
}

function copyOf(error: CancelledError): CancelledError {
  const copy = new CancelledError(error.message);
  showStack(copy, () => error.stack);
  return copy;
}

/**
 * Has an error show a stack that is not its own. The runtime makes the text of
 * a stack when it is first read, which takes longer than all the rest of a time
 * limit; and most often nobody reads it.
 *
 * @param error The error.
 * @param read Reads the stack, once somebody asks.
 */
export function showStack(error: Error, read: () => string | undefined): void {
  Object.defineProperty(error, "stack", {
    configurable: true,
    get: read,
    set(value: unknown): void {
      Object.defineProperty(error, "stack", { value, configurable: true, writable: true });
    },
  });
}
