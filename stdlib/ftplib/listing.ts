/**
 * Listings: the lines of LIST and NLST (RFC 959 §4.1.3), the entries of MLSD
 * (RFC 3659 §7), and LIST read as entries where the server has no MLSD.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../loop/exceptions.ts";
import type { WaitOptions } from "../../loop/wait.ts";
import { mlstOptionsCommand } from "../../protocols/ftp/commands.ts";
import { parseFacts } from "../../protocols/ftp/facts.ts";
import { ListReader } from "../../protocols/ftp/list_reader.ts";
import type { Entry } from "../../protocols/ftp/types.ts";
import { ProtocolError } from "../../protocols/errors.ts";
import { checkLimit } from "../../protocols/limits.ts";
import type { Reply } from "../../protocols/text/reply.ts";
import { latin1ToUtf8 } from "../../protocols/text/utf8.ts";
import { Awaitable } from "./awaitable.ts";
import { restOf } from "./callback.ts";
import { DataTransfer } from "./data_transfer.ts";
import { FTPError, isUnknownCommand, quoteCommand, TooLargeError } from "./errors.ts";
import type { Session } from "./session.ts";
import type { LinesOptions, MlsdOptions } from "./types.ts";

/** How a {@linkcode Listing} comes to its lines; what the client gives it. */
export interface ListingSource<T> {
  /** The command, for messages. */
  readonly command: string;
  /** The most bytes that awaiting collects. */
  readonly maxBytes: number;
  /** Begins the transfer, and says how each line is to be read. */
  begin(interactive: boolean): Promise<{
    transfer: DataTransfer;
    /** The item of a line; `undefined` where it has none; `null` where it makes no sense. */
    read: (line: string) => T | undefined | null;
  }>;
}

/**
 * A listing. Nothing is sent before it is first used, in one of these ways:
 *
 * - `await listing` gives the whole as an array, up to `maxBytes`;
 * - `for await (const item of listing)` gives items as they arrive, in constant memory. While it
 *   runs, the session does nothing else: other calls throw `SessionBusyError`.
 */
export class Listing<T> extends Awaitable<T[]> implements AsyncIterable<T> {
  /** Lines that make no sense in any known dialect, up to a hundred of them. */
  readonly unknown: string[] = [];
  readonly #source: ListingSource<T>;
  #used = false;
  #whole: Promise<T[]> | undefined;

  /**
   * Made by `FTP.nlst`, `FTP.dir` and `FTP.mlsd`.
   *
   * @param source How to come to the lines.
   */
  constructor(source: ListingSource<T>) {
    super();
    this.#source = source;
  }

  /** Iterates over the items as they arrive. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    this.#use();
    const { transfer, read } = await this.#source.begin(true);
    try {
      for (;;) {
        const line = transfer.takeLine() ?? await transfer.nextLine();
        if (line === null) break;
        const item = this.#item(line, read);
        if (item !== undefined) yield item;
      }
      await transfer.finish();
    } finally {
      transfer.breakOff();
    }
  }

  /** Begins, and collects the whole. */
  protected override whole(): Promise<T[]> {
    return this.#whole ??= this.#collect();
  }

  async #collect(): Promise<T[]> {
    this.#use();
    const { transfer, read } = await this.#source.begin(false);
    try {
      const items: T[] = [];
      let size = 0;
      for (;;) {
        const line = transfer.takeLine() ?? await transfer.nextLine();
        if (line === null) break;
        size += Math.max(line.length + 2, LEAST_SIZE);
        if (size > this.#source.maxBytes) throw this.#tooLarge();
        const item = this.#item(line, read);
        if (item !== undefined) items.push(item);
      }
      await transfer.finish();
      return items;
    } finally {
      transfer.breakOff();
    }
  }

  #use(): void {
    const { command } = this.#source;
    if (this.#used) {
      throw new FTPError(`${quoteCommand(command)}: the listing was taken already`, {
        origin: "usage",
        command,
      });
    }
    this.#used = true;
  }

  #item(line: string, read: (line: string) => T | undefined | null): T | undefined {
    const item = read(line);
    if (item !== null) return item;
    if (this.unknown.length < 100) this.unknown.push(line);
    return undefined;
  }

  #tooLarge(): TooLargeError {
    const { command, maxBytes } = this.#source;
    return new TooLargeError(
      `${quoteCommand(command)}: the listing has more than ${maxBytes} bytes; iterate over it, ` +
        "or raise maxBytes",
      "maxBytes",
      maxBytes,
      { command },
    );
  }
}

