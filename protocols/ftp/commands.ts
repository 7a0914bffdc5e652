/**
 * The commands of FTP, as a client sends them (RFC 959 §4.1, RFC 2428, RFC 3659).
 *
 * Every one is built here, so that no argument can end its line and become a
 * second command.
 *
 * @module
 */

import { checkLine } from "../text/guard.ts";
import { quote } from "../text/quote.ts";
import { formatExtended, formatHostPort, type HostPort } from "./addresses.ts";
import { formatTimeVal } from "./time_val.ts";

/**
 * Builds a command.
 *
 * @param verb The command, such as `"RETR"`.
 * @param argument Its argument, as it is: spaces at its ends belong to it.
 * @param encoding How the line will be encoded.
 * @returns The line, without CRLF.
 * @throws {TypeError} If the verb is not made of letters and digits, the argument is empty, or it
 * holds CR, LF or NUL, or what the encoding cannot carry.
 *
 * @example
 * ```ts
 * import { command } from "https://tulip.example/protocols/ftp/commands.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(command("RETR", "a b.txt"), "RETR a b.txt");
 * assert.throws(() => command("DELE", "a\r\nRMD b"), TypeError);
 * ```
 */
export function command(
  verb: string,
  argument?: string,
  encoding: "utf-8" | "latin-1" = "utf-8",
): string {
  if (!/^[A-Za-z][A-Za-z0-9]{2,15}$/.test(verb)) {
    throw new TypeError(`Cannot send ${quote(verb)} as a command: need letters and digits`);
  }
  if (argument === undefined) return verb;
  checkLine(`the argument of ${verb}`, argument, encoding);
  // Some commands mean something else without one: "LIST" lists the current directory.
  if (argument === "") throw new TypeError(`Cannot send ${verb} with an empty argument`);
  return `${verb} ${argument}`;
}

/**
 * Builds PORT (RFC 959 §4.1.2).
 *
 * @param address Where the server shall connect to: an IPv4 address.
 * @returns The line, without CRLF.
 * @throws {TypeError} If the host is no IPv4 address.
 * @throws {RangeError} If there is no such port.
 */
export function portCommand(address: HostPort): string {
  return `PORT ${formatHostPort(address)}`;
}

/**
 * Builds EPRT (RFC 2428 §2).
 *
 * @param address Where the server shall connect to: an IPv4 or IPv6 address.
 * @returns The line, without CRLF.
 * @throws {TypeError} If the host is no address.
 * @throws {RangeError} If there is no such port.
 */
export function eprtCommand(address: HostPort): string {
  return `EPRT ${formatExtended(address)}`;
}

/**
 * Builds REST, which begins the next transfer in the middle of the file
 * (RFC 3659 §5).
 *
 * @param offset The first byte to transfer.
 * @returns The line, without CRLF.
 * @throws {RangeError} If the offset is no whole number of at least 0.
 */
export function restCommand(offset: number): string {
  if (!Number.isSafeInteger(offset) || offset < 0) {
    throw new RangeError(`Cannot begin a transfer at byte ${offset}: need a whole number from 0`);
  }
  return `REST ${offset}`;
}

/**
 * Builds MFMT, which sets when a file was last changed
 * (draft-somers-ftp-mfxx §3).
 *
 * @param path The file.
 * @param modified The time, in whole seconds: a fraction is left out.
 * @param encoding How the line will be encoded.
 * @returns The line, without CRLF.
 * @throws {TypeError} If the path is empty or holds CR, LF or NUL.
 * @throws {RangeError} If the date is invalid or not between the years 0 and 9999.
 */
export function mfmtCommand(
  path: string,
  modified: Date,
  encoding: "utf-8" | "latin-1" = "utf-8",
): string {
  command("MFMT", path, encoding);
  return command("MFMT", `${formatTimeVal(modified).slice(0, 14)} ${path}`, encoding);
}

/**
 * Builds OPTS MLST, which chooses the facts that MLSD and MLST tell
 * (RFC 3659 §7.9).
 *
 * @param facts Their names, such as `"size"`.
 * @returns The line, without CRLF.
 * @throws {TypeError} If a name is empty or holds what cannot stand in one.
 */
export function mlstOptionsCommand(facts: readonly string[]): string {
  for (const fact of facts) {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(fact)) {
      throw new TypeError(`Cannot ask for the fact ${quote(fact)}: need letters, digits, . _ -`);
    }
  }
  return ["OPTS MLST", facts.map((fact) => `${fact};`).join("")].join(" ").trimEnd();
}
