/**
 * What an FTP server can be told, and what it tells.
 *
 * @module
 */

import type { ServerOptions } from "../../_server/command_server.ts";
import type { FileSystem } from "./filesystem.ts";
import type { FileTree } from "./filesystem_memory.ts";

/** A user of {@linkcode FTPServer}. */
export interface FTPUser {
  /** The password. Left out, any will do. */
  password?: string;
  /**
   * Whether the user may only read; commands that change something get 550.
   *
   * @default {false}
   */
  readonly?: boolean;
}

/**
 * What happened on an FTP server. `client` counts the sessions from 1;
 * paths are absolute.
 */
export type FTPServerEvent =
  | { type: "connect"; client: number; hostname: string; port: number }
  | { type: "login"; client: number; user: string }
  /** A command as it came, except that passwords are masked. */
  | { type: "command"; client: number; verb: string; argument: string }
  /** A file that was sent (`RETR`) or received (`STOR`, `APPE`, `STOU`) whole. */
  | { type: "retrieve" | "store"; client: number; path: string; bytes: number }
  /** A file that broke off. */
  | { type: "broken"; client: number; path: string; bytes: number; error: unknown }
  | { type: "disconnect"; client: number };

/** Options of {@linkcode FTPServer.start}. At most one of `files`, `root` and `filesystem`. */
export interface FTPServerOptions extends ServerOptions {
  /**
   * What the server serves, from memory: contents by path. See `server.files`.
   *
   * @default {{}} an empty tree in memory
   */
  files?: FileTree;
  /** A directory on disk to serve, which clients cannot leave. */
  root?: string;
  /** Whatever else the server is to serve. */
  filesystem?: FileSystem;
  /**
   * Who may log in, by name. Left out, any name and any password will do and
   * may read and write: the server listens on loopback. With users given,
   * only they may; list `anonymous` to let strangers in.
   */
  users?: Readonly<Record<string, FTPUser>>;
  /**
   * The greeting.
   *
   * @default {"Tulip FTP server ready"}
   */
  welcome?: string | readonly string[];
  /**
   * How paths are encoded on the wire. Paths that are no UTF-8 are refused with
   * 501 where it is UTF-8.
   *
   * @default {"utf-8"}
   */
  encoding?: "utf-8" | "latin-1";
  /** The first and the last port for data connections. Any free one by default. */
  passivePorts?: readonly [first: number, last: number];
  /**
   * How long a data connection may take to come, and may then be silent, in milliseconds. Every
   * 64 KiB may take ten times as long.
   *
   * @default {30_000}
   */
  dataTimeout?: number;
  /**
   * The most wrong passwords in a session. The next one gets 421.
   *
   * @default {3}
   */
  maxLoginFailures?: number;
  /** Told what happens. What it throws goes to `onError`. */
  onEvent?: (event: FTPServerEvent) => void;
}
