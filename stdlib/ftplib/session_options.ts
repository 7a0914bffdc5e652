/**
 * What an FTP session can be told: how it connects, encrypts, and speaks. Times
 * are in milliseconds, sizes in bytes.
 *
 * @module
 */

import type { WaitOptions } from "../../loop/wait.ts";
import type { Dial } from "../../net/byte_stream.ts";
import type { Listen } from "../../net/listener.ts";
import type { LocalAddress } from "../../net/tcp/local_address.ts";
import type { TlsOptions, TlsVersion } from "../../net/tls/tls.ts";
import type { WireLog } from "../../net/wire_log.ts";
import type { DebugLine } from "../_client/reply_options.ts";

/** How file names and replies are written: UTF-8 (RFC 2640), or one byte a character. */
export type Encoding = "utf-8" | "latin-1";

/** Which commands ask for a data connection: EPSV, then PASV where the server has none; or one. */
export type PassiveCommand = "auto" | "EPSV" | "PASV";

/** Who opens a data connection: the client, or the server. */
export type DataMode = "passive" | "active";

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
   * Who opens data connections: the client, to the server (`"passive"`), or the server, to the
   * client (`"active"`; RFC 959 §3.3), which firewalls and routers rarely let through. Active mode
   * needs the permission to listen, as in `--allow-net=ftp.example.org:21,192.0.2.7:0`.
   *
   * @default {"passive"}
   */
  mode?: DataMode;
  /**
   * The address that the server is told to connect to in active mode, where that is not the one
   * that this side has: the outer one of a router which passes `activePorts` on.
   *
   * @default the local address of the control connection
   */
  activeAddress?: string;
  /**
   * The first and the last port to wait on in active mode.
   *
   * @default any that is free
   */
  activePorts?: readonly [first: number, last: number];
  /**
   * What listens in active mode.
   *
   * @default TCP
   */
  listen?: Listen;
  /**
   * The address of this machine to connect from (Python: `source_address`); not together with `dial`.
   * A port given here is the control connection's. It needs `--allow-net` for the address as well
   * as for the server, and Deno 2.7.9.
   *
   * @default that which the system chooses
   */
  localAddress?: LocalAddress;
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
  /**
   * The name under which the server is addressed, where one address serves many hosts: it is said
   * after the greeting, and before TLS and the login (`HOST`; RFC 7151). An IPv6 address stands
   * between brackets. Nothing is said unless given.
   */
  virtualHost?: string;
  /** Called with every line sent and received on the control connection, secrets masked. */
  debug?: (line: DebugLine) => void;
  /** Is told what is said on every connection, that of a transfer included; secrets are masked. */
  wireLog?: WireLog;
  /** How connections are made: through a proxy, or in memory for tests. TCP unless given. */
  dial?: Dial;
  /**
   * After how many milliseconds in which nothing is said on the control connection a `NOOP` is sent,
   * or up to twice as many: between two calls, and while a transfer runs, when firewalls take it for
   * dead that carries nothing for hours. It keeps no program from its end.
   *
   * @default {Infinity} (never)
   */
  keepAlive?: number;
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

/** Options of the constructor of `FTP_TLS`. */
export interface FTPTLSOptions
  extends FTPOptions, Omit<TlsOptions, "details" | "resumable" | "session"> {
  /**
   * Whether connections begin with TLS, before the greeting, as on port 990. Otherwise TLS begins
   * with AUTH TLS (RFC 4217 §4), before anybody logs in.
   *
   * @default {false}
   */
  implicit?: boolean;
  /**
   * The oldest version of TLS. By default 1.2 is spoken, and 1.3 only with servers that refuse it:
   * in 1.3 servers that want their TLS session resumed have it once for each ticket, and then
   * refuse. With `"TLSv1.3"`, which resumes none, servers must not require it.
   *
   * @default {"TLSv1.2"}
   */
  minVersion?: TlsVersion;
}

/** Options of `FTP_TLS.connect`, which also logs in where `user` is given. */
export interface FTPTLSConnectOptions extends FTPConnectOptions, FTPTLSOptions {
  /**
   * The port of the server.
   *
   * @default {21}, or 990 where `implicit` is set
   */
  port?: number;
}

/** Options of `FTP_TLS.login`. */
export interface LoginOptions extends WaitOptions {
  /**
   * Whether TLS begins before the password is sent. `false` sends it in clear, where TLS has not
   * begun already.
   *
   * @default {true}
   */
  secure?: boolean;
}
