/**
 * Who may log in to the FTP server, and what becomes of them then: their home,
 * their permissions.
 *
 * @module
 */

import type { Address } from "../../../net/byte_stream.ts";
import type { TlsInfo } from "../../../net/tls/tls.ts";
import { sameSecret } from "../../_server/secrets.ts";
import { FTPReplyError } from "./errors.ts";
import type { FileSystem } from "./filesystem.ts";
import type { FTPPermissions } from "./permissions.ts";
import { ALL_PERMISSIONS, READ_PERMISSIONS, Rights } from "./permissions.ts";
import { SubFileSystem } from "./subfilesystem.ts";

/** A user of {@linkcode FTPServer}. */
export interface FTPUser {
  /** The password. Left out, and without `verify`, any will do. */
  password?: string;
  /**
   * Judges a password, in place of `password`: by a hash that you keep, say.
   *
   * @param password What the client sent.
   * @returns Whether it is right.
   */
  verify?: (password: string) => boolean | PromiseLike<boolean>;
  /**
   * The directory in which the user is shut up: it is their `/`. It is made at
   * the login where it is missing.
   *
   * @default {"/"}
   */
  home?: string;
  /**
   * What the user may do, everywhere or by directory, as the user sees them.
   *
   * @default everything
   */
  permissions?: FTPPermissions;
  /**
   * Whether the user may only list and read, short for `permissions: ["list", "read"]`.
   *
   * @default {false}
   */
  readonly?: boolean;
  /**
   * The most sessions of this user at a time. One more gets 530.
   *
   * @default {Infinity}
   */
  maxConnections?: number;
}

/** What is known of a client that wants to log in. */
export interface FTPLoginContext {
  /** Where it comes from. */
  readonly remoteAddress: Address;
  /** What is known of its encryption, a certificate it may have shown among it; `undefined` in the clear. */
  readonly tls?: TlsInfo;
  /** The host that it has asked for by HOST (RFC 7151). */
  readonly host?: string;
}

/**
 * Judges a login.
 *
 * @param user The name.
 * @param password The password, empty where the client sent none.
 * @param context Who asks.
 * @returns The user, or `true` for one who may do everything; `false` or nothing to refuse.
 *   An {@linkcode FTPReplyError} that it throws is what the client gets.
 */
export type FTPAuthenticate = (
  user: string,
  password: string,
  context: FTPLoginContext,
) => FTPUser | boolean | undefined | PromiseLike<FTPUser | boolean | undefined>;

/** Who may log in, checked. */
export class Users {
  readonly #users: Readonly<Record<string, FTPUser>> | undefined;
  readonly #authenticate: FTPAuthenticate | undefined;
  readonly #sessions = new Map<string, number>();

  /**
   * Checks users.
   *
   * @param users Who may log in, by name.
   * @param authenticate Who judges, in place of that. Without both, anybody may do everything.
   * @throws {TypeError} If both are given, or something about a user makes no sense.
   */
  constructor(
    users: Readonly<Record<string, FTPUser>> | undefined,
    authenticate: FTPAuthenticate | undefined,
  ) {
    if (users !== undefined && authenticate !== undefined) {
      throw new TypeError("Cannot use both users and authenticate: leave one out");
    }
    for (const user of Object.values(users ?? {})) checkUser(user);
    this.#users = users;
    this.#authenticate = authenticate;
  }

  /**
   * Judges a login.
   *
   * @returns The user, or `undefined` where the name or the password is wrong.
   */
  async find(
    name: string,
    password: string,
    context: FTPLoginContext,
  ): Promise<FTPUser | undefined> {
    if (this.#authenticate !== undefined) {
      const judged = await this.#authenticate(name, password, context);
      if (judged === false || judged === undefined) return undefined;
      const user = judged === true ? {} : judged;
      checkUser(user);
      // A user that the hook gives with a password has not been judged yet.
      return await isRight(user, password) ? user : undefined;
    }
    if (this.#users === undefined) return {};
    const user = Object.hasOwn(this.#users, name) ? this.#users[name] : undefined;
    return user && await isRight(user, password) ? user : undefined;
  }

  /**
   * Counts a session of a user.
   *
   * @returns Ends the count.
   * @throws {FTPReplyError} 530, if the user has too many already.
   */
  enter(name: string, { maxConnections = Infinity }: FTPUser): () => void {
    const count = this.#sessions.get(name) ?? 0;
    if (count >= maxConnections) throw new FTPReplyError(530, "Too many connections of this user");
    this.#sessions.set(name, count + 1);
    return () => {
      const left = (this.#sessions.get(name) as number) - 1;
      if (left === 0) this.#sessions.delete(name);
      else this.#sessions.set(name, left);
    };
  }
}

/** What a user may do. */
export function rightsOf({ permissions, readonly }: FTPUser): Rights {
  return new Rights(permissions ?? (readonly ? READ_PERMISSIONS : ALL_PERMISSIONS));
}

/**
 * The files that a user sees, as a file system of their own.
 *
 * @param filesystem All files.
 * @param user Whose home it is.
 */
export async function homeOf(filesystem: FileSystem, { home = "/" }: FTPUser): Promise<FileSystem> {
  const names = home.split("/").filter((name) => name !== "");
  if (names.length === 0) return filesystem;
  let path = "";
  for (const name of names) {
    path += `/${name}`;
    if (!(await filesystem.stat(path))) await filesystem.makeDirectory(path);
  }
  return await filesystem.below?.(path) ?? new SubFileSystem(filesystem, path);
}

async function isRight({ password, verify }: FTPUser, given: string): Promise<boolean> {
  if (verify !== undefined) return await verify(given) === true;
  return password === undefined || sameSecret(given, password);
}

function checkUser(user: FTPUser): void {
  const { password, verify, permissions, readonly, home, maxConnections = Infinity } = user;
  if (password !== undefined && verify !== undefined) {
    throw new TypeError("Cannot use both password and verify of a user: leave one out");
  }
  if (permissions !== undefined && readonly !== undefined) {
    throw new TypeError("Cannot use both permissions and readonly of a user: leave one out");
  }
  if (home !== undefined && (!home.startsWith("/") || home.split("/").includes(".."))) {
    throw new TypeError(`Cannot use ${JSON.stringify(home)} as a home: need an absolute path`);
  }
  if (!(maxConnections >= 1)) {
    throw new RangeError(`Cannot set maxConnections to ${maxConnections}: need 1 or more`);
  }
  rightsOf(user);
}
