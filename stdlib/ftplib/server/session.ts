/**
 * One client of the FTP server: who it is, where it is, what it has set.
 *
 * @module
 */

import type { CommandChannel } from "../../_server/command_channel.ts";
import type { Listen } from "../../../net/listener.ts";
import type { FileStatus, FileSystem } from "./filesystem.ts";
import type { PassivePort } from "./data.ts";
import { FTPReplyError } from "./errors.ts";
import type { LineSettings } from "./line.ts";
import { readPath } from "./line.ts";
import type { FTPServerEvent, FTPUser } from "./options.ts";

/** What all sessions of a server share. */
export interface FTPSettings extends LineSettings {
  /** What is served. */
  readonly filesystem: FileSystem;
  /** Who may log in; anyone, where absent. */
  readonly users: Readonly<Record<string, FTPUser>> | undefined;
  /** The greeting. */
  readonly welcome: string | readonly string[];
  /** Where data connections listen. */
  readonly passivePorts: readonly [number, number] | undefined;
  /** How long a data connection may be silent. */
  readonly dataTimeout: number;
  /** How many wrong passwords a session may have. */
  readonly maxLoginFailures: number;
  /** What opens a port. */
  readonly listen: Listen;
  /** Told what happens. */
  readonly onEvent: (event: FTPServerEvent) => void;
  /** Told of errors. */
  readonly onError: (error: unknown) => void;
}

/** Who a session belongs to. */
export type Login =
  | { state: "none"; name?: string }
  | { state: "in"; name: string; readonly: boolean };

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
export const FACTS: readonly string[] = ["type", "size", "modify", "perm"];

/** The state of one session. Commands read and change it. */
export class FTPSessionState {
  /** Numbers the sessions of a server from 1. */
  readonly client: number;
  /** The control connection. */
  readonly channel: CommandChannel;
  /** What the server was told. */
  readonly settings: FTPSettings;
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
  /** Where the next data connection comes in. */
  passive: PassivePort | undefined;
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
   */
  constructor(client: number, channel: CommandChannel, settings: FTPSettings) {
    this.client = client;
    this.channel = channel;
    this.settings = settings;
  }

  /** What is served. */
  get filesystem(): FileSystem {
    return this.settings.filesystem;
  }

  /** Puts everything back to where a new connection has it (REIN; RFC 959 §4.1.1). */
  reset(): void {
    this.closePassive();
    this.login = { state: "none" };
    this.directory = "/";
    this.type = "A";
    this.restart = 0;
    this.renameFrom = undefined;
    this.facts = FACTS;
    this.extendedOnly = false;
  }

  /** Stops waiting for a data connection. */
  closePassive(): void {
    this.passive?.close();
    this.passive = undefined;
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