// An entry takes memory, and time to be read, however short its line is.
const LEAST_SIZE = 128;

/**
 * Reads lines of text, and gives each to a callback.
 *
 * @returns The reply that ended the transfer.
 */
export async function retrieveLines(
  session: Session,
  command: string,
  callback: (line: string) => void | PromiseLike<void>,
  options: WaitOptions,
): Promise<Reply> {
  const transfer = await beginLines(session, command, options, true);
  try {
    for (;;) {
      const line = transfer.takeLine() ?? await transfer.nextLine();
      if (line === null) break;
      const rest = restOf(callback(textOf(session, line)), options);
      if (rest !== undefined) await rest;
    }
    return await transfer.finish();
  } finally {
    transfer.breakOff();
  }
}

/** The lines of a listing as they are. */
export function listLines(
  session: Session,
  command: string,
  options: LinesOptions,
): Listing<string> {
  return new Listing({
    command,
    maxBytes: listingLimit(options),
    begin: async (interactive) => ({
      transfer: await beginLines(session, command, options, interactive),
      read: (line) => textOf(session, line),
    }),
  });
}

/** The entries of a directory; with the hidden ones of a server that has no MLSD, if asked. */
export function listEntries(
  session: Session,
  path: string,
  options: MlsdOptions & { hidden?: boolean },
): Listing<Entry> {
  const command = path === "" ? "MLSD" : `MLSD ${path}`;
  const { dialect, utcOffset } = options;
  const reader = new ListReader({ now: new Date(), dialect, utcOffset });
  return new Listing({
    command,
    maxBytes: listingLimit(options),
    begin: async (interactive) => {
      if (!session.lacksMlsd) {
        try {
          await chooseFacts(session, options);
          const transfer = await beginLines(session, command, options, interactive);
          return { transfer, read: (line) => readFacts(textOf(session, line)) };
        } catch (error) {
          rethrowIfCancelled(error, options.signal);
          if (!isUnknownCommand(error)) throw error;
          session.lacksMlsd = true;
        }
      }
      const transfer = await beginLines(
        session,
        listCommand(path, options.hidden),
        options,
        interactive,
      );
      return { transfer, read: (line) => readListLine(reader, textOf(session, line)) };
    },
  });
}

async function chooseFacts(session: Session, options: MlsdOptions): Promise<void> {
  if (!options.facts?.length) return;
  await session.exchange(mlstOptionsCommand(options.facts), options);
}

function beginLines(
  session: Session,
  command: string,
  { signal, timeout }: WaitOptions,
  interactive: boolean,
): Promise<DataTransfer> {
  return DataTransfer.begin(session, { command, type: "A", signal, timeout, interactive });
}

/** Most servers give LIST's argument to ls, which would take a leading `-` for options. */
function listCommand(path: string, hidden = false): string {
  const verb = hidden ? "LIST -a" : "LIST";
  if (path === "") return verb;
  return path.startsWith("-") ? `${verb} ./${path}` : `${verb} ${path}`;
}

/** Entries that are no children of the directory are left out, as LIST leaves them out. */
function readFacts(line: string): Entry | undefined | null {
  if (line === "") return undefined;
  try {
    const entry = parseFacts(line);
    return isChild(entry) ? entry : undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}

function readListLine(reader: ListReader, line: string): Entry | undefined | null {
  const read = reader.push(line);
  if (read.kind !== "entry") return read.kind === "unknown" ? null : undefined;
  return isChild(read.entry) ? read.entry : undefined;
}

function isChild({ name, role }: Entry): boolean {
  return role === undefined && name !== "." && name !== "..";
}

function textOf(session: Session, line: string): string {
  return session.options.encoding === "latin-1" ? line : latin1ToUtf8(line, "keep");
}

function listingLimit(options: LinesOptions): number {
  return checkLimit("maxBytes", options.maxBytes, 33_554_432);
}
