/**
 * What an FTP server tells of what happens on it.
 *
 * @module
 */

/**
 * What happened on an FTP server. `client` counts the sessions from 1; paths are
 * absolute, as the client sees them.
 */
export type FTPServerEvent =
  | { type: "connect"; client: number; hostname: string; port: number }
  /** The control connection is encrypted from now on; `false` after CCC. */
  | { type: "tls"; client: number; encrypted: boolean; protocol?: string }
  | { type: "login"; client: number; user: string }
  /** A name or password that was refused. */
  | { type: "refused"; client: number; user: string; reply: string }
  /** A command as it came, except that passwords are masked. */
  | { type: "command"; client: number; verb: string; argument: string }
  /** A file that was sent (`RETR`) or received (`STOR`, `APPE`, `STOU`) whole. */
  | { type: "retrieve" | "store"; client: number; path: string; bytes: number }
  /** A file that broke off. */
  | { type: "broken"; client: number; path: string; bytes: number; error: unknown }
  /** A change of the tree. */
  | {
    type: "remove" | "makeDirectory" | "removeDirectory" | "attributes";
    client: number;
    path: string;
  }
  | { type: "rename"; client: number; path: string; to: string }
  /** `error` tells why, where the client has not just ended the session. */
  | { type: "disconnect"; client: number; error?: unknown };
