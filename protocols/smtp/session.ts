/**
 * A server's side of the dialogue: what a line of the client asks for, and
 * whether it may be asked for now (RFC 5321 §4.1.1, §4.1.4, §4.3.2; RFC 2033;
 * RFC 3030; RFC 3207; RFC 4954).
 *
 * @module
 */

import { ProtocolError } from "../errors.ts";
import { checkLimit } from "../limits.ts";
import { Base64Error, decodeBase64 } from "../text/base64.ts";
import { quote } from "../text/quote.ts";
import type { Reply } from "../text/reply.ts";
import { isDomainOrLiteral, type Mailbox, parsePath } from "./address.ts";
import {
  type MailParameters,
  ParameterSyntaxError,
  type RcptParameters,
  readMailParameters,
  readRcptParameters,
  splitParameters,
} from "./parameters.ts";

/** A command of the client. */
export interface Command {
  /** The command, in upper case. */
  readonly verb: string;
  /** All that follows the space, without spaces at its ends; `""` where there is nothing. */
  readonly argument: string;
}

/** A command is refused. What to answer stands in `reply`. */
export class CommandError extends ProtocolError {
  /** The name of the class, as in every error. */
  override readonly name: string = "CommandError";
  /** What to answer. */
  readonly reply: Reply;

  /**
   * Says what to answer.
   *
   * @param code The three-digit code.
   * @param text The text, with its enhanced status code.
   * @param options The cause.
   */
  constructor(code: number, text: string, options?: ErrorOptions) {
    super(`${code} ${text}`, options);
    this.reply = { code, lines: [text] };
  }
}

/** Limits of {@linkcode parseCommand}. */
export interface CommandLimits {
  /**
   * The longest line in bytes, its CRLF included. RFC 5321 §4.5.3.1.4 asks for
   * 512, extensions add to it, and RFC 4954 §4 asks for 12288 in AUTH.
   *
   * @default {2048}
   */
  maxLength?: number;
  /**
   * The longest line of AUTH.
   *
   * @default {12288}
   */
  maxAuthLength?: number;
}

/**
 * Splits a line into command and argument.
 *
 * @param line The line, without its CRLF.
 * @param limits How long a line may be.
 * @returns The command.
 * @throws {CommandError} 500 if there is no command in the line, it holds a control character, or
 * it is too long.
 * @throws {RangeError} If a limit is no whole number of at least 1.
 *
 * @example
 * ```ts
 * import { parseCommand } from "https://tulip.example/protocols/smtp/session.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(parseCommand("mail FROM:<a@example.org>"), {
 *   verb: "MAIL",
 *   argument: "FROM:<a@example.org>",
 * });
 * ```
 */
export function parseCommand(line: string, limits: CommandLimits = {}): Command {
  const maxLength = checkLimit("maxLength", limits.maxLength, 2048);
  const maxAuthLength = checkLimit("maxAuthLength", limits.maxAuthLength, 12_288);
  const verb = /^[A-Za-z][A-Za-z0-9-]{0,31}(?= |$)/.exec(line)?.[0].toUpperCase();
  if (line.length + 2 > (verb === "AUTH" ? maxAuthLength : maxLength)) {
    throw new CommandError(500, "5.5.6 Line too long");
  }
  // deno-lint-ignore no-control-regex
  if (verb === undefined || /[\x00-\x08\x0a-\x1f\x7f]/.test(line)) {
    throw new CommandError(500, "5.5.2 Syntax error, command unrecognized");
  }
  return { verb, argument: line.slice(verb.length).trim() };
}

/** What MAIL says. */
export interface MailCommand {
  /** The sender; `null` for `<>`. */
  readonly sender: Mailbox | null;
  /** What its known parameters say. */
  readonly parameters: MailParameters;
  /** All of them by upper-case keyword, as they came; `undefined` where there is no value. */
  readonly words: ReadonlyMap<string, string | undefined>;
}

/** What RCPT says. */
export interface RcptCommand {
  /** The recipient. `<Postmaster>` is one without a domain (RFC 5321 §4.1.1.3). */
  readonly recipient: Mailbox;
  /** What its known parameters say. */
  readonly parameters: RcptParameters;
  /** All of them by upper-case keyword, as they came; `undefined` where there is no value. */
  readonly words: ReadonlyMap<string, string | undefined>;
}

/**
 * Reads the argument of MAIL.
 *
 * @param argument `FROM:<address>` and parameters.
 * @param supported The keywords, in upper case, that the server knows.
 * @returns The sender and the parameters.
 * @throws {CommandError} 501 if it is none, 553 for an address in UTF-8 without SMTPUTF8, 555 for a
 * parameter that is not supported.
 *
 * @example
 * ```ts
 * import { parseMail } from "https://tulip.example/protocols/smtp/session.ts";
 * import assert from "node:assert/strict";
 *
 * const { sender, parameters } = parseMail("FROM:<a@example.org> SIZE=1024", new Set(["SIZE"]));
 * assert.equal(sender?.text, "a@example.org");
 * assert.equal(parameters.size, 1024);
 * ```
 */
