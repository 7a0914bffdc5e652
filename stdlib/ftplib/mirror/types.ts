/**
 * What can be asked of whole trees, and what comes of it. Times are in
 * milliseconds, sizes in bytes.
 *
 * @module
 */

import type { WaitOptions } from "../../../loop/wait.ts";
import type { Entry, EntryType } from "../../../protocols/ftp/types.ts";
import type { Throttle } from "../throttle.ts";
import type { RetryingOptions, RetryOptions, Verification } from "../types.ts";

/** Which way a mirror goes: from the server to here, or from here to the server. */
export type MirrorDirection = "down" | "up";

/**
 * When a file that is on both sides is transferred:
 *
 * - `"changed"`: where the sizes differ, or the source is newer;
 * - `"newer"`: where the source is newer, whatever the sizes;
 * - `"size"`: where the sizes differ, whatever the times;
 * - `"checksum"`: where the sizes differ, or the checksums do. The server counts those of all its
 *   files for it, and this side of its own.
 */
export type MirrorCompare = "changed" | "newer" | "size" | "checksum";

/** What a filter is asked about. */
export interface MirrorCandidate {
  /** The path from the root of the tree on, with `/` between its names. */
  readonly path: string;
  /** What it is. */
  readonly type: EntryType;
  /** Its size in bytes, where it is known. */
  readonly size?: number;
  /** When it was changed, where that is known. */
  readonly modified?: Date;
}

/** How a mirror is planned. */
export interface MirrorPlanOptions extends WaitOptions {
  /**
   * When a file that is on both sides is transferred.
   *
   * @default {"changed"}
   */
  compare?: MirrorCompare;
  /**
   * Whether what the source does not have is deleted from the target. Never where anything of the
   * source could not be read, and never through a symbolic link.
   *
   * @default {false}
   */
  delete?: boolean;
  /**
   * What is left alone on both sides: patterns as in `.gitignore`. `*.log` is for names in any
   * directory, `/build` and `a/*.tmp` for paths from the root on, `cache/` for directories alone,
   * `**` for any number of directories; `!keep.log` takes back what came before it. What is in a
   * directory that is left alone is never looked at.
   */
  exclude?: readonly string[];
  /** Files that fit none of these patterns are left alone; directories are looked into. */
  include?: readonly string[];
  /** Asked about all that the patterns leave: `false` leaves it alone on both sides. */
  filter?: (candidate: MirrorCandidate) => boolean;
  /**
   * What becomes of symbolic links: they are left out; what they lead to is transferred, where it is
   * a file (`"files"`); or the same link is made here, where it stays inside of the tree (`"create"`;
   * only down: FTP has no command for it).
   *
   * @default {"skip"}
   */
  symlinks?: "skip" | "files" | "create";
  /**
   * Whether copies get the time at which their originals were changed, where the target can do that.
   *
   * @default {true}
   */
  preserveModified?: boolean;
  /**
   * How far ahead of UTC the times are that the server's LIST tells, in milliseconds. The times of MLSD
   * are always in UTC. `"auto"` asks for the time of one file in both ways (`MDTM`).
   *
   * @default {"auto"}
   */
  timeOffset?: number | "auto";
  /**
   * Whether two local names that differ only in case are the same file.
   *
   * @default {true} on Windows and macOS
   */
  ignoreCase?: boolean;
  /**
   * How many sessions there are at most, the one that is mirrored with among them. Where the server
   * takes fewer, there are fewer.
   *
   * @default {4}
   */
  connections?: number;
  /**
   * How deep the tree may be. What lies deeper is reported, and left alone.
   *
   * @default {100}
   */
  maxDepth?: number;
  /**
   * How many entries both sides may have together.
   *
   * @default {1_000_000}
   */
  maxEntries?: number;
  /**
   * How often a listing, a session or a file is tried again when the network, silence, or a temporary
   * refusal made it fail; see {@linkcode RetryingOptions}.
   *
   * @default {3}
   */
  retries?: number | RetryOptions;
  /** Called before each new attempt is waited for. */
  onRetry?: RetryingOptions["onRetry"];
}

/** How a plan is carried out. */
export interface MirrorRunOptions extends WaitOptions {
  /** How many sessions there are at most. Unless given, as many as for the plan. */
  connections?: number;
  /** How often what failed is tried again. Unless given, as often as for the plan. */
  retries?: number | RetryOptions;
  /** Called before each new attempt is waited for. */
  onRetry?: RetryingOptions["onRetry"];
  /**
   * Whether a file goes on where it stopped in an earlier run, if it is still the same.
   *
   * @default {true}
   */
  resume?: boolean;
  /**
   * Whether an upload goes into a file beside its own, which is renamed once it is complete, so that
   * nobody sees half a file. Downloads always do.
   *
   * @default {true}
   */
  atomic?: boolean;
  /**
   * Whether each file is compared with its original once it has arrived.
   *
   * @default {false}
   */
  verify?: boolean | Verification;
  /** The most bytes per second, of all sessions together. */
  throttle?: Throttle | number;
  /**
   * Whether the first failure ends all. Otherwise it is kept, and the others go on.
   *
   * @default {false}
   */
  stopOnError?: boolean;
  /** Told what begins, ends and fails, and how far all is. */
  onEvent?: (event: MirrorEvent) => void;
}

/** Options of `FTP.mirrorDown` and `FTP.mirrorUp`. */
export interface MirrorOptions extends MirrorPlanOptions, MirrorRunOptions {
  /**
   * Whether it stays at the plan, which the result has.
   *
   * @default {false}
   */
  dryRun?: boolean;
}

