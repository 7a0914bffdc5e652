/**
 * One client of the FTP server: who it is, where it is, what it has set.
 *
 * @module
 */

import type { Dial } from "../../../net/byte_stream.ts";
import type { Listen } from "../../../net/listener.ts";
import type { ServerTls } from "../../../net/tls/server_tls.ts";
import type { TlsSessions } from "../../../net/tls/server_sessions.ts";
import type { HashAlgorithm } from "../../../protocols/ftp/checksums.ts";
import type { CommandChannel } from "../../_server/command_channel.ts";
import type { Throttle } from "../throttle.ts";
import type { DataPort } from "./data.ts";
import { FTPReplyError } from "./errors.ts";
import type { FTPServerEvent } from "./events.ts";
import type { FileStatus, FileSystem } from "./filesystem.ts";
import type { LineSettings } from "./line.ts";
import { readPath } from "./line.ts";
import type { Mischief } from "./misbehaviour.ts";
import type { FTPPermission, Rights } from "./permissions.ts";
import type { PassiveAddress } from "./options.ts";
import type { Users } from "./users.ts";

/** What all sessions of a server share. */
export interface FTPSettings extends LineSettings {
  /** What is served. */
  readonly filesystem: FileSystem;
  /** Who may log in. */
  readonly users: Users;
  /** The greeting. */
  readonly welcome: string | readonly string[];
  /** The names by which the server knows itself; any where absent. */
  readonly hosts: readonly string[] | undefined;
  /** Where data connections listen. */
  readonly passivePorts: readonly [number, number] | undefined;
  /** The address that PASV tells. */
  readonly passiveAddress: PassiveAddress | undefined;
  /** Whether PORT and EPRT are there. */
  readonly active: boolean;
  /** Whether data connections may go to, and come from, other addresses than the client's. */
  readonly foreignAddresses: boolean;
  /** Whether data connections may go to ports below 1024. */
  readonly privilegedPorts: boolean;
  /** How long a data connection may be silent. */
  readonly dataTimeout: number;
  /** Makes what holds one data connection to its speed. */
  readonly throttle: (() => Throttle) | undefined;
  /** How many wrong passwords a session may have. */
  readonly maxLoginFailures: number;
  /** How long a wrong password is kept waiting. */
  readonly loginDelay: number;
  /** The certificates; absent where there is no TLS. */
  readonly tls: ServerTls | undefined;
  /** Whether connections begin with TLS. */
  readonly implicit: boolean;
  /** What has to be encrypted. */
  readonly requiresTls: { readonly login: boolean; readonly data: boolean };
  /** Whether CCC is there. */
  readonly clearControl: boolean;
  /** Whose session data connections have to resume. */
  readonly requiresReuse: boolean | "any";
  /** How long a client may take for a handshake. */
  readonly handshakeTimeout: number;
  /** What opens a port. */
  readonly listen: Listen;
  /** What connects to a client. */
  readonly dial: Dial;
  /** What goes wrong on purpose. */
  readonly mischief: Mischief;
  /** Told what happens. */
  readonly tell: (event: FTPServerEvent) => void;
  /** Told of errors. */
  readonly onError: (error: unknown) => void;
}

/** Who a session belongs to. */
export type Login =
  | { state: "none"; name?: string }
  | { state: "in"; name: string; rights: Rights; filesystem: FileSystem; leave: () => void };

/** A transfer that runs beside the commands. */
export interface RunningTransfer {
  /** Settles when its last reply is queued; never rejects. */
  readonly done: Promise<void>;
  /** How many bytes have gone over. */
  readonly bytes: number;
  /** Breaks it off: it will reply 426. */
  abort(): void;
}

/** The facts that MLSD and MLST can tell, in the order they are told (RFC 3659 §7.5). */
export const FACTS: readonly string[] = [
  "type",
  "size",
  "modify",
  "perm",
  "unique",
  "unix.mode",
];

