/**
 * What ends with its loop.
 *
 * @module
 */

/** Something that a loop serves: a connection, a server. What it holds keeps the program alive. */
export interface Served {
  /** The loop is closed: nothing can be called back any more. */
  _loopClosed(): void;
}
