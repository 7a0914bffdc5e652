/**
 * Bytes in, pieces out: what a stream has received and nobody has read yet.
 * Pure: it never waits, and is indifferent to how its input was cut.
 *
 * Bytes land in a slab. What is handed out as bytes is a piece of the slab,
 * handed out once: that memory is never written again. What is handed out as
 * text frees its memory, so that a protocol of lines allocates no bytes at all.
 *
 * @module
 */

import { checkLimit } from "../../protocols/limits.ts";
import { decodeLatin1 } from "../../protocols/text/latin1.ts";
import { LimitOverrunError } from "../errors.ts";
import { findBytes } from "./find_bytes.ts";

/** The longest line or piece before a separator, in bytes, where nothing else is said: 64 KiB. */
export const DEFAULT_LIMIT = 65_536;

const LF = 10;
const CR = 13;
const LINE_FEED = new Uint8Array([LF]);
const SMALLEST_SLAB = 4096;
const SEVERAL_READS = 4;
const LARGEST_FOR_SEVERAL = 65_536;
// A line that somebody keeps holds the whole text that it was cut from, so texts stay small.
const DECODE_AT_ONCE = 16_384;

/** Received bytes that are not read yet. */
export class InputBuffer {
  /** The longest line or piece before a separator, in bytes. */
  readonly limit: number;

  // What is unread lies in #slab from #start to #end.
  #slab: Uint8Array = EMPTY;
  #start = 0;
  #end = 0;
  // Whether pieces of this slab belong to others, so that it must not be used again.
  #lent = false;
  // A place that was given out by room() and into which bytes may still come.
  #landing: Uint8Array | null = null;
  // How long the piece will be that somebody waits for.
  #reserved = 0;
  // No LF lies between #start and #searched.
  #searched = 0;
  // Whole lines that are decoded: #text begins at #textStart of the slab and ends with a LF.
  #text = "";
  #textStart = 0;

  /**
   * Begins empty.
   *
   * @param limit The longest line or piece before a separator, in bytes; 64 KiB by default.
   * @throws {RangeError} If the limit is no whole number of at least 1.
   */
  constructor(limit?: number) {
    this.limit = checkLimit("limit", limit, DEFAULT_LIMIT);
  }

  /** How many bytes are unread. */
  get length(): number {
    return this.#end - this.#start;
  }

