/**
 * Opening named pipes (fifo(7)), which waits until the other side is opened.
 *
 * @module
 */

import { TimeoutError } from "../../loop/exceptions.ts";
import { checkTimeout, interruptible } from "../../loop/wait.ts";
import type { WaitOptions } from "../../loop/wait.ts";
import { fileError } from "./file_errors.ts";
import { requireDeno } from "../runtime.ts";

/** Which side of a pipe. */
export type PipeSide = "read" | "write";

/**
 * Opens a file that may be a named pipe, as the system does: where it is one, it waits until
 * somebody opens its other side.
 *
 * A wait that is given up is ended by opening the other side for a moment, for which the program
 * needs the permission. Where it has none, a thread goes on waiting, and with it the program.
 * Another program that waits at the same side is let through by that as well.
 *
 * @param path The path.
 * @param side Which side is opened.
 * @param options What ends the wait.
 * @throws {FileNotFoundError} If there is no such file.
 * @throws {PermissionError} If the program or the user may not.
 * @throws {TimeoutError} If nobody opens the other side in time.
 * @throws {RuntimeError} If this Deno is too old; the message names the version that is needed.
 */
export async function openNamedPipe(
  path: string,
  side: PipeSide,
  options: WaitOptions,
): Promise<Deno.FsFile> {
  requireDeno("2.8.0", "Opening a pipe by its path", "An older one stands still until it is open");
  const timeout = checkTimeout(options.timeout, Infinity);
  options.signal?.throwIfAborted();
  const opening = openAfter(leaving.get(path), path, side);
  let settled = false;
  opening.then(() => settled = true, () => settled = true);
  let done = false;
  try {
    const file = await interruptible(opening, {
      signal: options.signal,
      timeout,
      timeoutError: () =>
        new TimeoutError(`Nobody opened the other side of ${path} within ${timeout} ms`),
    });
    done = true;
    return file;
  } finally {
    if (!done) leave(path, giveUp(path, side, opening, settled));
  }
}

/** What ends the waits that were given up, by path. */
const leaving = new Map<string, Promise<void>>();

function leave(path: string, ending: Promise<void>): void {
  const all = Promise.all([leaving.get(path), ending]).then(() => {
    if (leaving.get(path) === all) leaving.delete(path);
  });
  leaving.set(path, all);
}

async function openAfter(
  before: Promise<void> | undefined,
  path: string,
  side: PipeSide,
): Promise<Deno.FsFile> {
  // It would take what ends an earlier wait for its own other side.
  await before;
  return await Deno.open(path, { [side]: true }).catch((error) => {
    throw fileError(error, "open", path);
  });
}

async function giveUp(
  path: string,
  side: PipeSide,
  opening: Promise<Deno.FsFile>,
  settled: boolean,
): Promise<void> {
  // Our side stays open until the other one is, so that that one cannot wait.
  const other = settled ? null : Deno.open(path, { [side === "read" ? "write" : "read"]: true });
  for (const file of await Promise.allSettled([opening, other])) {
    if (file.status === "fulfilled") file.value?.close();
  }
}
