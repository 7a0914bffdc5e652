/**
 * What an FTP server can be told.
 *
 * @module
 */

import type { Address, Dial } from "../../../net/byte_stream.ts";
import type { TlsServerOptions } from "../../../net/tls/tls.ts";
import type { ServerOptions } from "../../_server/command_server.ts";
import type { FTPServerEvent } from "./events.ts";
import type { FileSystem } from "./filesystem.ts";
import type { FileTree } from "./filesystem_memory.ts";
import type { FTPMisbehaviour } from "./misbehaviour.ts";
import type { FTPAuthenticate, FTPUser } from "./users.ts";

/**
 * The IPv4 address that PASV tells, where it is not the one that the client has
 * connected to: that of a router in front of the server. A function tells it for
 * each client; `undefined` is the server's own.
 */
export type PassiveAddress = string | ((client: Address) => string | undefined);

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
  /** Judges who may log in, in place of `users`. */
  authenticate?: FTPAuthenticate;
  /**
   * The greeting.
   *
   * @default {"Tulip FTP server ready"}
   */
  welcome?: string | readonly string[];
  /** The names that HOST takes (RFC 7151). Any by default. */
  hosts?: readonly string[];
  /**
   * How paths are encoded on the wire. Paths that are no UTF-8 are refused with
   * 501 where it is UTF-8.
   *
   * @default {"utf-8"}
   */
  encoding?: "utf-8" | "latin-1";
  /**
   * Certificate and key: the server then takes AUTH TLS (RFC 4217). Needs Deno
   * 2.9.1. TLS 1.2 is spoken unless `maxVersion` says otherwise: with 1.3, curl
   * and others lose the end of uploads (curl's issue 6149). To tell clients of other
   * protocols off, let `alpnProtocols` be `["ftp"]`, where your clients name it.
   */
  tls?: TlsServerOptions;
  /**
   * Whether connections begin with TLS, before the greeting, as on port 990. Data
   * connections are then encrypted until the client says otherwise.
   *
   * @default {false}
   */
  implicit?: boolean;
  /**
   * What has to be encrypted: logins, data connections, or with `true` both.
   *
   * @default {true} where there is `tls`
   */
  requireTls?: boolean | "login" | "data";
  /**
   * Whether a data connection has to resume the TLS session of its control
   * connection, so that nobody else can take it: others get 522. With `true`,
   * sessions are told apart by their tickets, which TLS 1.2 alone shows. `"any"`
   * takes every session of this program, in TLS 1.3 as well, which curl needs.
   *
   * @default {false}
   */
  requireSessionReuse?: boolean | "any";
  /**
   * Whether a client that has logged in may have the control connection go on in the clear (CCC),
   * for firewalls that read along. Whoever sits in between can then put commands in.
   *
   * @default {false}
   */
  clearControl?: boolean;
  /**
   * How long a client may take for a TLS handshake, in milliseconds.
   *
   * @default {30_000}
   */
  handshakeTimeout?: number;
  /** The first and the last port for data connections. Any free one by default. */
  passivePorts?: readonly [first: number, last: number];
  /** The address that PASV tells. By default, the one that the client has connected to. */
  passiveAddress?: PassiveAddress;
  /**
   * Whether the server also connects to the client (PORT, EPRT).
   *
   * @default {true}
   */
  active?: boolean;
  /**
   * Whether data connections may go to, or come from, other addresses than the
   * client's own, as in transfers between two servers. That makes the server a
   * weapon against third parties (RFC 2577 §3).
   *
   * @default {false}
   */
  foreignAddresses?: boolean;
  /**
   * Whether data connections may go to ports below 1024, where other services are.
   *
   * @default {false}
   */
  privilegedPorts?: boolean;
  /**
   * What connects to clients, for PORT and EPRT: `network.dial` of a {@linkcode MemoryNetwork}.
   *
   * @default TCP
   */
  dial?: Dial;
  /**
   * How long a data connection may take to come, and may then be silent, in milliseconds. Every
   * 64 KiB may take ten times as long.
   *
   * @default {30_000}
   */
  dataTimeout?: number;
  /** The most bytes in a second, of each data connection. No limit by default. */
  bytesPerSecond?: number;
  /**
   * The most wrong passwords in a session. The next one gets 421.
   *
   * @default {3}
   */
  maxLoginFailures?: number;
  /**
   * How long the reply to a wrong password is kept back, in milliseconds.
   *
   * @default {500}
   */
  loginDelay?: number;
  /** Told what happens. What it throws goes to `onError`. See `server.events()` as well. */
  onEvent?: (event: FTPServerEvent) => void;
  /** What goes wrong on purpose, for tests of clients; see `server.misbehave()`. */
  misbehave?: FTPMisbehaviour;
}