/** Why a file is transferred; `"unknown"` where neither size nor time is known of both sides. */
export type TransferReason = "missing" | "newer" | "size" | "checksum" | "unknown";

/** Why something is left out that nobody has excluded. */
export type SkipReason =
  /** The name leads to another directory, is a device, or cannot be sent; `detail` tells. */
  | "unsafe name"
  /** The directory has had the same name before. */
  | "duplicate"
  /** Another name differs from it only in case, and this system cannot tell them apart. */
  | "case collision"
  /** It is a symbolic link; `detail` tells where it leads, if that is known. */
  | "link"
  /** It is neither file, directory nor link. */
  | "special"
  /** The target has something of another type there, or a link: `detail` tells. */
  | "in the way"
  /** The directory lies in itself. */
  | "loop"
  /** It lies deeper than `maxDepth`. */
  | "depth"
  /** The directory could not be listed whole; `detail` tells why. */
  | "unlisted"
  /** It would be deleted, but something of the source could not be read. */
  | "incomplete"
  /** It would be deleted, but the server may only not show it. */
  | "hidden";

/**
 * One step of a plan. `path` is the one from the roots of both trees on, with `/` between its names;
 * the root itself is `""`.
 */
export type MirrorStep =
  | { readonly kind: "makeDirectory"; readonly path: string }
  | {
    readonly kind: "download" | "upload";
    readonly path: string;
    readonly reason: TransferReason;
    /** The size of the source, where it is known. */
    readonly size?: number;
    /** When the source was changed, where that is known. */
    readonly modified?: Date;
    /** The path that it is fetched under, where another file is called as it with `.part` behind. */
    readonly temporary?: string;
  }
  | { readonly kind: "setModified"; readonly path: string; readonly modified: Date }
  | { readonly kind: "makeLink"; readonly path: string; readonly target: string }
  | {
    readonly kind: "delete";
    readonly path: string;
    /** What it is. A directory goes with all that is in it and not excluded. */
    readonly type: EntryType;
    /** The source does not have it, or has something else in its place. */
    readonly reason: "extraneous" | "in the way";
  }
  | {
    readonly kind: "skip";
    readonly path: string;
    readonly reason: SkipReason;
    readonly detail?: string;
  };

/** What a plan comes to. */
export interface MirrorTotals {
  /** How many directories are made. */
  readonly directories: number;
  /** How many files are transferred. */
  readonly files: number;
  /** How many bytes they have, as far as is known. */
  readonly bytes: number;
  /** How many links are made. */
  readonly links: number;
  /** How many files only get another time. */
  readonly times: number;
  /** How many files, links and directories are deleted; what is in the latter does not count. */
  readonly deletions: number;
  /** How many things are left out, for reasons that the steps tell. */
  readonly skipped: number;
}

/** How far a mirror is. */
export interface MirrorProgress {
  /** How many files are done, those that failed among them. */
  readonly files: number;
  /** How many there are. */
  readonly totalFiles: number;
  /** How many bytes were transferred. */
  readonly bytes: number;
  /** How many there are, as far as is known. */
  readonly totalBytes: number;
}

/** What happens while a plan is carried out. */
export type MirrorEvent =
  | { readonly type: "begin"; readonly step: MirrorStep; readonly progress: MirrorProgress }
  /** Bytes of a file have gone by. */
  | { readonly type: "progress"; readonly step: MirrorStep; readonly progress: MirrorProgress }
  | { readonly type: "end"; readonly step: MirrorStep; readonly progress: MirrorProgress }
  | {
    readonly type: "error";
    readonly step: MirrorStep;
    readonly progress: MirrorProgress;
    readonly error: unknown;
  };

/** Something that failed while the rest went on. */
export interface TreeFailure {
  /** Where. */
  readonly path: string;
  /** Why. */
  readonly error: unknown;
}

/** Options of `FTP.walk`. */
export interface WalkOptions extends WaitOptions {
  /**
   * How deep it goes: 1 is what the directory itself holds. What lies deeper shows as `"depth"` in the
   * items of the directories that it is in.
   *
   * @default {100}
   */
  maxDepth?: number;
  /**
   * How many entries there may be. More end it with `TooLargeError`.
   *
   * @default {1_000_000}
   */
  maxEntries?: number;
  /**
   * Whether it also goes into directories that symbolic links lead to.
   *
   * @default {false}
   */
  followSymlinks?: boolean;
}

/** What `FTP.walk` finds. */
export interface WalkItem {
  /** The path: that of the directory which the walk began with, and the names from there on. */
  readonly path: string;
  /** What the server tells of it. */
  readonly entry: Entry;
  /** How deep it lies: 1 for what the directory itself holds. */
  readonly depth: number;
  /**
   * Why a directory was not looked into: it lies too deep, it is one of those that it lies in, or its
   * name cannot be part of a path.
   */
  readonly pruned?: "depth" | "loop" | "name";
}

/** Options of `FTP.removeTree`. */
export interface RemoveTreeOptions extends WaitOptions {
  /**
   * How deep the tree may be.
   *
   * @default {100}
   */
  maxDepth?: number;
  /**
   * How many entries it may have.
   *
   * @default {1_000_000}
   */
  maxEntries?: number;
  /** Called with each path that is gone. */
  onRemoved?: (path: string) => void;
}

/** What came of `FTP.removeTree`. */
export interface RemovedTree {
  /** How many files and links were removed. */
  readonly files: number;
  /** How many directories were. */
  readonly directories: number;
}
