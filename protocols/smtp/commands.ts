/**
 * The commands of SMTP and LMTP, as a client sends them (RFC 5321 §4.1,
 * RFC 2033, RFC 3030, RFC 4954).
 *
 * Every one is built here, so that no argument can end its line and become a
 * second command.
 *
 * @module
 */

import { checkPrintable } from "../text/guard.ts";
import { quote } from "../text/quote.ts";
import { isDomainOrLiteral, type Mailbox } from "./address.ts";
import { checkParameterWord } from "./parameters.ts";

/**
 * Builds a command whose argument has no syntax of its own: VRFY, EXPN, HELP,
 * NOOP, and what extensions add.
 *
 * @param verb The command.
 * @param argument Its argument; `""` is none.
 * @returns The line, without CRLF.
 * @throws {TypeError} If the verb is not made of letters and digits, or the argument holds a
 * control character.
 *
 * @example
 * ```ts
 * import { command } from "https://tulip.example/protocols/smtp/commands.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(command("VRFY", "ann"), "VRFY ann");
 * assert.throws(() => command("NOOP", "\r\nRSET"), TypeError);
 * ```
 */
export function command(verb: string, argument = ""): string {
  if (!/^[A-Za-z][A-Za-z0-9-]{0,31}$/.test(verb)) {
    throw new TypeError(`Cannot send ${quote(verb)} as a command: need letters and digits`);
  }
  checkPrintable(`the argument of ${verb}`, argument);
  return argument === "" ? verb : `${verb} ${argument}`;
}

/**
 * Builds EHLO, HELO or LHLO.
 *
 * @param verb Which of them.
 * @param domain What the client calls itself: a domain, or an IP address in brackets.
 * @returns The line, without CRLF.
 * @throws {TypeError} If it is neither.
 *
 * @example
 * ```ts
 * import { heloCommand } from "https://tulip.example/protocols/smtp/commands.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(heloCommand("EHLO", "[127.0.0.1]"), "EHLO [127.0.0.1]");
 * ```
 */
export function heloCommand(verb: "EHLO" | "HELO" | "LHLO", domain: string): string {
  if (!isDomainOrLiteral(domain)) {
    throw new TypeError(
      `Cannot say ${verb} as ${quote(domain)}: need a domain or an IP address in brackets`,
    );
  }
  return `${verb} ${domain}`;
}

/**
 * Builds MAIL.
 *
 * @param sender The sender; `null` for none, as bounces have it.
 * @param parameters Each `KEYWORD` or `KEYWORD=value`.
 * @returns The line, without CRLF.
 * @throws {TypeError} If a parameter is none.
 *
 * @example
 * ```ts
 * import { envelopeAddress } from "https://tulip.example/protocols/smtp/address.ts";
 * import { mailCommand } from "https://tulip.example/protocols/smtp/commands.ts";
 * import assert from "node:assert/strict";
 *
 * const sender = envelopeAddress("Ann <ann@example.org>");
 * assert.equal(mailCommand(sender, ["SIZE=1024"]), "MAIL FROM:<ann@example.org> SIZE=1024");
 * ```
 */
export function mailCommand(sender: Mailbox | null, parameters: readonly string[] = []): string {
  return withParameters(`MAIL FROM:<${sender === null ? "" : checked(sender)}>`, parameters);
}

/**
 * Builds RCPT.
 *
 * @param recipient The recipient.
 * @param parameters Each `KEYWORD` or `KEYWORD=value`.
 * @returns The line, without CRLF.
 * @throws {TypeError} If a parameter is none.
 */
export function rcptCommand(recipient: Mailbox, parameters: readonly string[] = []): string {
  return withParameters(`RCPT TO:<${checked(recipient)}>`, parameters);
}

/**
 * Builds AUTH (RFC 4954 §4).
 *
 * @param mechanism The mechanism, such as `"PLAIN"`.
 * @param initialResponse The first answer in base64; `""` is an empty one, `undefined` none at all.
 * @returns The line, without CRLF.
 * @throws {TypeError} If the mechanism is no name of one, or the answer is no base64.
 *
 * @example
 * ```ts
 * import { authCommand } from "https://tulip.example/protocols/smtp/commands.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(authCommand("LOGIN"), "AUTH LOGIN");
 * assert.equal(authCommand("EXTERNAL", ""), "AUTH EXTERNAL =");
 * ```
 */
export function authCommand(mechanism: string, initialResponse?: string): string {
  if (!/^[A-Za-z0-9_-]{1,20}$/.test(mechanism)) {
    throw new TypeError(`Cannot authenticate with ${quote(mechanism)}: need a SASL mechanism`);
  }
  if (initialResponse === undefined) return `AUTH ${mechanism}`;
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(initialResponse)) {
    throw new TypeError("Cannot authenticate: the initial response is no base64");
  }
  return `AUTH ${mechanism} ${initialResponse || "="}`;
}

/**
 * Builds BDAT (RFC 3030 §2).
 *
 * @param size How many bytes follow the line.
 * @param last Whether they are the message's last.
 * @returns The line, without CRLF.
 * @throws {RangeError} If the size is no whole number of at least 0.
 */
export function bdatCommand(size: number, last = false): string {
  if (!Number.isSafeInteger(size) || size < 0) {
    throw new RangeError(`Cannot send a chunk of ${size} bytes: need a whole number from 0`);
  }
  return last ? `BDAT ${size} LAST` : `BDAT ${size}`;
}

function withParameters(line: string, parameters: readonly string[]): string {
  for (const word of parameters) checkParameterWord(word);
  return [line, ...parameters].join(" ");
}

function checked({ text }: Mailbox): string {
  // A Mailbox need not come from our own parser.
  checkPrintable("address", text);
  return text;
}
