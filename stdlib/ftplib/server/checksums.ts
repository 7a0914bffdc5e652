/**
 * The FTP server's commands for checksums: HASH (draft-bryan-ftpext-hash), RANG
 * (draft-bryan-ftp-range), MD5 (draft-twine-ftpmd5), and XCRC and its like,
 * which no document describes.
 *
 * @module
 */

import type { HashAlgorithm } from "../../../protocols/ftp/checksums.ts";
import { formatHash } from "../../../protocols/ftp/checksums.ts";
import type { CommandTable, FTPCommand } from "./command_table.ts";
import { FTPReplyError } from "./errors.ts";
import type { FTPSessionState } from "./session.ts";

/** What can be counted. */
export const HASHES: readonly HashAlgorithm[] = ["SHA-512", "SHA-256", "SHA-1", "MD5", "CRC32"];

/** RANG to XSHA512. */
export const checksumCommands: CommandTable = {
  RANG: { run: rang, argument: "required", syntax: "first last" },
  HASH: { run: hash, argument: "required", syntax: "file" },
  MD5: { run: md5, argument: "required", syntax: "file" },
  XCRC: counted("CRC32"),
  XMD5: counted("MD5"),
  XSHA: counted("SHA-1"),
  XSHA1: counted("SHA-1"),
  XSHA256: counted("SHA-256"),
  XSHA512: counted("SHA-512"),
};

/**
 * Finds a checksum by its name.
 *
 * @param name With a hyphen or without.
 */
export function hashNamed(name: string): HashAlgorithm | undefined {
  const plain = (text: string) => text.toUpperCase().replace("-", "");
  return HASHES.find((algorithm) => plain(algorithm) === plain(name));
}

const BUFFER = 262_144;

interface Range {
  readonly start: number;
  readonly end: number;
}

function rang(session: FTPSessionState, argument: string): void {
  const found = /^(\d{1,15}) (\d{1,15})$/.exec(argument);
  if (!found) throw new FTPReplyError(501, "Expected the first and the last byte");
  const [first, last] = [Number(found[1]), Number(found[2])];
  if (session.type === "A") throw new FTPReplyError(504, "Ranges are in binary: send TYPE I first");
  session.restart = 0;
  if (first === 1 && last === 0) {
    session.range = undefined;
    session.channel.reply(350, "The whole file");
    return;
  }
  if (last < first) throw new FTPReplyError(501, "The last byte is before the first");
  session.range = { start: first, end: last + 1 };
  session.channel.reply(350, `Bytes ${first} to ${last}`);
}

async function hash(session: FTPSessionState, name: string): Promise<void> {
  const asked = session.range;
  session.range = undefined;
  const path = session.allow("read", name);
  const size = await sizeOf(session, path);
  const range = { start: asked?.start ?? 0, end: Math.min(asked?.end ?? size, size) };
  if (range.start > range.end) throw new FTPReplyError(501, `The file ends at ${size}`);
  const algorithm = session.hashAlgorithm;
  const hex = await count(session, { path, algorithm, range });
  // Of no bytes at all there is no last one.
  const told = { first: range.start, last: Math.max(range.start, range.end - 1) };
  session.channel.send(formatHash({ algorithm, range: told, hex }, name));
}

async function md5(session: FTPSessionState, argument: string): Promise<void> {
  const path = session.allow("read", unquoted(argument));
  const range = { start: 0, end: await sizeOf(session, path) };
  const hex = await count(session, { path, algorithm: "MD5", range });
  session.channel.reply(251, `${argument} ${hex.toUpperCase()}`);
}

function counted(algorithm: HashAlgorithm): FTPCommand {
  const run = async (session: FTPSessionState, argument: string) => {
    const [name, from, to] = await split(session, argument);
    const path = session.allow("read", name);
    const size = await sizeOf(session, path);
    const [start, end] = [Number(from ?? 0), Number(to ?? size)];
    if (start > end || end > size) throw new FTPReplyError(501, `The file ends at ${size}`);
    const hex = await count(session, { path, algorithm, range: { start, end } });
    session.channel.reply(250, hex.toUpperCase());
  };
  return { run, argument: "required", syntax: "file [start [end]]" };
}

async function count(
  { filesystem, channel }: FTPSessionState,
  { path, algorithm, range }: { path: string; algorithm: HashAlgorithm; range: Range },
): Promise<string> {
  const { hash } = filesystem;
  if (hash) return (await hash.call(filesystem, path, algorithm, range)).toLowerCase();
  const { hasher } = await import("../hashes.ts");
  const counter = await hasher(algorithm);
  const file = await filesystem.read(path, range.start);
  try {
    let left = range.end - range.start;
    const buffer = new Uint8Array(Math.max(1, Math.min(left, BUFFER)));
    while (left > 0 && !channel.closed) {
      const count = await file.read(buffer.subarray(0, Math.min(left, buffer.length)));
      if (count === null) throw new FTPReplyError(450, "The file has become shorter meanwhile");
      counter.update(buffer.subarray(0, count));
      left -= count;
    }
  } finally {
    await file.close();
  }
  return counter.hex().toLowerCase();
}

async function sizeOf(session: FTPSessionState, path: string): Promise<number> {
  const { type, size } = await session.status(path);
  if (type !== "file") throw new FTPReplyError(550, "Not a plain file");
  return size;
}

/** A name may stand in quotes, and numbers behind it; where a file has the whole for a name, that is meant. */
async function split(
  session: FTPSessionState,
  argument: string,
): Promise<[name: string, start?: string, end?: string]> {
  const quoted = /^"(.+)"(?: +(\d{1,15}))?(?: +(\d{1,15}))?$/.exec(argument);
  if (quoted) return [quoted[1] as string, quoted[2], quoted[3]];
  const bare = /^(.+?) +(\d{1,15})(?: +(\d{1,15}))?$/.exec(argument);
  if (!bare || await session.filesystem.stat(session.resolve(argument))) return [argument];
  return [bare[1] as string, bare[2], bare[3]];
}

function unquoted(argument: string): string {
  return /^"(.+)"$/.exec(argument)?.[1] ?? argument;
}
