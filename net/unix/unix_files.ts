/**
 * The files of Unix sockets: whose they are, and how they outlive the listener
 * that is not their owner.
 *
 * Newer Deno removes whatever lies at a listener's path when that is closed, whosever it is; and
 * where an `accept()` waits, it does so a moment later. Older Deno removes nothing. So what is to
 * stay gets a second name for that while.
 *
 * @module
 */

/** Second names of what is to stay, by path. */
const kept = new Map<string, string>();
/** How many closed listeners Deno has not let go of yet, by path. */
const leaving = new Map<string, number>();

/**
 * Says whether the name of a socket is one without a file.
 *
 * @param path The path or name.
 */
export function isAbstract(path: string): boolean {
  return path.startsWith("\0");
}

/**
 * Says which file lies at a path.
 *
 * @param path The path.
 * @returns Its identity, or `undefined` for none that we can see.
 */
export function identityOf(path: string): string | undefined {
  try {
    const { dev, ino } = Deno.statSync(path);
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

/**
 * Removes a socket's file, and nothing else.
 *
 * @param path The path.
 */
export function removeSocket(path: string): void {
  try {
    if (Deno.statSync(path).isSocket) Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/**
 * Notes that a socket was bound: a listener at the same path that is still on its way out must not
 * take the new file along.
 *
 * @param path The path.
 */
export function bound(path: string): void {
  if (leaving.has(path)) keep(path);
}

/**
 * Closes a listener, and with it removes its file, or sees to it that what lies there stays.
 *
 * @param path The path.
 * @param remove Whether the file at the path goes.
 * @param close Closes the listener.
 * @param gone Settles when Deno has let go of it; `undefined` where that is at once.
 */
export function closeSocket(
  path: string,
  remove: boolean,
  close: () => void,
  gone: Promise<unknown> | undefined,
): void {
  if (remove) forget(path);
  else keep(path);
  close();
  if (remove) removeSocket(path);
  if (gone === undefined) return restore(path);
  leaving.set(path, (leaving.get(path) ?? 0) + 1);
  const left = () => {
    const others = leaving.get(path)! - 1;
    if (others > 0) leaving.set(path, others);
    else leaving.delete(path);
    restore(path);
  };
  gone.then(left, left);
}

function keep(path: string): void {
  forget(path);
  const second = `${path}.${crypto.randomUUID().slice(0, 8)}`;
  try {
    Deno.linkSync(path, second);
    kept.set(path, second);
  } catch {
    // It is gone, or we may not use another name: then Deno does as it does.
  }
}

function forget(path: string): void {
  const second = kept.get(path);
  if (second === undefined) return;
  kept.delete(path);
  Deno.removeSync(second);
}

/** Puts back what Deno has removed. */
function restore(path: string): void {
  const second = kept.get(path);
  if (second === undefined) return;
  try {
    if (identityOf(path) === undefined) Deno.linkSync(second, path);
    if (!leaving.has(path)) forget(path);
  } catch {
    // Somebody else has been at these names in the meantime.
  }
}
