/**
 * An FTP server that misbehaves on purpose: what it can be told to do wrong, for
 * tests of clients and of the code around them.
 *
 * @module
 */

import { checkLine } from "../../../protocols/text/guard.ts";

/** How often something goes wrong. */
export interface Occasions {
  /**
   * How many times, before all is well again.
   *
   * @default {Infinity}
   */
  times?: number;
  /**
   * How many times all is well before it begins.
   *
   * @default {0}
   */
  after?: number;
}

/** What is wrong with the reply to a command. */
export interface ReplyMischief extends Occasions {
  /** How long the server waits first, in milliseconds. */
  delay?: number;
  /** Lines that go before the reply, as they are: `"150 Too early"`. */
  prepend?: string | readonly string[];
  /** Lines in place of the reply, as they are. The command is not run. */
  replace?: string | readonly string[];
  /** Whether the lines of `replace` are repeated until the client is gone. */
  endless?: boolean;
  /** Whether nothing is said at all. The command is not run. */
  silent?: boolean;
  /** Lines that go behind the reply, in the same write. */
  append?: string | readonly string[];
  /** Whether the control connection is closed, instead of a reply or behind it. */
  close?: "instead" | "after";
}

/** What is wrong with the data connection of a command. */
export interface DataMischief extends Occasions {
  /** How many bytes of the file go over; then the connection ends. */
  truncateAfter?: number;
  /** After how many bytes the connection falls silent, and stays open. */
  stallAfter?: number;
  /**
   * How a connection ends that was cut: as at the end of a file, or without the
   * end of TLS (`close_notify`). In the clear there is no difference.
   *
   * @default {"cut"}
   */
  ending?: "clean" | "cut";
  /** The place of a byte, from 0, that arrives changed. */
  flip?: number;
  /** The size that the 150 reply tells, in place of the right one. */
  claimedSize?: number;
  /**
   * The line that ends the transfer, in place of the right one: `"226 Done"` is a
   * lie about one that was cut; `false` for none at all.
   */
  finalReply?: string | false;
}

/** What is wrong with the answers to PASV and EPSV. */
export interface PassiveMischief extends Occasions {
  /** The address that PASV tells. */
  hostname?: string;
  /** The port that both tell: one where nobody listens, say. */
  port?: number;
}

/** What is wrong with the TLS handshake. */
export interface TlsMischief extends Occasions {
  /**
   * Which connections it is about.
   *
   * @default {"both"}
   */
  on?: "control" | "data" | "both";
  /** The connection is closed, falls silent, or goes on in the clear, where TLS should begin. */
  how: "close" | "silent" | "plaintext";
}

/**
 * What an FTP server does wrong. Commands are named in upper case; `"*"` stands
 * for all that are not named. What is not said stays right.
 */
export interface FTPMisbehaviour {
  /** Replies by command; `"connect"` is the greeting. */
  replies?: Readonly<Record<string, ReplyMischief>>;
  /** Data connections by command: `RETR`, `STOR`, `APPE`, `STOU`, `LIST`, `NLST`, `MLSD`. */
  data?: Readonly<Record<string, DataMischief>>;
  /** The answers to PASV and EPSV. */
  passive?: PassiveMischief;
  /** TLS handshakes. */
  tls?: TlsMischief;
  /** All replies go out in pieces of so many bytes, with so many milliseconds behind each. */
  trickle?: { bytes: number; pause: number };
}

/** What the server is told to do wrong at the moment, for all its sessions. */
export class Mischief {
  #told: FTPMisbehaviour = {};
  #used = new Map<Occasions, number>();

  /**
   * Begins.
   *
   * @param told What is to go wrong, in place of all that was told before.
   * @throws {TypeError} If a line contains CR, LF or NUL.
   */
  tell(told: FTPMisbehaviour): void {
    for (const { prepend, replace, append } of Object.values(told.replies ?? {})) {
      for (const line of [prepend, replace, append].flatMap(linesOf)) checkLine("reply", line);
    }
    for (const { finalReply } of Object.values(told.data ?? {})) {
      if (typeof finalReply === "string") checkLine("finalReply", finalReply);
    }
    const { bytes, pause } = told.trickle ?? { bytes: 1, pause: 0 };
    if (!(Number.isInteger(bytes) && bytes >= 1 && pause >= 0)) {
      throw new RangeError(`Cannot send replies in pieces of ${bytes} bytes, ${pause} ms apart`);
    }
    this.#told = told;
    this.#used = new Map();
  }

  /** What is wrong with the next reply to a command. */
  reply(verb: string): ReplyMischief | undefined {
    return this.#next(named(this.#told.replies, verb));
  }

  /** What is wrong with the next data connection of a command. */
  data(verb: string): DataMischief | undefined {
    return this.#next(named(this.#told.data, verb));
  }

  /** What is wrong with the next answer to PASV or EPSV. */
  passive(): PassiveMischief | undefined {
    return this.#next(this.#told.passive);
  }

  /** What is wrong with the next handshake. */
  tls(on: "control" | "data"): TlsMischief | undefined {
    const { tls } = this.#told;
    return tls && (tls.on ?? "both") !== "both" && tls.on !== on ? undefined : this.#next(tls);
  }

  /** In what pieces replies go out. */
  get trickle(): FTPMisbehaviour["trickle"] {
    return this.#told.trickle;
  }

  #next<Kind extends Occasions>(mischief: Kind | undefined): Kind | undefined {
    if (mischief === undefined) return undefined;
    const { times = Infinity, after = 0 } = mischief;
    const used = this.#used.get(mischief) ?? 0;
    this.#used.set(mischief, used + 1);
    return used >= after && used < after + times ? mischief : undefined;
  }
}

/** The lines of what is one line or several. */
export function linesOf(lines: string | readonly string[] | undefined): readonly string[] {
  return lines === undefined ? [] : typeof lines === "string" ? [lines] : lines;
}

function named<Kind>(
  table: Readonly<Record<string, Kind>> | undefined,
  verb: string,
): Kind | undefined {
  if (table === undefined) return undefined;
  if (Object.hasOwn(table, verb)) return table[verb];
  return Object.hasOwn(table, "*") ? table["*"] : undefined;
}