/** The state of one session. Commands read and change it. */
export class FTPSessionState {
  /** Numbers the sessions of a server from 1. */
  readonly client: number;
  /** The control connection. */
  readonly channel: CommandChannel;
  /** What the server was told. */
  readonly settings: FTPSettings;
  /** The TLS sessions of its connections. */
  readonly sessions: TlsSessions | undefined;
  /** Who it belongs to. */
  login: Login = { state: "none" };
  /** How many passwords were wrong. */
  loginFailures = 0;
  /** The working directory. */
  directory = "/";
  /** ASCII or image, as TYPE has set it (RFC 959 §3.1.1). */
  type: "A" | "I" = "A";
  /** Where the next transfer begins (REST). */
  restart = 0;
  /** What the next RNTO renames. */
  renameFrom: string | undefined;
  /** The facts that MLSD and MLST tell. */
  facts: readonly string[] = FACTS;
  /** Where the next data connection comes from. */
  dataPort: DataPort | undefined;
  /** The bytes that the next command is about (RANG), up to and without the end. */
  range: { readonly start: number; readonly end: number } | undefined;
  /** What HASH counts. */
  hashAlgorithm: HashAlgorithm = "SHA-256";
  /** The host that was asked for (HOST). */
  host: string | undefined;
  /** Whether the control connection is encrypted. */
  encrypted = false;
  /** Whether PBSZ was sent. */
  hasBufferSize = false;
  /** Whether data connections are encrypted (PROT P). */
  protectsData = false;
  /** Whether the client has promised to use no other command than EPSV (RFC 2428 §4). */
  extendedOnly = false;
  /** Whether an ABOR was given its line end: should its own still come, it is no command. */
  completedAbort = false;
  /** The transfer that is going on. */
  transfer: RunningTransfer | undefined;

  /**
   * Begins before the login.
   *
   * @param client Its number.
   * @param channel Its connection.
   * @param settings What the server was told.
   * @param sessions Where its TLS sessions are remembered; nowhere where absent.
   */
  constructor(
    client: number,
    channel: CommandChannel,
    { settings, sessions }: { settings: FTPSettings; sessions?: TlsSessions },
  ) {
    this.client = client;
    this.channel = channel;
    this.settings = settings;
    this.sessions = sessions;
  }

  /** What is served to who has logged in. */
  get filesystem(): FileSystem {
    return this.login.state === "in" ? this.login.filesystem : this.settings.filesystem;
  }

  /** Ends the login. */
  logout(): void {
    if (this.login.state === "in") this.login.leave();
    this.login = { state: "none" };
  }

  /** Puts everything back to where a new connection has it (REIN; RFC 959 §4.1.1), but for TLS. */
  reset(): void {
    this.closeData();
    this.logout();
    this.directory = "/";
    this.type = "A";
    this.restart = 0;
    this.renameFrom = undefined;
    this.facts = FACTS;
    this.extendedOnly = false;
    this.range = undefined;
    this.hashAlgorithm = "SHA-256";
    this.host = undefined;
  }

  /** Gives up the next data connection. */
  closeData(): void {
    this.dataPort?.close();
    this.dataPort = undefined;
  }

  /**
   * Takes a path as the client means it, for something that not everybody may do.
   *
   * @param permission What is to be done there.
   * @param path A path, as for {@linkcode FTPSessionState.resolve}.
   * @returns The absolute path, normalised.
   * @throws {FTPReplyError} 550, if the user may not; 553, if no file can have the path.
   */
  allow(permission: FTPPermission, path: string): string {
    const absolute = this.resolve(path);
    if (!this.may(permission, absolute)) throw new FTPReplyError(550, "Permission denied");
    return absolute;
  }

  /**
   * Whether the user may do something.
   *
   * @param permission What.
   * @param path An absolute path, normalised.
   */
  may(permission: FTPPermission, path: string): boolean {
    return this.login.state === "in" && this.login.rights.may(permission, path);
  }

  /**
   * Takes a path as the client means it.
   *
   * @param path A path, absolute or below the working directory; empty for that itself.
   * @returns The absolute path, normalised; `..` stops at the root.
   * @throws {FTPReplyError} 553, if no file can have it.
   */
  resolve(path: string): string {
    return readPath(this.directory, path, this.settings);
  }

  /**
   * Looks at a path that has to be there.
   *
   * @param path An absolute path.
   * @throws {FTPReplyError} 550, if nothing is there.
   */
  async status(path: string): Promise<FileStatus> {
    const status = await this.filesystem.stat(path);
    if (!status) throw new FTPReplyError(550, "No such file or directory");
    return status;
  }
}
