/**
 * The FTP server's commands that open a data connection: files and listings
 * (RFC 959 §4.1.3, RFC 3659).
 *
 * @module
 */

import { encodeLatin1 } from "../../../protocols/text/latin1.ts";
import type { FileReader, FileWriter } from "./filesystem.ts";
import { AsciiDecoder, AsciiEncoder } from "./ascii.ts";
import type { CommandTable } from "./command_table.ts";
import { FTPReplyError } from "./errors.ts";
import type { DataFlow } from "./flow.ts";
import { requireData, startTransfer } from "./flow.ts";
import type { ListingLines } from "./listing.ts";
import { listFacts, listLong, listNames } from "./listing.ts";
import type { FTPSessionState } from "./session.ts";

/** RETR to MLSD. */
export const transferCommands: CommandTable = {
  RETR: { run: retr, argument: "required", syntax: "file" },
  STOR: { run: stor, argument: "required", syntax: "file" },
  APPE: { run: appe, argument: "required", syntax: "file" },
  STOU: { run: stou, argument: "optional", syntax: "[file]" },
  LIST: { run: listing("LIST", listLong), argument: "optional", syntax: "[path]" },
  NLST: { run: listing("NLST", listNames), argument: "optional", syntax: "[path]" },
  MLSD: { run: listing("MLSD", listFacts), argument: "optional", syntax: "[directory]" },
};

const LARGEST_BUFFER = 262_144;

async function retr(session: FTPSessionState, argument: string): Promise<void> {
  const range = session.range;
  const offset = takeRestart(session) || (range?.start ?? 0);
  const path = session.allow("read", argument);
  requireData(session);
  const { type, size } = await session.status(path);
  if (type !== "file") throw new FTPReplyError(550, "Not a plain file");
  if (offset > size) throw new FTPReplyError(554, `The file ends at ${size}`);

  const end = Math.min(range?.end ?? size, size);
  const mischief = session.settings.mischief.data("RETR");
  const file = await session.filesystem.read(path, offset);
  // Of a part, or of text whose line ends change, servers disagree what the number means.
  const whole = session.type === "I" && offset === 0 && end === size;
  const told = mischief?.claimedSize ?? (whole ? size : undefined);
  const bytes = told === undefined ? "" : ` (${told} bytes)`;
  const encoder = session.type === "A" ? new AsciiEncoder() : undefined;
  startTransfer(session, {
    opening: `Opening ${typeName(session)} data connection${bytes}`,
    // A file that grows meanwhile is sent as far as it goes, a range no further than it was asked for.
    move: (flow) =>
      sendFile(file, flow, { size: end - offset, limited: range !== undefined, encoder }),
    close: () => file.close(),
    mischief,
    ended: tell(session, "retrieve", path),
  });
}

async function stor(session: FTPSessionState, argument: string): Promise<void> {
  const offset = takeRestart(session);
  const path = session.allow("write", argument);
  requireData(session);
  if (offset > 0) {
    const size = (await session.filesystem.stat(path))?.size ?? 0;
    if (offset > size) throw new FTPReplyError(554, `The file ends at ${size}`);
  }
  await receive(session, "STOR", { path, at: offset === 0 ? undefined : offset });
}

async function appe(session: FTPSessionState, argument: string): Promise<void> {
  takeRestart(session);
  const path = session.allow("append", argument);
  requireData(session);
  await receive(session, "APPE", { path, at: "end" });
}

async function stou(session: FTPSessionState, argument: string): Promise<void> {
  takeRestart(session);
  session.allow("write", argument || "file");
  requireData(session);
  const path = await unusedPath(session, argument || "file");
  // RFC 1123 §4.1.2.9 prescribes the words: a client reads the name from them.
  const opening = `FILE: ${path.slice(path.lastIndexOf("/") + 1)}`;
  await receive(session, "STOU", { path, at: undefined, opening });
}

