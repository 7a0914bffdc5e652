/**
 * Whether a file has to be transferred again, by what both sides tell of it.
 *
 * @module
 */

import type { TimePrecision } from "../../../protocols/ftp/types.ts";
import type { MirrorCompare, TransferReason } from "./types.ts";

/** What one side tells of a file. */
export interface FileFacts {
  /** Its size in bytes, where it is known. */
  readonly size?: number;
  /** When it was changed, where that is known. */
  readonly modified?: Date;
  /** How exact that is; to the millisecond unless given. */
  readonly precision?: TimePrecision;
}

/** What a comparison says: why the file is to be transferred, or that only its checksum can tell. */
export type Verdict = TransferReason | "same" | "checksum?";

/** How far a time may be behind the true one, in milliseconds. */
const UNIT: Readonly<Record<TimePrecision, number>> = {
  day: 86_400_000,
  minute: 60_000,
  second: 1_000,
  millisecond: 1,
};

/**
 * Compares a file with the one that it is to replace.
 *
 * @param source The file.
 * @param target The other; `undefined` where there is none.
 * @param by What counts.
 * @returns Why it is to be transferred, or that it need not be.
 */
export function compareFiles(
  source: FileFacts,
  target: FileFacts | undefined,
  by: MirrorCompare,
): Verdict {
  if (target === undefined) return "missing";
  const size = source.size === undefined || target.size === undefined
    ? undefined
    : source.size !== target.size;
  const newer = source.modified === undefined || target.modified === undefined
    ? undefined
    : isNewer(source, target);
  switch (by) {
    case "size":
      return size === undefined ? "unknown" : size ? "size" : "same";
    case "newer":
      return newer === undefined ? "unknown" : newer ? "newer" : "same";
    case "checksum":
      return size ? "size" : "checksum?";
    case "changed":
      if (size) return "size";
      if (newer) return "newer";
      return size === undefined && newer === undefined ? "unknown" : "same";
  }
}

/**
 * Tells whether a file was changed after another, for certain. Listings leave out seconds, or the
 * time of day: what lies within that is no difference, or every run would transfer it again.
 *
 * @param source The file.
 * @param target The other.
 * @returns Whether it was; `false` where a time is not known.
 */
export function isNewer(source: FileFacts, target: FileFacts): boolean {
  if (source.modified === undefined || target.modified === undefined) return false;
  const unit = UNIT[target.precision ?? "millisecond"];
  return source.modified.getTime() >= target.modified.getTime() + unit;
}

/**
 * Tells whether two times differ by more than the listings leave out.
 *
 * @param one A file.
 * @param other Another.
 * @returns Whether they do; `false` where a time is not known.
 */
export function differsInTime(one: FileFacts, other: FileFacts): boolean {
  return isNewer(one, other) || isNewer(other, one);
}
