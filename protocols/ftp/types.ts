/**
 * What FTP's listings tell about a file, whatever the server's dialect.
 *
 * @module
 */

/** What an entry of a listing is. Devices, sockets and what is unknown are `"other"`. */
export type EntryType = "file" | "directory" | "link" | "other";

/** How exactly a listing tells a time: old servers leave out the seconds, or the time of day. */
export type TimePrecision = "day" | "minute" | "second" | "millisecond";

/** One entry of a listing: of MLSD and MLST (RFC 3659 §7), or of LIST. */
export interface Entry {
  /** The name, as the server wrote it. Check it before making a local path of it. */
  readonly name: string;
  /** What it is. */
  readonly type: EntryType;
  /**
   * Set where the entry is the listed directory itself (`"current"`) or the one
   * above it (`"parent"`), and no child of it.
   */
  readonly role?: "current" | "parent";
  /** The size in bytes. Of directories only where the server tells it. */
  readonly size?: number;
  /**
   * When it was last changed. LIST does not tell its time zone: unless `utcOffset` was given, its
   * times are read as UTC and may be some hours off.
   */
  readonly modified?: Date;
  /** When it was made, where the server tells it (the fact `create`). */
  readonly created?: Date;
  /** How exact `modified` is. */
  readonly precision?: TimePrecision;
  /** The Unix mode without the type: twelve bits, such as `0o644`. */
  readonly permissions?: number;
  /** The name or number of the owner. */
  readonly owner?: string;
  /** The name or number of the group. */
  readonly group?: string;
  /** Where a symbolic link leads, where the server tells it. */
  readonly target?: string;
  /**
   * All facts as they came, by lower-case name. For LIST empty, but for what a dialect tells and no
   * field above has room for.
   */
  readonly facts: ReadonlyMap<string, string>;
  /** The line as it came, where it was one of LIST. */
  readonly line?: string;
}