async function receive(
  session: FTPSessionState,
  verb: "STOR" | "APPE" | "STOU",
  { path, at, opening }: { path: string; at: number | "end" | undefined; opening?: string },
): Promise<void> {
  const file = await session.filesystem.write(path, at);
  const decoder = session.type === "A" ? new AsciiDecoder() : undefined;
  startTransfer(session, {
    opening: opening ?? `Opening ${typeName(session)} data connection`,
    move: (flow) => receiveFile(file, flow, decoder),
    close: () => file.close(),
    ended: tell(session, "store", path),
    mischief: session.settings.mischief.data(verb),
  });
}

function listing(
  verb: "LIST" | "NLST" | "MLSD",
  lines: (session: FTPSessionState, argument: string) => Promise<ListingLines>,
): (session: FTPSessionState, argument: string) => Promise<void> {
  return async (session, argument) => {
    session.restart = 0;
    session.range = undefined;
    requireData(session);
    const listed = await lines(session, argument);
    startTransfer(session, {
      opening: "Here comes the listing",
      move: (flow) => sendLines(listed, flow, session.settings.encoding),
      close: async () => {
        await listed.return();
      },
      mischief: session.settings.mischief.data(verb),
    });
  };
}

async function sendFile(
  file: FileReader,
  flow: DataFlow,
  { size, limited, encoder }: { size: number; limited: boolean; encoder: AsciiEncoder | undefined },
): Promise<void> {
  // One byte more than the file has shows its end in the same read.
  const buffer = new Uint8Array(Math.min(size + 1, LARGEST_BUFFER));
  let left = limited ? size : Infinity;
  for (let count; left > 0 && (count = await file.read(buffer)) !== null;) {
    const bytes = buffer.subarray(0, Math.min(count, left));
    left -= bytes.length;
    await flow.send(encoder ? encoder.encode(bytes) : bytes);
  }
  await flow.finish();
}

async function receiveFile(
  file: FileWriter,
  flow: DataFlow,
  decoder: AsciiDecoder | undefined,
): Promise<void> {
  let buffer = new Uint8Array(16_384);
  for (let count; (count = await flow.receive(buffer)) !== null;) {
    const bytes = buffer.subarray(0, count);
    await file.write(decoder ? decoder.decode(bytes) : bytes);
    if (count === buffer.length && count < LARGEST_BUFFER) buffer = new Uint8Array(4 * count);
  }
  if (decoder) await file.write(decoder.end());
}

async function sendLines(
  lines: ListingLines,
  flow: DataFlow,
  encoding: "utf-8" | "latin-1",
): Promise<void> {
  let text = "";
  const flush = async () => {
    // deno-lint-ignore no-control-regex
    const narrow = () => encodeLatin1(text.replace(/[^\x00-\xff]/gu, "?"));
    await flow.send(encoding === "utf-8" ? new TextEncoder().encode(text) : narrow());
    text = "";
  };
  for await (const line of lines) {
    text += `${line}\r\n`;
    if (text.length > 32_768) await flush();
  }
  await flush();
  await flow.finish();
}

function takeRestart(session: FTPSessionState): number {
  const { restart: offset, range } = session;
  session.restart = 0;
  session.range = undefined;
  if ((offset > 0 || range) && session.type === "A") {
    throw new FTPReplyError(504, "Only binary transfers can be resumed: send TYPE I first");
  }
  return offset;
}

function typeName(session: FTPSessionState): string {
  return session.type === "A" ? "ASCII" : "binary";
}

function tell(
  { client, settings }: FTPSessionState,
  type: "retrieve" | "store",
  path: string,
): (bytes: number, error: unknown) => void {
  return (bytes, error) =>
    settings.tell(
      error === undefined
        ? { type, client, path, bytes }
        : { type: "broken", client, path, bytes, error },
    );
}

async function unusedPath(session: FTPSessionState, name: string): Promise<string> {
  const path = session.resolve(name);
  for (let number = 1; number <= 1000; number++) {
    const candidate = number === 1 ? path : `${path}.${number}`;
    if (!(await session.filesystem.stat(candidate))) return candidate;
  }
  throw new FTPReplyError(450, "No name is free");
}
