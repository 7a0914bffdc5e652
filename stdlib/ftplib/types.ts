/**
 * What can be asked of an FTP session, and what it answers: options and
 * results. Times are in milliseconds, sizes in bytes.
 *
 * @module
 */

import type { WaitOptions } from "../../loop/wait.ts";
import type { Dial } from "../../net/byte_stream.ts";
import type { WireLog } from "../../net/wire_log.ts";
import type { Reply } from "../../protocols/text/reply.ts";
import type { DebugLine } from "../_client/reply_options.ts";

/** How file names and replies are written: UTF-8 (RFC 2640), or one byte a character. */
export type Encoding = "utf-8" | "latin-1";

/** Which commands ask for a data connection: EPSV, then PASV where the server has none; or one. */
export type PassiveCommand = "auto" | "EPSV" | "PASV";

/** Options of the constructor of `FTP`. */
export interface FTPOptions {
  /**
   * The longest silence of the server that any call accepts, unless it says its own.
   * `Infinity` means no limit.
   *
   * @default {30_000}
   */
  timeout?: number;
  /**
   * How long dialling may take, for the control connection and each data connection.
   *
   * @default {30_000}
   */
  connectTimeout?: number;
  /**
   * How file names, replies and lines of text are written.
   *
   * @default {"utf-8"}
   */
  encoding?: Encoding;
  /**
   * How data connections are asked for.
   *
   * @default {"auto"}
   */
  passive?: PassiveCommand;
  /**
   * Whether a data connection goes to the address that the server names in its
   * answer to PASV. By default it goes to the host of the control connection,
   * whatever the server says: otherwise a server could aim the client at others.
   * (Python: `trust_server_pasv_ipv4_address`.)
   *
   * @default {false}
   */
  trustServerPasvAddress?: boolean;
  /**
   * The longest line in a reply or a listing (Python: `maxline`).
   *
   * @default {8192}
   */
  maxLineLength?: number;
  /** Called with every line sent and received on the control connection, secrets masked. */
  debug?: (line: DebugLine) => void;
  /** Is told what is said on every connection, that of a transfer included; secrets are masked. */
  wireLog?: WireLog;
  /** How connections are made: through a proxy, or in memory for tests. TCP unless given. */
  dial?: Dial;
}

/** Options of `FTP.connect`, which also logs in where `user` is given. */
export interface FTPConnectOptions extends FTPOptions {
  /**
   * The port of the server.
   *
   * @default {21}
   */
  port?: number;
  /** Whom to log in as. Without it the session is opened, and not logged in. */
  user?: string;
  /** The user's password. */
  password?: string;
  /** The account, where the server asks for one. */
  acct?: string;
  /** Breaks off connecting and logging in. It has no effect on the session afterwards. */
  signal?: AbortSignal;
}

/** How far a transfer is. */
export interface Progress {
  /** How many bytes of the file are there, those before `offset` included. */
  readonly transferred: number;
  /** How many there will be, where the server told. */
  readonly total: number | undefined;
}

/** What downloads and uploads have in common. */
export interface TransferOptions extends WaitOptions {
  /** Called as bytes go by: at most ten times a second, and once at the end. */
  onProgress?: (progress: Progress) => void;
}

/** Options of `FTP.download`. */
export interface DownloadOptions extends TransferOptions {
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

/** Options of `FTP.downloadTo`. */
export interface DownloadToOptions extends TransferOptions {
  /**
   * Whether to go on where an earlier download stopped, if its `.part` is there.
   *
   * @default {false}
   */
  resume?: boolean;
}

/** Options of `FTP.upload` and `FTP.uploadFrom`. */
export interface UploadOptions extends TransferOptions {
  /**
   * Where in the file on the server the bytes go (`REST`, then `STOR`).
   *
   * @default {0}
   */
  offset?: number;
  /**
   * Whether the bytes go behind what the file on the server holds (`APPE`).
   *
   * @default {false}
   */
  append?: boolean;
  /**
   * Whether to ask for the size of the file afterwards, and fail where it is not
   * what was sent. A server that cannot tell is believed.
   *
   * @default {false}
   */
  verify?: boolean;
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
  /** How many bytes were sent. */
  readonly transferred: number;
  /** The reply of the server that ended the upload. */
  readonly reply: Reply;
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
   * @default {0}
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
   * @default {0}
   */
  rest?: number;
}

/** Options of `FTP.storlines`. */
export interface StorlinesOptions extends WaitOptions {
  /** Called with each line after it was sent, its CRLF included. */
  callback?: (line: Uint8Array) => void | PromiseLike<void>;
}
