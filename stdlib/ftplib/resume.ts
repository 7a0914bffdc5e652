/**
 * Going on where a transfer stopped: whether what is there is the beginning of
 * the file that it shall become.
 *
 * @module
 */

import type { WaitOptions } from "../../loop/wait.ts";
import { ReplySyntaxError } from "../../protocols/text/reply.ts";
import { parseMdtm } from "../../protocols/ftp/replies.ts";
import { ErrorPerm, FTPError } from "./errors.ts";
import type { Session } from "./session.ts";
import type { ResumeCheck } from "./types.ts";

/** What tells one state of a file on the server from another, as far as the server says. */
export interface RemoteFile {
  /** Its size in bytes. */
  readonly size?: number;
  /** When it was modified. */
  readonly modified?: Date;
}

/** What is kept beside a `.part` of the file that it is the beginning of. */
export interface PartNote {
  /** The path of the file, as it was given. */
  readonly path: string;
  /** Its size. */
  readonly size?: number;
  /** When it was modified, in milliseconds since 1970. */
  readonly modified?: number;
  /** The pieces of it that are there, from the first byte to the one behind the last, if not all. */
  readonly pieces?: readonly (readonly [from: number, to: number])[];
}

/**
 * Reads the option `resume`.
 *
 * @param resume What was given.
 * @returns What has to hold; `undefined` where a transfer starts over in any case.
 * @throws {TypeError} If there is no such check.
 */
export function resumeCheck(resume: boolean | ResumeCheck | undefined): ResumeCheck | undefined {
  if (resume === undefined || resume === false) return undefined;
  if (resume === true) return "modified";
  if (resume === "size" || resume === "modified" || resume === "checksum") return resume;
  throw new TypeError(
    `Cannot resume by ${JSON.stringify(resume)}: need true, "size", "modified" or "checksum"`,
  );
}

/**
 * Asks what a file is like now (`SIZE`, `MDTM`).
 *
 * @param session The session.
 * @param path The file.
 * @param wait How long to wait for each reply.
 * @returns What the server says, and nothing of what it does not know.
 */
export async function remoteFile(
  session: Session,
  path: string,
  wait: WaitOptions,
): Promise<RemoteFile> {
  const turn = await session.begin(`SIZE ${path}`, wait);
  try {
    await session.represent("I", wait);
    const size = await session.sizeOf(path, wait);
    return { size, modified: await askModified(session, path, wait) };
  } finally {
    turn.end();
  }
}

/**
 * Asks when a file was modified (`MDTM`).
 *
 * @param session The session.
 * @param path The file.
 * @param wait How long to wait.
 * @returns The time, if the server tells.
 */
export async function remoteModified(
  session: Session,
  path: string,
  wait: WaitOptions,
): Promise<Date | undefined> {
  const turn = await session.begin(`MDTM ${path}`, wait);
  try {
    return await askModified(session, path, wait);
  } finally {
    turn.end();
  }
}

/** Sessions whose server does not know MDTM. */
const WITHOUT_MDTM = new WeakSet<Session>();

async function askModified(
  session: Session,
  path: string,
  wait: WaitOptions,
): Promise<Date | undefined> {
  if (WITHOUT_MDTM.has(session)) return undefined;
  const reply = await session.ask(`MDTM ${path}`, wait);
  if (reply.code === 500 || reply.code === 502) WITHOUT_MDTM.add(session);
  if (reply.code !== 213) return undefined;
  try {
    return parseMdtm(reply);
  } catch (error) {
    // A time that cannot be read is as good as none.
    if (error instanceof ReplySyntaxError) return undefined;
    throw error;
  }
}

/**
 * Tells whether a file is as it was.
 *
 * @param before What it was like.
 * @param now What it is like.
 * @returns Whether nothing differs of what is known of both.
 */
export function isUnchanged(before: RemoteFile, now: RemoteFile): boolean {
  const [then, since] = [before.modified?.getTime(), now.modified?.getTime()];
  return (before.size === undefined || now.size === undefined || before.size === now.size) &&
    (then === undefined || since === undefined || then === since);
}

/**
 * Writes what is kept beside a `.part`.
 *
 * @param path The file on the server.
 * @param file What it is like.
 * @param pieces The pieces that are there.
 * @returns What is kept.
 */
export function noteOf(path: string, file: RemoteFile, pieces?: PartNote["pieces"]): PartNote {
  return { path, size: file.size, modified: file.modified?.getTime(), pieces };
}

/**
 * Reads what was kept beside a `.part`.
 *
 * @param note Whatever lay there.
 * @returns What was kept; `undefined` if it is none of ours.
 */
export function parseNote(note: unknown): PartNote | undefined {
  if (typeof note !== "object" || note === null) return undefined;
  const { path, size, modified, pieces } = note as Record<string, unknown>;
  const sound = typeof path === "string" && isCount(size) &&
    (modified === undefined || Number.isFinite(modified)) &&
    (pieces === undefined || arePieces(pieces, size));
  return sound ? { path, size, modified, pieces } as PartNote : undefined;
}

/**
 * Tells whether a note is about the file as it is now.
 *
 * @param note What was kept.
 * @param path The file on the server.
 * @param now What it is like now.
 * @returns Whether it is.
 */
export function isAbout(note: PartNote, path: string, now: RemoteFile): boolean {
  const { size, modified } = note;
  const date = modified === undefined ? undefined : new Date(modified);
  return note.path === path && isUnchanged({ size, modified: date }, now);
}

/**
 * Tells whether an error says that a transfer can only begin at the beginning: the server refuses
 * `REST`, or what follows it.
 *
 * @param error Whatever was thrown.
 * @returns Whether it says so.
 */
export function refusesRestart(error: unknown): boolean {
  return error instanceof ErrorPerm && error.command !== undefined &&
    /^REST /i.test(error.command);
}

/**
 * Tells whether an error is a refusal of the server, of a command that it has read.
 *
 * @param error Whatever was thrown.
 * @returns Whether it is.
 */
export function isRefusal(error: unknown): error is FTPError {
  return error instanceof FTPError && error.code !== undefined && error.code >= 400 &&
    error.code !== 421;
}

function isCount(value: unknown): boolean {
  return value === undefined || (Number.isSafeInteger(value) && value as number >= 0);
}

/** Pieces in their order, of a file of that size, that do not overlap. */
function arePieces(pieces: unknown, size: unknown): boolean {
  if (!Array.isArray(pieces) || typeof size !== "number") return false;
  let end = 0;
  return pieces.every((piece) => {
    if (!Array.isArray(piece) || piece.length !== 2) return false;
    const [from, to] = piece;
    const sound = Number.isSafeInteger(from) && Number.isSafeInteger(to) &&
      end <= from && from <= to && to <= size;
    end = to;
    return sound;
  });
}
