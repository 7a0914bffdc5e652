/**
 * How many Workers something begins.
 *
 * @module
 */

/**
 * Counts the Workers that begin while a body runs.
 *
 * @param body What is run.
 * @returns How many there were.
 */
export async function workersBegunBy(body: () => Promise<void>): Promise<number> {
  const { Worker } = globalThis;
  let count = 0;
  globalThis.Worker = class extends Worker {
    constructor(...args: ConstructorParameters<typeof Worker>) {
      super(...args);
      count++;
    }
  };
  try {
    await body();
  } finally {
    globalThis.Worker = Worker;
  }
  return count;
}
