/**
 * What the matrix of ftplib is made of: operations, each run against a session with a real server,
 * whose outcome is looked for on the server's disk.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { FTP } from "../../../stdlib/ftplib/client.ts";
import type { FtpServer } from "../servers/ftp_server.ts";
import type { Place, ServerName } from "./places.ts";

/** Who opens the data connections: the client (passive), or the server (active). */
export type Mode = "passive" | "active";

/** How a session of the matrix may differ from the others. */
export interface ConnectOptions {
  /** Another password than the right one. */
  password?: string;
  /** Other authorities than the server's. */
  caCerts?: string[];
}

/** What an operation is given. */
export interface World {
  /** A session that is logged in, with {@linkcode World.folder} for its working directory. */
  readonly ftp: FTP;
  /** Opens another session, and logs in. */
  connect(options?: ConnectOptions): Promise<FTP>;
  /** A folder on the server for this operation alone. */
  readonly folder: string;
  /** The same folder on the server's disk. */
  readonly disk: string;
  /** A folder of our own. */
  readonly local: string;
  /** Where we are. */
  readonly place: Place;
  /** The running server. */
  readonly server: FtpServer;
}

/** Why an operation cannot be done in a place. */
export interface Exception {
  /** The reason. */
  readonly why: string;
  /**
   * How it ends there: the server refuses; or nobody can tell, and then it is not tried.
   *
   * @default {"refused"}
   */
  readonly end?: "refused" | "untried";
}

/**
 * The exception of servers that lack a command.
 *
 * @param reasons Why, by server.
 * @returns The exception, for {@linkcode Operation.exception}.
 */
export function notOffered(
  reasons: Partial<Record<ServerName, string>>,
): NonNullable<Operation["exception"]> {
  return ({ server }) => {
    const why = reasons[server];
    return why === undefined ? undefined : { why };
  };
}

/** One row of the matrix. */
export interface Operation {
  /** Its name. */
  readonly name: string;
  /** Does it, and looks at what came of it. */
  readonly run: (world: World) => Promise<void>;
  /** Where it cannot be done. */
  readonly exception?: (place: Place, mode: Mode) => Exception | undefined;
  /** Whether it is about TLS, and so has no meaning without. */
  readonly tlsOnly?: boolean;
}

/**
 * Bytes that repeat at no power of two, so that a piece in the wrong place shows.
 *
 * @param length How many.
 * @returns The bytes; not to be written to, for others are given the same.
 */
export function noise(length: number): Uint8Array<ArrayBuffer> {
  if (made.length < length) {
    made = new Uint8Array(length);
    for (let index = 0; index < length; index++) made[index] = (index * 31 + (index >> 7)) % 251;
  }
  return made.subarray(0, length);
}

let made = new Uint8Array(0);

/**
 * Asserts that bytes are the same, and says where they begin to differ.
 *
 * @param actual What came.
 * @param expected What was to come.
 * @param what What it is about, for the message.
 */
export function assertBytes(actual: Uint8Array, expected: Uint8Array, what = "bytes"): void {
  assert.equal(actual.length, expected.length, `${what}: the length`);
  for (let index = 0; index < expected.length; index++) {
    if (actual[index] === expected[index]) continue;
    assert.fail(`${what}: byte ${index} is ${actual[index]} instead of ${expected[index]}`);
  }
}

/**
 * Puts a file on the server's disk, as somebody else would.
 *
 * @param world Where.
 * @param name Its name in the folder of the operation.
 * @param data What is in it.
 */
export async function put(
  { disk }: World,
  name: string,
  data: string | Uint8Array,
): Promise<void> {
  const path = `${disk}/${name}`;
  await Deno.writeFile(path, typeof data === "string" ? new TextEncoder().encode(data) : data);
  await Deno.chown(path, NOBODY, NOGROUP);
}

/**
 * Lets the server write in a tree on its disk, under whichever name it does.
 *
 * @param path The tree.
 */
export async function give(path: string): Promise<void> {
  await Deno.chown(path, NOBODY, NOGROUP);
  for await (const { name, isDirectory } of Deno.readDir(path)) {
    if (isDirectory) await give(`${path}/${name}`);
    else await Deno.chown(`${path}/${name}`, NOBODY, NOGROUP);
  }
}

/**
 * What lies on the server's disk.
 *
 * @param world Where.
 * @param name The file's name in the folder of the operation.
 * @returns Its bytes.
 */
export function onDisk({ disk }: World, name: string): Promise<Uint8Array<ArrayBuffer>> {
  return Deno.readFile(`${disk}/${name}`);
}

/**
 * The names in the folder of the operation, on the server's disk.
 *
 * @param world Where.
 * @returns The names, sorted.
 */
export async function namesOnDisk({ disk }: World): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(disk)) names.push(name);
  return names.sort();
}

/** Whom ProFTPD and Pure-FTPd act as: Debian gives these to `nobody` and `nogroup` everywhere. */
export const NOBODY = 65_534;
/** The group of {@linkcode NOBODY}. */
export const NOGROUP = 65_534;
