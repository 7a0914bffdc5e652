/**
 * A server's side of FTP: what a line of the client asks for, and which file a
 * path means (RFC 959 §4.1, §5.3).
 *
 * @module
 */

import { ProtocolError } from "../errors.ts";
import { checkLimit } from "../limits.ts";
import { quote } from "../text/quote.ts";

/** A command of the client. */
export interface Command {
  /** The command, in upper case. */
  readonly verb: string;
  /** All that follows the first space, as it came: a path may begin or end with spaces. */
  readonly argument: string;
}

/** The client sent what is no command, or an argument that no command can have. */
export class CommandSyntaxError extends ProtocolError {
  /** The name of the class, as in every error. */
  override readonly name: string = "CommandSyntaxError";
  /** What to answer: 500, or 501 where it is the argument (RFC 959 §4.2.2). */
  readonly code: 500 | 501;

  /**
   * Says what was expected.
   *
   * @param message What was expected, and what came.
   * @param code What to answer.
   */
  constructor(message: string, code: 500 | 501 = 500) {
    super(message);
    this.code = code;
  }
}

/** The client sent a path that no file can have. Answer 553 or 550. */
export class PathError extends ProtocolError {
  /** The name of the class, as in every error. */
  override readonly name: string = "PathError";
}

/** Limits of {@linkcode parseCommand}. */
export interface CommandLimits {
  /**
   * The longest line in characters, its CRLF included.
   *
   * @default {4096}
   */
  maxLength?: number;
}

/**
 * Splits a line into command and argument.
 *
 * @param line The line, without its CRLF. The Telnet signals that some clients send before ABOR are
 * left out (RFC 959 §4.1.3).
 * @param limits How long a line may be.
 * @returns The command.
 * @throws {CommandSyntaxError} If there is no command in it, it is too long, or it holds CR, LF or
 * NUL.
 * @throws {RangeError} If a limit is no whole number of at least 1.
 *
 * @example
 * ```ts
 * import { parseCommand } from "https://tulip.example/protocols/ftp/session.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(parseCommand("retr  a.txt"), { verb: "RETR", argument: " a.txt" });
 * ```
 */
export function parseCommand(line: string, limits: CommandLimits = {}): Command {
  const maxLength = checkLimit("maxLength", limits.maxLength, 4096);
  if (line.length + 2 > maxLength) {
    throw new CommandSyntaxError(`A command may have ${maxLength} characters, the peer sends more`);
  }
  const text = withoutTelnet(line);
  const verb = /^[A-Za-z][A-Za-z0-9]{0,15}(?= |$)/.exec(text)?.[0];
  // The password, if this was PASS, is not repeated; the rest of such a line may be one.
  if (verb === undefined) {
    throw new CommandSyntaxError(`Expected a command, got ${quote(text, 40)}`);
  }
  // deno-lint-ignore no-control-regex
  if (/[\x00\n\r]/.test(text)) {
    throw new CommandSyntaxError(`Expected no CR, LF or NUL in ${verb.toUpperCase()}`, 501);
  }
  return { verb: verb.toUpperCase(), argument: text.slice(verb.length + 1) };
}

/**
 * Leaves out the Telnet signals that some clients send before a command: "interrupt process" and
 * "data mark" go before ABOR (RFC 959 §4.1.3).
 *
 * @param line The line, or as much of it as has come, in latin-1.
 * @returns What follows them.
 *
 * @example
 * ```ts
 * import { withoutTelnet } from "https://tulip.example/protocols/ftp/session.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(withoutTelnet("\xff\xf4\xff\xf2ABOR"), "ABOR");
 * ```
 */
export function withoutTelnet(line: string): string {
  return line.replace(TELNET, "");
}

/** Options of {@linkcode resolvePath}. */
export interface PathLimits {
  /**
   * The longest path in characters.
   *
   * @default {4096}
   */
  maxLength?: number;
}

/**
 * Finds which file a path means. Paths are virtual: `/` is the root of what the
 * session may see, and `..` never leaves it.
 *
 * A backslash is a character like others here. Whoever maps the result to a file
 * system that takes it for a separator has to refuse it, name by name.
 *
 * @param directory The current directory, absolute.
 * @param path The path, absolute or from there; `""` is the current directory.
 * @param limits How long a path may be.
 * @returns The absolute path, without `.`, `..`, and doubled or final slashes.
 * @throws {PathError} If the path holds a control character or is too long.
 * @throws {RangeError} If a limit is no whole number of at least 1.
 *
 * @example
 * ```ts
 * import { resolvePath } from "https://tulip.example/protocols/ftp/session.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(resolvePath("/pub", "a/../../b"), "/b");
 * assert.equal(resolvePath("/pub", "../../../etc/passwd"), "/etc/passwd");
 * ```
 */
export function resolvePath(directory: string, path: string, limits: PathLimits = {}): string {
  const maxLength = checkLimit("maxLength", limits.maxLength, 4096);
  const whole = path.startsWith("/") ? path : `${directory}/${path}`;
  if (whole.length > maxLength) {
    throw new PathError(`A path may have ${maxLength} characters, the peer sends more`);
  }
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x1f\x7f]/.test(path)) {
    throw new PathError(`Expected a path without control characters, got ${quote(path)}`);
  }
  const names: string[] = [];
  for (const name of whole.split("/")) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  }
  return `/${names.join("/")}`;
}

/** IAC and a signal, or IAC, a verb and an option (RFC 854), before the command. */
const TELNET = /^(?:\xff(?:[\xf0-\xfa]|[\xfb-\xfe][^]))+/;