export function parseMail(argument: string, supported: ReadonlySet<string>): MailCommand {
  const { mailbox, words } = parseAddressed("MAIL FROM:", argument, supported);
  const parameters = read(readMailParameters, words);
  if (mailbox?.utf8 && !parameters.smtputf8) {
    throw new CommandError(553, "5.6.7 Address in UTF-8 needs SMTPUTF8");
  }
  return { sender: mailbox, parameters, words };
}

/**
 * Reads the argument of RCPT.
 *
 * @param argument `TO:<address>` and parameters.
 * @param supported The keywords, in upper case, that the server knows.
 * @param smtputf8 Whether MAIL of this transaction had SMTPUTF8.
 * @returns The recipient and the parameters.
 * @throws {CommandError} 501 if it is none, 553 for an address in UTF-8 without SMTPUTF8, 555 for a
 * parameter that is not supported.
 */
export function parseRcpt(
  argument: string,
  supported: ReadonlySet<string>,
  smtputf8 = false,
): RcptCommand {
  const { mailbox, words } = parseAddressed("RCPT TO:", argument, supported);
  if (mailbox === null) throw new CommandError(501, "5.1.3 A recipient needs an address");
  if (mailbox.utf8 && !smtputf8) {
    throw new CommandError(553, "5.6.7 Address in UTF-8 needs SMTPUTF8");
  }
  return { recipient: mailbox, parameters: read(readRcptParameters, words), words };
}

/**
 * Reads the argument of EHLO, HELO or LHLO.
 *
 * @param argument What the client calls itself.
 * @returns The same. What is neither a domain nor an IP address in brackets passes too, if it is
 * one printable word: refusing it would turn away half of the clients there are.
 * @throws {CommandError} 501 if it is empty, or more than one word.
 */
export function parseHelo(argument: string): string {
  if (argument.length <= 255 && (isDomainOrLiteral(argument) || /^[!-~]+$/.test(argument))) {
    return argument;
  }
  throw new CommandError(501, "5.5.4 Syntax: EHLO domain");
}

/** What BDAT says. */
export interface BdatCommand {
  /** How many bytes follow the line. */
  readonly size: number;
  /** Whether they are the message's last. */
  readonly last: boolean;
}

/**
 * Reads the argument of BDAT (RFC 3030 §2).
 *
 * @param argument `size`, or `size LAST`.
 * @returns How many bytes follow. Never set memory aside for them: the number is the peer's word.
 * @throws {CommandError} 501 if it is none. The connection cannot go on then, since nobody knows
 * where the next command begins.
 */
export function parseBdat(argument: string): BdatCommand {
  const found = /^(\d{1,15})( +LAST)?$/i.exec(argument);
  if (found === null) throw new CommandError(501, "5.5.4 Syntax: BDAT size [LAST]");
  return { size: Number(found[1]), last: found[2] !== undefined };
}

/** What AUTH says. */
export interface AuthCommand {
  /** The mechanism, in upper case. */
  readonly mechanism: string;
  /** The first answer in base64, `""` for an empty one; `undefined` where there is none. */
  readonly initialResponse: string | undefined;
}

/**
 * Reads the argument of AUTH (RFC 4954 §4).
 *
 * @param argument `mechanism`, or `mechanism initial-response`.
 * @returns The mechanism and the first answer.
 * @throws {CommandError} 501 if it is none.
 */
export function parseAuth(argument: string): AuthCommand {
  const found = /^([A-Za-z0-9_-]{1,20})(?: +([A-Za-z0-9+/]+={0,2}|=))?$/.exec(argument);
  if (found === null) throw new CommandError(501, "5.5.4 Syntax: AUTH mechanism [response]");
  const initialResponse = found[2] === "=" ? "" : found[2];
  return { mechanism: (found[1] as string).toUpperCase(), initialResponse };
}

/**
 * Reads the client's answer to a challenge of AUTH (RFC 4954 §4).
 *
 * @param line The line, without its CRLF.
 * @returns The answer, or `undefined` where the client cancels (`*`).
 * @throws {CommandError} 501 if it is no base64. The answer itself, which may hold a password, is
 * in no message.
 */
export function parseAuthResponse(line: string): Uint8Array | undefined {
  if (line === "*") return undefined;
  try {
    return decodeBase64(line);
  } catch (cause) {
    if (!(cause instanceof Base64Error)) throw cause;
    throw new CommandError(501, "5.5.2 Cannot decode the answer as base64");
  }
}

