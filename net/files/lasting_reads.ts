/**
 * Reading from what stays open when the stream on it is closed, as the standard
 * input does: the system cannot be told to give a read up, and what that brings
 * belongs to whoever reads next.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../loop/exceptions.ts";
import type { FileEnd } from "./file_stream.ts";

/** What is read from. */
export interface LastingInput {
  /** Reads what is there, or waits; `null` at the end. */
  read(buffer: Uint8Array): Promise<number | null>;
}

/**
 * Reads from an open file, and first what was read by others for nobody. To close it leaves the
 * file open.
 *
 * @param file The file; the same for all who read from it.
 */
export function lastingReads(file: LastingInput): FileEnd {
  let reads = READS.get(file);
  if (reads === undefined) {
    reads = new LastingReads(file);
    READS.set(file, reads);
  }
  const shared = reads;
  let isGone = false;
  return {
    read: (buffer) => shared.read(buffer, () => isGone),
    close: () => void (isGone = true),
  };
}

const READS = new WeakMap<LastingInput, LastingReads>();

type Outcome = { readonly count: number | null } | { readonly error: unknown };

class LastingReads {
  readonly #file: LastingInput;
  #memory = new Uint8Array(0);
  #rest = new Uint8Array(0);
  #reading: Promise<Outcome> | null = null;

  constructor(file: LastingInput) {
    this.#file = file;
  }

  async read(buffer: Uint8Array, isGone: () => boolean): Promise<number | null> {
    while (this.#rest.length === 0) {
      const reading = this.#reading ??= this.#begin(buffer.length);
      const outcome = await reading;
      if (isGone()) return null;
      // Somebody else was there first.
      if (this.#reading !== reading) continue;
      this.#reading = null;
      if ("error" in outcome) throw outcome.error;
      if (outcome.count === null) return null;
      this.#rest = this.#memory.subarray(0, outcome.count);
    }
    const count = Math.min(buffer.length, this.#rest.length);
    buffer.set(this.#rest.subarray(0, count));
    this.#rest = this.#rest.subarray(count);
    return count;
  }

  async #begin(size: number): Promise<Outcome> {
    if (this.#memory.length < size) this.#memory = new Uint8Array(size);
    try {
      return { count: await this.#file.read(this.#memory) };
    } catch (error) {
      rethrowIfCancelled(error);
      return { error };
    }
  }
}