  /**
   * A place where bytes can land, to be followed by one {@linkcode commit}.
   *
   * @param size How many bytes may come.
   * @param least How many will, probably.
   * @returns At least a quarter of `size`, and `least`, but no more than `size`. Nothing else
   * writes there until the commit.
   */
  room(size: number, least = 0): Uint8Array {
    this.#makeRoom(Math.max(1, size >> 2, Math.min(least, size)), size);
    const end = Math.min(this.#end + size, this.#slab.length);
    return this.#landing = this.#slab.subarray(this.#end, end);
  }

  /**
   * Says that bytes came.
   *
   * @param count How many, at the beginning of the place that {@linkcode room} gave.
   */
  commit(count: number): void {
    const landing = this.#landing;
    this.#landing = null;
    if (landing === null || count === 0) return;
    const inPlace = landing.buffer === this.#slab.buffer && landing.byteOffset === this.#end;
    if (inPlace) this.#end += count;
    else this.push(landing.subarray(0, count));
  }

  /**
   * Appends a copy of bytes.
   *
   * @param bytes The bytes.
   */
  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#makeRoom(bytes.length, bytes.length);
    this.#slab.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /**
   * Makes sure that a piece of this length will lie in one slab, so that bytes which are still
   * to come are not copied again.
   *
   * @param length The length of the piece, counted from what is unread first.
   */
  reserve(length: number): void {
    const missing = length - this.length;
    this.#reserved = length;
    if (missing > 0) this.#makeRoom(missing, missing);
  }

  /**
   * Takes the next line, if all of it has come.
   *
   * @returns The line as latin-1, without its CRLF or LF, or `undefined`.
   * @throws {LimitOverrunError} If the line is longer than the limit, whether its end has come or
   * not. It stays unread.
   */
  takeLine(): string | undefined {
    let from = this.#start - this.#textStart;
    if (from >= this.#text.length) {
      if (!this.#decodeLines()) return undefined;
      from = 0;
    }
    const text = this.#text;
    const lf = text.indexOf("\n", from);
    if (lf - from > this.limit) throw foundTooLate(lf - from, this.limit);
    this.#start = this.#searched = this.#textStart + lf + 1;
    const end = lf > from && text.charCodeAt(lf - 1) === CR ? lf - 1 : lf;
    return text.slice(from, end);
  }

  /**
   * Takes what is there, up to a number of bytes.
   *
   * @param count The most bytes to take.
   * @returns The bytes, which nobody else has or gets.
   */
  take(count: number): Uint8Array {
    const end = Math.min(this.#start + count, this.#end);
    if (end === this.#start) return new Uint8Array(0);
    const piece = this.#slab.subarray(this.#start, end);
    this.#moveTo(end);
    this.#lent = true;
    return piece;
  }

  /**
   * Takes what comes before the first of some separators, and the separator.
   *
   * @param separators The separators; where several match, the one that ends first counts.
   * @param from How many unread bytes are known to hold no separator, from an earlier call.
   * @returns The piece with its separator; or, where none has come, how many bytes need not be
   * searched again.
   * @throws {LimitOverrunError} If more than the limit comes before the separator.
   */
  takeUntil(separators: readonly Uint8Array[], from = 0): Uint8Array | number {
    const unread = this.peek();
    let start = -1;
    let end = Infinity;
    let longest = 0;
    for (const separator of separators) {
      const at = findBytes(unread, separator, from);
      if (at >= 0 && at + separator.length < end) {
        start = at;
        end = at + separator.length;
      }
      longest = Math.max(longest, separator.length);
    }
    if (start > this.limit) throw foundTooLate(start, this.limit);
    if (start >= 0) return this.take(end);
    const searched = Math.max(0, unread.length + 1 - longest);
    if (searched > this.limit) throw notFound(searched, this.limit);
    return searched;
  }

  /**
   * Looks at what is unread. The view is borrowed: it is valid until the next call of anything
   * here, and must not be written to.
   */
  peek(): Uint8Array {
    return this.#slab.subarray(this.#start, this.#end);
  }

  /**
   * Drops bytes that were looked at.
   *
   * @param count How many, from the first.
   * @throws {RangeError} If there are not so many.
   */
  consume(count: number): void {
    if (!(count >= 0 && count <= this.length)) {
      throw new RangeError(`Cannot consume ${count} of ${this.length} bytes`);
    }
    this.#moveTo(this.#start + count);
  }

  /**
   * Moves bytes into memory of the caller's.
   *
   * @param target Where they go.
   * @returns How many: as many as there are and as fit.
   */
  copyTo(target: Uint8Array): number {
    const count = Math.min(target.length, this.length);
    target.set(this.#slab.subarray(this.#start, this.#start + count));
    this.#moveTo(this.#start + count);
    return count;
  }

  #moveTo(start: number): void {
    this.#start = start;
    this.#reserved = 0;
    if (this.#searched < start) this.#searched = start;
  }

  /** Decodes the next lines whose ends have come; `false` where there is none. */
  #decodeLines(): boolean {
    this.#text = "";
    const slab = this.#slab;
    let lf = findBytes(slab, LINE_FEED, this.#searched, this.#end);
    if (lf < 0) {
      this.#searched = this.#end;
      if (this.length > this.limit) throw notFound(this.length, this.limit);
      return false;
    }
    const stop = Math.min(this.#end, this.#start + DECODE_AT_ONCE) - 1;
    if (stop > lf) lf = slab.lastIndexOf(LF, stop);
    this.#text = decodeLatin1(slab, this.#start, lf + 1);
    this.#textStart = this.#start;
    return true;
  }

  /** Sees to it that `least` bytes fit behind what is unread, in a slab for `size` if it is new. */
  #makeRoom(least: number, size: number): void {
    const unread = this.length;
    // While bytes may land in the slab, nothing in it moves, and nothing else is put behind.
    if (this.#landing?.buffer !== this.#slab.buffer) {
      if (unread === 0 && !this.#lent) this.#moveUnread(this.#slab, 0);
      const fits = this.#slab.length - this.#end >= least;
      // A slab from busier times is not kept by a connection that has fallen silent.
      if (fits && (unread > 0 || this.#slab.length <= Math.max(16 * size, this.#reserved))) return;
      if (!fits && !this.#lent && this.#slab.length - unread >= Math.max(least, unread)) {
        return this.#moveUnread(this.#slab, unread);
      }
    }
    // Twice what is unread, so that a long piece is not copied at every read; and where pieces are
    // handed out, enough for several reads: to make a slab costs as much as all else in a read.
    const several = this.#lent ? Math.min(SEVERAL_READS * size, LARGEST_FOR_SEVERAL) : 0;
    const length = Math.max(SMALLEST_SLAB, size + unread, 2 * unread, several);
    this.#moveUnread(new Uint8Array(length), unread);
    this.#lent = false;
  }

  #moveUnread(slab: Uint8Array, unread: number): void {
    if (slab === this.#slab) slab.copyWithin(0, this.#start, this.#end);
    else slab.set(this.#slab.subarray(this.#start, this.#end));
    this.#slab = slab;
    this.#searched -= this.#start;
    this.#textStart -= this.#start;
    this.#start = 0;
    this.#end = unread;
  }
}

const EMPTY = new Uint8Array(0);

function foundTooLate(consumed: number, limit: number): LimitOverrunError {
  return new LimitOverrunError(
    `The separator comes after ${consumed} bytes, the limit is ${limit}`,
    consumed,
  );
}

function notFound(consumed: number, limit: number): LimitOverrunError {
  return new LimitOverrunError(
    `No separator in ${consumed} bytes, the limit is ${limit}`,
    consumed,
  );
}
