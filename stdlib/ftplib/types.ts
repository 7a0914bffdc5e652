/**
 * What can be asked of FTP transfers, and what they answer: options and
 * results. Times are in milliseconds, sizes in bytes.
 *
 * @module
 */

import type { WaitOptions } from "../../loop/wait.ts";
import type { ListDialect } from "../../protocols/ftp/list_reader.ts";
import type { Reply } from "../../protocols/text/reply.ts";
import type { Throttle } from "./throttle.ts";

/** How far a transfer is. */
export interface Progress {
  /** How many bytes of the file are there, those before `offset` included. */
  readonly transferred: number;
  /** How many there will be, where the server told. */
  readonly total: number | undefined;
}

/** How often and how soon something is tried again. */
export interface RetryOptions {
  /**
   * How many attempts more there are, after one that failed and since the last that got further.
   * `Infinity` means until it succeeds or is broken off.
   *
   * @default {5}
   */
  attempts?: number;
  /**
   * The time before the first of them, in milliseconds.
   *
   * @default {1_000}
   */
  delay?: number;
  /**
   * The longest time between two attempts, in milliseconds.
   *
   * @default {30_000}
   */
  maxDelay?: number;
  /**
   * By how much each time is longer than the one before.
   *
   * @default {2}
   */
  factor?: number;
  /**
   * Which part of each time is left to chance, from 0 to 1, so that many clients which a server has
   * lost do not come back all at once.
   *
   * @default {0.5}
   */
  jitter?: number;
}

/** An attempt that failed, and what follows. */
export interface RetryEvent {
  /** Which attempt comes next: 1 after the first failure, and after the first since it got further. */
  readonly attempt: number;
  /** The time until then, in milliseconds. */
  readonly delay: number;
  /** Why the last one failed. */
  readonly error: unknown;
}

/** Whether something that failed is tried again. */
export interface RetryingOptions {
  /**
   * How often it is tried again when the network, silence, or a refusal that the server calls
   * temporary (4xx) made it fail: a number of attempts, or more exactly. A lost session is opened
   * again, as the same user and in the same directory, and the transfer goes on where it stopped,
   * if the file is still the same; else from its beginning. Each attempt that got further makes the
   * count start over. What does not pass is never tried again: 5xx, a full disk, a wrong password
   * or certificate.
   *
   * @default {0}
   */
  retries?: number | RetryOptions;
  /** Called before each new attempt is waited for. */
  onRetry?: (event: RetryEvent) => void;
}

/** What downloads and uploads have in common. */
export interface TransferOptions extends WaitOptions {
  /** Called as bytes go by: at most ten times a second, and once at the end. */
  onProgress?: (progress: Progress) => void;
  /**
   * The most bytes per second, or a limit that several transfers share.
   *
   * @default no limit
   */
  throttle?: Throttle | number;
}

/** Options of `FTP.download`. */
export interface DownloadOptions extends TransferOptions, RetryingOptions {
  /**
   * The first byte to fetch: how much is there already, when a download is resumed
   * (`REST`; RFC 3659 §5).
   *
   * @default {0}
   */
  offset?: number;
  /**
   * The most bytes that awaiting the transfer collects. Iterating, `readable` and
   * `readInto` have no limit: their memory does not grow.
   *
   * @default {67_108_864} (64 MiB)
   */
  maxBytes?: number;
}

/**
 * What has to hold for a transfer to go on where another one stopped; else it starts over:
 *
 * - `"size"`: what is there is not larger than the file;
 * - `"modified"`: that, and the file has not changed since;
 * - `"checksum"`: that, and what is there has the same checksum on both sides. A server that counts
 *   none (of a download: none of a part of a file, as `XCRC`, `XMD5` and `XSHA256` do) has it start
 *   over.
 */
export type ResumeCheck = "size" | "modified" | "checksum";

/** How a file that has arrived is compared with the one that was sent. */
export type Verification = "size" | "checksum";

/** Options of `FTP.downloadTo`. */
export interface DownloadToOptions extends TransferOptions, RetryingOptions {
  /**
   * Whether to go on where an earlier download stopped, if its `.part` is there, and what has to
   * hold for that; `true` means `"modified"`. What the file on the server was like is kept in
   * `.part.json` beside the `.part`, so that a change is noticed later; a `.part` without it counts
   * if the file on the server is older. Small files leave none.
   *
   * @default {false}
   */
  resume?: boolean | ResumeCheck;
  /**
   * Whether to ask the server about the file once more when it has arrived, and to fail with
   * `VerifyError` where its size differs from what has arrived, or it was changed meanwhile. With
   * `"checksum"`, for which both sides read all of it again, also where its bytes differ; an
   * `UnsupportedError` at the beginning if the server counts none. `true` means `"size"`.
   *
   * @default {false}
   */
  verify?: boolean | Verification;
  /**
   * Whether the local file gets the time at which the one on the server was modified (`MDTM`).
   * A server that does not tell leaves it as it is.
   *
   * @default {false}
   */
  preserveModified?: boolean;
  /**
   * Into how many segments a large file is cut, which are fetched at once by as many sessions: one
   * session of a distant or busy server often gets less than the network could carry. The others
   * are opened for this download, and a server that does not let them in has it done by fewer. A
   * segment has 1 MiB at least, and the file is fetched in one where the server does not tell its
   * size, or does not know `REST`. What has arrived is kept in `.parts` and `.parts.json` in place of
   * `.part`, from which only a download in segments resumes; with `"checksum"` the whole is compared
   * at the end.
   *
   * @default {1}
   */
  segments?: number;
}

