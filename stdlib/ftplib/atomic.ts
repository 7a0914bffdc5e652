/**
 * Uploads that appear all at once: under a temporary name first, renamed when
 * they are complete (`RNFR`, `RNTO`; RFC 959 §4.1.3).
 *
 * @module
 */

import { rethrowIfCancelled } from "../../loop/exceptions.ts";
import { interruptible, type WaitOptions } from "../../loop/wait.ts";
import { ErrorReply, ErrorTemp, FTPError } from "./errors.ts";
import type { Session } from "./session.ts";

/** The longest that the removal of what an upload left may hold up its error. */
const TIDYING = 2_000;

/**
 * Makes the name of a file that is to be renamed.
 *
 * @param path The name that it gets at the end.
 * @param mark What tells it from others; letters and digits.
 * @returns The name, in the same directory.
 */
export function temporaryPath(path: string, mark: string): string {
  return `${path}.${mark}.part`;
}

/** A mark that no other upload has. */
export function randomMark(): string {
  return crypto.randomUUID().slice(0, 8);
}

/**
 * A mark that the same file has again later, until it is changed.
 *
 * @param file Its size in bytes, and when it was changed.
 * @returns The mark.
 */
export function markOf({ size, modified }: { size: number; modified?: Date }): string {
  return `${size.toString(36)}${(modified?.getTime() ?? 0).toString(36)}`;
}

/**
 * Gives a file that is complete its name, in place of the file that has it.
 *
 * Where the server does not rename over a file, that is moved aside first: if the second renaming
 * fails as well, it gets its name back.
 *
 * @param session The session.
 * @param temporary The file.
 * @param path Its name.
 * @param wait How long to wait for each reply.
 * @returns Whether the other file had to be moved aside.
 * @throws {FTPError} If the server refuses.
 */
export async function putInPlace(
  session: Session,
  temporary: string,
  path: string,
  wait: WaitOptions,
): Promise<boolean> {
  const turn = await session.begin(`RNTO ${path}`, wait);
  try {
    try {
      await rename(session, temporary, path, wait);
      return false;
    } catch (error) {
      rethrowIfCancelled(error, wait.signal);
      if (!isRefused(error)) throw error;
      await replace(session, temporary, path, { error, wait });
      return true;
    }
  } finally {
    turn.end();
  }
}

/** The name that a file has while another takes its own. */
export function asidePath(temporary: string): string {
  return `${temporary}.old`;
}

async function replace(
  session: Session,
  temporary: string,
  path: string,
  { error: refusal, wait }: { error: FTPError; wait: WaitOptions },
): Promise<void> {
  const aside = asidePath(temporary);
  try {
    await rename(session, path, aside, wait);
  } catch (error) {
    rethrowIfCancelled(error, wait.signal);
    // Nothing was in the way, so that was not the reason.
    throw isRefused(error) ? refusal : error;
  }
  try {
    await rename(session, temporary, path, wait);
  } catch (error) {
    rethrowIfCancelled(error, wait.signal);
    if (isRefused(error)) await rename(session, aside, path, wait);
    throw error;
  }
  // What stays if the server refuses is told by its name.
  await session.ask(`DELE ${aside}`, wait);
}

async function rename(
  session: Session,
  from: string,
  to: string,
  wait: WaitOptions,
): Promise<void> {
  await session.command(`RNFR ${from}`, wait, "3");
  await session.command(`RNTO ${to}`, wait);
}

function isRefused(error: unknown): error is FTPError {
  return error instanceof FTPError && error.code !== undefined && error.code >= 500 ||
    error instanceof ErrorTemp && error.code !== 421 || error instanceof ErrorReply;
}

/**
 * Deletes what an upload left that failed, as far as that can be done soon.
 *
 * @param session The session.
 * @param temporary The file.
 */
export async function tidyUp(session: Session, temporary: string): Promise<void> {
  if (session.closed) return;
  try {
    await interruptible(remove(session, temporary), { timeout: TIDYING });
  } catch (error) {
    rethrowIfCancelled(error);
    // The upload has failed with an error of its own.
  }
}

async function remove(session: Session, path: string): Promise<void> {
  const wait = { timeout: TIDYING };
  const turn = await session.begin(`DELE ${path}`, wait);
  try {
    await session.ask(`DELE ${path}`, wait);
  } finally {
    turn.end();
  }
}
