/**
 * The language of `.netrc` files, as Python's `netrc` reads it since 3.11: who logs
 * in where, and with which password.
 *
 * @module
 */

import type { Origin } from "../errors.ts";

/** How to log in on one host. What the file does not say is empty. */
export interface Authenticators {
  /** The user. */
  readonly login: string;
  /** The account, which few servers ask for. */
  readonly account: string;
  /** The password. */
  readonly password: string;
}

/** What a file says. */
export interface NetrcEntries {
  /** How to log in, by host; `default` stands for every other. */
  readonly hosts: Map<string, Authenticators>;
  /** The lines of each macro, their LF included. */
  readonly macros: Map<string, string[]>;
}

/** A `.netrc` file makes no sense, or must not be trusted. Nothing of it is repeated: it holds passwords. */
export class NetrcParseError extends Error {
  /** The name of the class, as in every error. */
  override readonly name: string = "NetrcParseError";
  /** Who is to blame: the file is the caller's. */
  readonly origin: Origin = "usage";
  /** What is wrong. */
  readonly msg: string;
  /** The file, where it was one. */
  readonly filename: string | undefined;
  /** The line, where it is one, counted from 1. */
  readonly lineno: number | undefined;

  /**
   * Says what is wrong, and where.
   *
   * @param msg What is wrong.
   * @param filename The file.
   * @param lineno The line, counted from 1.
   */
  constructor(msg: string, filename?: string, lineno?: number) {
    const place = [filename, lineno === undefined ? undefined : `line ${lineno}`]
      .filter((part) => part !== undefined).join(", ");
    super(place === "" ? msg : `${msg} (${place})`);
    this.msg = msg;
    this.filename = filename;
    this.lineno = lineno;
  }
}

/**
 * Reads the text of a file.
 *
 * A word may stand between double quotes, with spaces in it; a backslash takes the
 * next character as it is. Where a keyword could stand, `#` begins a comment that
 * runs to the end of its line.
 *
 * @param text The text; lines may end in LF, CRLF or CR.
 * @param filename What errors call it.
 * @returns What it says. Of two entries for one host the last counts.
 * @throws {NetrcParseError} If it makes no sense.
 *
 * @example
 * ```ts
 * import { parseNetrc } from "https://tulip.example/protocols/text/netrc.ts";
 * import assert from "node:assert/strict";
 *
 * const { hosts } = parseNetrc('machine ftp.example login me password "a secret" # mine');
 * assert.equal(hosts.get("ftp.example")?.password, "a secret");
 * ```
 */
export function parseNetrc(text: string, filename?: string): NetrcEntries {
  const words = new Words(text.replace(/\r\n?/g, "\n"));
  const hosts = new Map<string, Authenticators>();
  const macros = new Map<string, string[]>();
  for (;;) {
    const word = words.keyword();
    // As in Python, an empty word ends the file like its end does.
    if (word === "") return { hosts, macros };
    if (word === "macdef") {
      macros.set(words.next(), readMacro(words, filename));
    } else if (word === "machine" || word === "default") {
      const host = word === "default" ? word : words.next();
      if (host === "") {
        throw new NetrcParseError("Expected a name after machine", filename, words.line);
      }
      hosts.set(host, readEntry(words, filename));
    } else {
      const message = "Expected machine, default or macdef";
      throw new NetrcParseError(message, filename, words.line);
    }
  }
}

/**
 * Writes entries as a file.
 *
 * @param entries What it shall say.
 * @returns The text: what {@linkcode parseNetrc} reads back. It holds the passwords.
 */
export function formatNetrc({ hosts, macros }: NetrcEntries): string {
  let text = "";
  for (const [host, { login, account, password }] of hosts) {
    text += host === "default" ? "default\n" : `machine ${quoteWord(host)}\n`;
    text += `\tlogin ${quoteWord(login)}\n`;
    if (account !== "") text += `\taccount ${quoteWord(account)}\n`;
    text += `\tpassword ${quoteWord(password)}\n`;
  }
  for (const [name, lines] of macros) {
    // Behind a quote the line goes on, and is the first of the macro: only an empty name needs one.
    const word = name === "" ? '""' : `${name.replace(/[\s"\\#]/g, "\\$&")}\n`;
    text += `macdef ${word}${lines.join("")}\n`;
  }
  return text;
}

const FIELDS: Readonly<Record<string, keyof Authenticators>> = {
  login: "login",
  user: "login",
  account: "account",
  password: "password",
};

function readEntry(words: Words, filename: string | undefined): Authenticators {
  const entry = { login: "", account: "", password: "" };
  for (;;) {
    const word = words.keyword();
    if (word === "" || word === "machine" || word === "default" || word === "macdef") {
      words.back(word);
      return entry;
    }
    if (!Object.hasOwn(FIELDS, word)) {
      const message = "Expected login, user, account or password; quote what has a space in it";
      throw new NetrcParseError(message, filename, words.line);
    }
    entry[FIELDS[word]!] = words.next();
  }
}

function readMacro(words: Words, filename: string | undefined): string[] {
  const lines: string[] = [];
  for (let line = words.restOfLine(); line !== "\n"; line = words.restOfLine()) {
    if (line === "") {
      throw new NetrcParseError("Expected an empty line after the macro", filename, words.line);
    }
    lines.push(line);
  }
  return lines;
}

/** The words of a text, one after the other. */
class Words {
  readonly #text: string;
  #at = 0;
  /** Up to where the lines were counted, and how many there were. */
  #counted = { at: 0, line: 1 };
  #back: string | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** The line that the last word is on, counted from 1. */
  get line(): number {
    // Behind the word stands what ended it, which may be the line's end.
    const end = Math.max(this.#at - 1, 0);
    let { at, line } = this.#counted;
    for (; at < end; at++) if (this.#text[at] === "\n") line++;
    this.#counted = { at, line };
    return line;
  }

  /** The next word; empty at the end. What ends it is taken too. */
  next(): string {
    const back = this.#back;
    this.#back = undefined;
    if (back !== undefined) return back;
    while (isSpace(this.#text[this.#at])) this.#at++;
    if (this.#text[this.#at] !== '"') return this.#until(isSpace);
    this.#at++;
    return this.#until((character) => character === '"');
  }

  /** The next word that begins no comment. */
  keyword(): string {
    for (;;) {
      const word = this.next();
      if (!word.startsWith("#")) return word;
      if (this.#text[this.#at - 1] !== "\n") this.restOfLine();
    }
  }

  /** Gives a word back, to be the next. */
  back(word: string): void {
    this.#back = word;
  }

  /** The rest of the line with its LF; empty at the end. */
  restOfLine(): string {
    const end = this.#text.indexOf("\n", this.#at);
    const line = this.#text.slice(this.#at, end < 0 ? undefined : end + 1);
    this.#at += line.length;
    return line;
  }

  #until(ends: (character: string) => boolean): string {
    let word = "";
    let from = this.#at;
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at]!;
      if (ends(character)) {
        return word + this.#text.slice(from, this.#at++);
      }
      if (character === "\\") {
        word += this.#text.slice(from, this.#at);
        from = ++this.#at;
      }
    }
    return word + this.#text.slice(from);
  }
}

function isSpace(character: string | undefined): boolean {
  return character === " " || character === "\t" || character === "\n" || character === "\r";
}

function quoteWord(word: string): string {
  return /^[^\s"\\#][^\s\\]*$/.test(word) ? word : `"${word.replace(/["\\]/g, "\\$&")}"`;
}
