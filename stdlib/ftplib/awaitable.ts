/**
 * What begins when somebody wants it: the base of handles that can be awaited
 * for the whole, or taken piece by piece instead.
 *
 * @module
 */

/** A promise whose work begins at the first `await`, and only then. */
export abstract class Awaitable<T> implements PromiseLike<T> {
  /** Begins the work, or gives what has begun: the whole result. */
  protected abstract whole(): Promise<T>;

  /**
   * Begins, and waits for the whole: this is what `await` calls.
   *
   * @param onfulfilled Called with the result.
   * @param onrejected Called with the error.
   * @returns A promise of what they return.
   */
  then<A = T, B = never>(
    onfulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onrejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.whole().then(onfulfilled, onrejected);
  }

  /**
   * Begins, and waits for the whole; as `Promise.catch`.
   *
   * @param onrejected Called with the error.
   * @returns A promise of the result, or of what `onrejected` returns.
   */
  catch<B = never>(
    onrejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<T | B> {
    return this.whole().catch(onrejected);
  }

  /**
   * Begins, and waits for the whole; as `Promise.finally`.
   *
   * @param onfinally Called at the end, whatever happened.
   * @returns A promise of the result.
   */
  finally(onfinally?: (() => void) | null): Promise<T> {
    return this.whole().finally(onfinally);
  }
}
