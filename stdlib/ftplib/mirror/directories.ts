/**
 * Directories on the server: whether they are there, and making them.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../../loop/exceptions.ts";
import type { WaitOptions } from "../../../loop/wait.ts";
import { command } from "../../../protocols/ftp/commands.ts";
import { parse257 } from "../../../protocols/ftp/replies.ts";
import { parseReply, replyError } from "../errors.ts";
import { isRefusal } from "../resume.ts";
import type { Session } from "../session.ts";

/**
 * Joins a directory of the server with a path in it.
 *
 * @param root The directory; `""` for the working directory.
 * @param path The path from there on; `""` for the directory itself.
 * @returns The whole path.
 */
export function joinRemote(root: string, path: string): string {
  if (path === "" || root === "") return root + path;
  return root.endsWith("/") ? `${root}${path}` : `${root}/${path}`;
}

/**
 * Tells whether a name, as the server wrote it, is one part of a path and no more.
 *
 * @param name The name.
 * @returns Whether it is.
 */
export function isPart(name: string): boolean {
  // deno-lint-ignore no-control-regex
  return !/^\.{0,2}$|[/\r\n\x00]/.test(name);
}

/**
 * Goes into a directory and back again (`CWD`), to see whether that is possible: what `MLST` tells,
 * servers do not agree on, and links to directories are directories here.
 *
 * @param session The session.
 * @param path The directory.
 * @param wait How long to wait for each reply.
 * @throws {ErrorPerm} If the server does not let it: because it is no directory, in most cases.
 */
export async function enterAndLeave(
  session: Session,
  path: string,
  wait: WaitOptions,
): Promise<void> {
  const enter = command("CWD", path, session.options.encoding);
  const turn = await session.begin(enter, wait);
  try {
    const here = parseReply(parse257, await session.command("PWD", wait), "PWD");
    const leave = command("CWD", here, session.options.encoding);
    const reply = await session.ask(enter, wait);
    if (reply.code >= 300) throw replyError(reply, enter);
    await session.command(leave, wait);
  } finally {
    turn.end();
  }
}

/**
 * Tells whether a path leads to a directory.
 *
 * @param session The session.
 * @param path The path; `""` for the working directory.
 * @param wait How long to wait for each reply.
 * @returns Whether the server lets one go there.
 */
export async function isDirectory(
  session: Session,
  path: string,
  wait: WaitOptions,
): Promise<boolean> {
  if (path === "" || path === "/") return true;
  try {
    await enterAndLeave(session, path, wait);
    return true;
  } catch (error) {
    rethrowIfCancelled(error, wait.signal);
    if (!isRefusal(error) || error.code! < 500) throw error;
    return false;
  }
}

/**
 * Makes a directory with all that it lies in, as far as they are missing (`MKD`).
 *
 * @param session The session.
 * @param path The directory.
 * @param wait How long to wait for each reply.
 * @returns Those that were made, the outermost first.
 * @throws {FTPError} If the server refuses to make one.
 */
export async function ensureDirectory(
  session: Session,
  path: string,
  wait: WaitOptions,
): Promise<string[]> {
  if (path !== "") command("MKD", path, session.options.encoding);
  const missing: string[] = [];
  let whole = path.replace(/(?<=[^/])\/+$/, "");
  while (!await isDirectory(session, whole, wait)) {
    missing.push(whole);
    const slash = whole.lastIndexOf("/");
    if (slash < 0) break;
    whole = whole.slice(0, slash).replace(/(?<=[^/])\/+$/, "") || "/";
  }
  const made: string[] = [];
  for (const directory of missing.reverse()) {
    if (await makeDirectory(session, directory, wait)) made.push(directory);
  }
  return made;
}

/**
 * Makes a directory in one that is there. Servers do not agree on how they say that it is there
 * already, so that is looked at.
 *
 * @param session The session.
 * @param path The directory.
 * @param wait How long to wait for each reply.
 * @returns Whether it was made: `false` where somebody else was quicker.
 * @throws {FTPError} If the server refuses, and it is not there.
 */
export async function makeDirectory(
  session: Session,
  path: string,
  wait: WaitOptions,
): Promise<boolean> {
  try {
    await session.exchange(command("MKD", path, session.options.encoding), wait);
    return true;
  } catch (error) {
    rethrowIfCancelled(error, wait.signal);
    if (!isRefusal(error) || !await isDirectory(session, path, wait)) throw error;
    return false;
  }
}