/** Options of `FTP.upload`. */
export interface UploadOptions extends TransferOptions, RetryingOptions {
  /**
   * Where in the file on the server the bytes go (`REST`, then `STOR`).
   *
   * @default {0}
   */
  offset?: number;
  /**
   * Whether the bytes go behind what the file on the server holds (`APPE`). Never tried again: it
   * could append twice.
   *
   * @default {false}
   */
  append?: boolean;
  /**
   * Whether to ask for the size of the file afterwards, and to fail where it is not what was sent; a
   * server that cannot tell is believed. `"checksum"` compares the bytes, for which both sides read
   * all of them again; an `UnsupportedError` at the beginning if the server counts none. `true` means
   * `"size"`, which `atomic`, `resume` and `retries` ask for in any case: a server takes a data
   * connection that was cut cleanly for the end of the file.
   *
   * @default {false}
   */
  verify?: boolean | Verification;
  /**
   * Whether the bytes go into a file beside it, which is renamed once it is complete (`RNFR`,
   * `RNTO`): nobody sees half a file, and what was there before stays until then. On servers that
   * do not rename over a file, the old one is moved aside first. The new one is called as it, with
   * some letters and `.part` behind; it is deleted if the upload fails, which may take 2 seconds.
   *
   * @default {false}
   */
  atomic?: boolean;
}

/** Options of `FTP.uploadFrom`. */
export interface UploadFromOptions extends UploadOptions {
  /**
   * Whether to go on behind what the server has already (`SIZE`, then `REST` and `STOR`, or `APPE`
   * where the server does not know `REST`), and what has to hold for that; `true` means
   * `"modified"`: the local file is older than what the server has. With `atomic` the file that is
   * half there is the one to be renamed, which is named for the size and time of the local file, and
   * stays when the upload fails.
   *
   * @default {false}
   */
  resume?: boolean | ResumeCheck;
  /**
   * Whether the file on the server gets the time at which the local one was modified, as
   * `FTP.setModified` gives it. A server that cannot do that leaves it as it is.
   *
   * @default {false}
   */
  preserveModified?: boolean;
}

/** What can be uploaded. A string is sent as UTF-8. */
export type UploadSource = Uint8Array | string | AsyncIterable<Uint8Array>;

/** What came of `FTP.downloadTo`. */
export interface Downloaded {
  /** The size of the file, in bytes. */
  readonly size: number;
  /** How many of them were there before, from a download that was broken off. */
  readonly offset: number;
}

/** What came of an upload. */
export interface Uploaded {
  /** How many bytes of the file were sent; what was sent twice counts once. */
  readonly transferred: number;
  /** The reply of the server that ended the upload. */
  readonly reply: Reply;
  /**
   * Whether the file that an `atomic` upload replaced had to be moved aside first, because the server
   * does not rename over a file: for a moment there was none.
   */
  readonly movedAside?: boolean;
}

/** Options of `FTP.retrbinary`. */
export interface RetrbinaryOptions extends WaitOptions {
  /**
   * The most bytes in one chunk.
   *
   * @default {262_144}
   */
  blocksize?: number;
  /**
   * The first byte to fetch (`REST`).
   *
   * @default {0}, or what was last sent by hand as `REST`
   */
  rest?: number;
}

/** Options of `FTP.nlst` and `FTP.dir`. */
export interface LinesOptions extends WaitOptions {
  /**
   * The most bytes that awaiting the listing collects; a line counts for 128 at
   * least. Iterating over it has no limit: its memory does not grow.
   *
   * @default {33_554_432} (32 MiB)
   */
  maxBytes?: number;
}

/** Options of `FTP.mlsd`. */
export interface MlsdOptions extends LinesOptions {
  /**
   * The facts that the server shall tell, such as `["type", "size", "modify"]`. It
   * remembers them for the rest of the session. Unless given, it chooses.
   */
  facts?: readonly string[];
  /**
   * How a server that has no MLSD answers LIST. By default the first line that makes
   * sense decides.
   *
   * @default {"auto"}
   */
  dialect?: ListDialect | "auto";
  /**
   * How far the clock of a server that has no MLSD is ahead of UTC, in milliseconds: LIST does not
   * tell its time zone.
   *
   * @default {0}
   */
  utcOffset?: number;
}

/** Options of `FTP.storbinary`. */
export interface StorbinaryOptions extends WaitOptions {
  /**
   * The most bytes that are handed to the connection at once.
   *
   * @default {262_144}
   */
  blocksize?: number;
  /** Called with each block after it was sent. The block is lent: copy what you keep. */
  callback?: (block: Uint8Array) => void | PromiseLike<void>;
  /**
   * Where in the file on the server the bytes go (`REST`).
   *
   * @default {0}, or what was last sent by hand as `REST`
   */
  rest?: number;
}

/** Options of `FTP.storlines`. */
export interface StorlinesOptions extends WaitOptions {
  /** Called with each line after it was sent, its CRLF included. */
  callback?: (line: Uint8Array) => void | PromiseLike<void>;
}