/**
 * Where a session stands: nobody has said hello (`"connected"`), no mail is under
 * way (`"ready"`), there is a sender (`"mail"`), there are recipients
 * (`"recipients"`), or a message comes in chunks (`"chunks"`).
 */
export type SessionState = "connected" | "ready" | "mail" | "recipients" | "chunks";

/**
 * Tells whether a command may come now.
 *
 * @param state Where the session stands.
 * @param verb The command, in upper case.
 * @returns What to answer where it may not, `undefined` where it may.
 *
 * @example
 * ```ts
 * import { refusalOf } from "https://tulip.example/protocols/smtp/session.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(refusalOf("ready", "MAIL"), undefined);
 * assert.equal(refusalOf("ready", "RCPT")?.code, 503);
 * assert.equal(refusalOf("ready", "FROB")?.code, 500);
 * ```
 */
export function refusalOf(state: SessionState, verb: string): Reply | undefined {
  const states = Object.hasOwn(ALLOWED, verb) ? ALLOWED[verb] : undefined;
  if (states === undefined) {
    return { code: 500, lines: ["5.5.1 Syntax error, command unrecognized"] };
  }
  if (states.includes(state)) return undefined;
  const text = verb === "MAIL" && state !== "connected" ? "A mail is under way" : NEEDED[state];
  return { code: 503, lines: [`5.5.1 Bad sequence of commands: ${text}`] };
}

/**
 * Tells where a session stands after a command that was answered with success.
 *
 * @param state Where it stood.
 * @param verb The command, in upper case. DATA means the message, at its end; BDAT its last chunk
 * where `last` is set.
 * @param last Whether BDAT was the last.
 * @returns Where it stands now.
 */
export function stateAfter(state: SessionState, verb: string, last = false): SessionState {
  switch (verb) {
    case "EHLO":
    case "HELO":
    case "LHLO":
    case "DATA":
      return "ready";
    case "RSET":
      return state === "connected" ? "connected" : "ready";
    case "STARTTLS":
      // RFC 3207 §4.2: all that the client said in the clear is forgotten.
      return "connected";
    case "MAIL":
      return "mail";
    case "RCPT":
      return "recipients";
    case "BDAT":
      return last ? "ready" : "chunks";
    default:
      return state;
  }
}

const ANY: readonly SessionState[] = ["connected", "ready", "mail", "recipients", "chunks"];
const NO_CHUNKS: readonly SessionState[] = ["connected", "ready", "mail", "recipients"];

/** In which states each command may come. RFC 5321 §4.1.4 frees some of them of any order. */
const ALLOWED: Readonly<Record<string, readonly SessionState[]>> = {
  EHLO: ANY,
  HELO: ANY,
  LHLO: ANY,
  RSET: ANY,
  NOOP: ANY,
  QUIT: ANY,
  HELP: NO_CHUNKS,
  VRFY: NO_CHUNKS,
  EXPN: NO_CHUNKS,
  STARTTLS: ["ready"],
  AUTH: ["ready"],
  MAIL: ["ready"],
  RCPT: ["mail", "recipients"],
  DATA: ["recipients"],
  BDAT: ["recipients", "chunks"],
};

/** What has to come first, or is under way. */
const NEEDED: Readonly<Record<SessionState, string>> = {
  connected: "Send EHLO first",
  ready: "Send MAIL first",
  mail: "Send RCPT first",
  recipients: "A mail is under way",
  chunks: "Send BDAT or RSET",
};

function parseAddressed(
  prefix: "MAIL FROM:" | "RCPT TO:",
  argument: string,
  supported: ReadonlySet<string>,
): { mailbox: Mailbox | null; words: Map<string, string | undefined> } {
  const keyword = prefix.slice(5);
  const syntax = `Syntax: ${prefix}<address>`;
  if (argument.slice(0, keyword.length).toUpperCase() !== keyword) {
    throw new CommandError(501, `5.5.4 ${syntax}`);
  }
  // The standard has no space after the colon; many clients do.
  const path = argument.slice(keyword.length).trimStart();
  if (!path.startsWith("<")) throw new CommandError(501, `5.5.4 ${syntax}`);
  const { mailbox, rest } = read(parsePath, path);
  if (rest !== "" && rest[0] !== " ") throw new CommandError(501, `5.5.4 ${syntax}`);
  const words = read(splitParameters, rest);
  for (const word of words.keys()) {
    if (!supported.has(word)) {
      throw new CommandError(555, `5.5.4 Parameter ${quote(word, 40)} not recognized`);
    }
  }
  return { mailbox, words };
}

function read<Given, Found>(parser: (given: Given) => Found, given: Given): Found {
  try {
    return parser(given);
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    const text = cause instanceof ParameterSyntaxError
      ? `5.5.4 Bad parameter ${quote(cause.keyword, 40)}`
      : "5.1.7 Bad address";
    throw new CommandError(501, text, { cause });
  }
}
