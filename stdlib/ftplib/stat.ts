/**
 * What an FTP server tells about one file: by MLST (RFC 3659 §7), by SIZE and
 * MDTM (§3, §4), or by a listing of the directory that it is in.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../loop/exceptions.ts";
import type { WaitOptions } from "../../loop/wait.ts";
import { command } from "../../protocols/ftp/commands.ts";
import { parseMlst } from "../../protocols/ftp/facts.ts";
import { parse257, parseMdtm, parseSize } from "../../protocols/ftp/replies.ts";
import { resolvePath } from "../../protocols/ftp/session.ts";
import type { Entry } from "../../protocols/ftp/types.ts";
import type { Reply } from "../../protocols/text/reply.ts";
import { ErrorPerm, parseReply, quoteCommand, replyError } from "./errors.ts";
import { type Features, featuresOf } from "./features.ts";
import { listEntries } from "./listing.ts";
import type { Session } from "./session.ts";
import type { MlsdOptions } from "./types.ts";

/** Options of `FTP.stat`, `FTP.exists` and `FTP.modified`: how LIST is read, where it comes to that. */
export type StatOptions = WaitOptions & Pick<MlsdOptions, "dialect" | "utcOffset">;

/**
 * Tells what a path leads to.
 *
 * @param session The session.
 * @param path The path.
 * @param options How long to wait for each reply.
 * @returns The entry, under the last name of the path.
 */
export async function stat(session: Session, path: string, options: StatOptions): Promise<Entry> {
  const encoding = session.options.encoding;
  command("MLST", path, encoding);
  const features = await featuresOf(session, options);
  if (features.supports("MLST")) {
    const reply = await session.exchange(`MLST ${path}`, options, "2345");
    if (!isNotKnown(reply)) return fromMlst(reply, path);
  }
  const asked = await askSize(session, path, { ...options, features });
  if ("entry" in asked) return asked.entry;
  const entry = await findInParent(session, path, options);
  if (entry !== undefined) return entry;
  if (asked.refusal !== undefined) throw replyError(asked.refusal, `SIZE ${path}`);
  throw new NotListedError(path);
}

/**
 * Tells whether an error says that there is no such file, or none that the session may see.
 *
 * @param error Whatever {@linkcode stat} threw.
 * @returns Whether it does.
 */
export function isNotThere(error: unknown): boolean {
  return error instanceof NotListedError || (error instanceof ErrorPerm && error.code === 550);
}

/** The directory can be listed, and the file is not in it. */
class NotListedError extends ErrorPerm {
  constructor(path: string) {
    const what = quoteCommand(`LIST ${path}`);
    super(`${what}: the directory has no such file, or none that it shows`, { command: what });
  }
}

function fromMlst(reply: Reply, path: string): Entry {
  const cmd = `MLST ${path}`;
  if (reply.code >= 300) throw replyError(reply, cmd);
  // Its role is one in a listing, and the name may be the whole path.
  const { role: _, ...entry } = parseReply(parseMlst, reply, cmd);
  return { ...entry, name: lastName(path) };
}

/** What SIZE and MDTM tell: only files have a size. */
async function askSize(
  session: Session,
  path: string,
  { features, ...options }: StatOptions & { features: Features },
): Promise<{ entry: Entry } | { refusal: Reply | undefined }> {
  if (features.size > 0 && !features.supports("SIZE")) return { refusal: undefined };
  const turn = await session.begin(`SIZE ${path}`, options);
  try {
    // The size depends on the representation, and some servers refuse to count lines.
    await session.represent("I", options);
    const reply = await session.ask(`SIZE ${path}`, options);
    if (reply.code !== 213) return { refusal: isNotKnown(reply) ? undefined : reply };
    const size = parseReply(parseSize, reply, `SIZE ${path}`);
    const time = await session.ask(`MDTM ${path}`, options);
    const known = time.code !== 213 ? {} : {
      modified: parseReply(parseMdtm, time, `MDTM ${path}`),
      precision: "second" as const,
    };
    return { entry: { name: lastName(path), type: "file", size, ...known, facts: new Map() } };
  } finally {
    turn.end();
  }
}

async function findInParent(
  session: Session,
  path: string,
  options: StatOptions,
): Promise<Entry | undefined> {
  let whole = path;
  if (/^\/*$|(?:^|\/)\.{1,2}\/*$/.test(path)) {
    // The path ends in no name, so that no listing has it: which directory is it?
    const directory = parseReply(parse257, await session.exchange("PWD", options), "PWD") ?? "/";
    whole = resolvePath(directory, path);
    if (whole === "/") return { name: lastName(path), type: "directory", facts: new Map() };
  }
  const name = lastName(whole);
  const parent = whole.replace(/\/*$/, "").slice(0, -name.length);
  const found = await findIn(session, withoutSlash(parent), name, options) ??
    (name.startsWith(".")
      ? await findHidden(session, withoutSlash(parent), name, options)
      : undefined);
  return found && { ...found, name: lastName(path) };
}

async function findIn(
  session: Session,
  directory: string,
  name: string,
  options: MlsdOptions & { hidden?: boolean },
): Promise<Entry | undefined> {
  return (await listEntries(session, directory, options)).find((entry) => entry.name === name);
}

/** Servers that list as `ls` does leave names with a dot out, unless they are asked for them. */
async function findHidden(
  session: Session,
  directory: string,
  name: string,
  options: StatOptions,
): Promise<Entry | undefined> {
  try {
    return await findIn(session, directory, name, { ...options, hidden: true });
  } catch (error) {
    rethrowIfCancelled(error, options.signal);
    if (!(error instanceof ErrorPerm)) throw error;
    return undefined;
  }
}

/** `a/` for `a`; `/` stays. */
function withoutSlash(directory: string): string {
  return directory.replace(/(?<=[^/])\/+$/, "");
}

/** The last name of a path: `b` of `/a/b/`, `/` of `/`. */
function lastName(path: string): string {
  return /([^/]+)\/*$/.exec(path)?.[1] ?? path;
}

function isNotKnown({ code }: Reply): boolean {
  return code === 500 || code === 502 || code === 504;
}
