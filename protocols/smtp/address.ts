/**
 * Addresses of the envelope: what goes between the angle brackets of MAIL and
 * RCPT (RFC 5321 §4.1.2, RFC 6531 §3.3).
 *
 * The text is read from left to right, once, and nothing is guessed: what is no
 * address is refused and never cut down to one.
 *
 * @module
 */

import { ProtocolError } from "../errors.ts";
import { isIPv4, isIPv6 } from "../text/ip.ts";
import { quote } from "../text/quote.ts";

/** An address of one mailbox. */
export interface Mailbox {
  /** The address, as it was written: `local-part@domain`, safe to send as it is. */
  readonly text: string;
  /** What stands before the `@`, without quotes and backslashes. */
  readonly localPart: string;
  /** What follows it: a domain, an address in brackets, or `""` where there is no `@`. */
  readonly domain: string;
  /** Whether it holds anything but ASCII, so that the server must know SMTPUTF8 (RFC 6531). */
  readonly utf8: boolean;
}

/** The peer sent what is no address. */
export class AddressSyntaxError extends ProtocolError {
  /** The name of the class, as in every error. */
  override readonly name: string = "AddressSyntaxError";
}

/**
 * Reads an address, and nothing around it.
 *
 * Dots may stand anywhere in the local part: addresses with two in a row, or one
 * before the `@`, are against the standard and in use.
 *
 * @param text `local-part@domain`, or a local part alone.
 * @returns The address.
 * @throws {AddressSyntaxError} If it is no address, or longer than a command can be.
 *
 * @example
 * ```ts
 * import { parseMailbox } from "https://tulip.example/protocols/smtp/address.ts";
 * import assert from "node:assert/strict";
 *
 * const { localPart, domain } = parseMailbox('"a @ b"@example.org');
 * assert.equal(localPart, "a @ b");
 * assert.equal(domain, "example.org");
 * ```
 */
export function parseMailbox(text: string): Mailbox {
  const scan = new Scanner(text);
  const mailbox = scan.mailbox();
  if (mailbox === undefined || !scan.done) throw new AddressSyntaxError(scan.complaint());
  return mailbox;
}

/**
 * Reads the address that a caller wants to send from or to: `a@example.org`,
 * `<a@example.org>`, `Ann Bee <a@example.org>` or `a@example.org (Ann Bee)`, as
 * Python's smtplib does; unlike it, refuses what is not exactly one of these.
 *
 * @param text The address.
 * @returns The address without what was around it, or `null` for `""` and `"<>"`, the sender of
 * bounces.
 * @throws {TypeError} If it is no address: more than one, a group, a route, or a control character
 * anywhere.
 *
 * @example
 * ```ts
 * import { envelopeAddress } from "https://tulip.example/protocols/smtp/address.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(envelopeAddress("Ann Bee <ann@example.org>")?.text, "ann@example.org");
 * assert.throws(() => envelopeAddress("ann@example.org>\r\nRCPT TO:<eve@example.org"), TypeError);
 * ```
 */
export function envelopeAddress(text: string): Mailbox | null {
  if (typeof text !== "string") {
    throw new TypeError(`Cannot use ${typeof text} as an address: need a string`);
  }
  if (/^ *(?:< *> *)?$/.test(text)) return null;
  if (text.length > MAX_TEXT) {
    throw new TypeError(
      `Cannot use ${quote(text)} as an address: need ${MAX_TEXT} characters at most`,
    );
  }
  // Only one form has something in front of the address, and it ends with ">".
  const scan = new Scanner(text);
  scan.spaces();
  const angle = text.trimEnd().endsWith(">");
  if (angle && !scan.phrase()) throw new TypeError(scan.complaint());
  const mailbox = scan.mailbox();
  if (mailbox === undefined) throw new TypeError(scan.complaint());
  if (angle) scan.take(/>/y);
  else scan.take(COMMENT);
  scan.spaces();
  if (!scan.done) throw new TypeError(scan.complaint());
  return mailbox;
}

/**
 * Writes an address, quoting its local part where that is needed.
 *
 * @param localPart What stands before the `@`, without quotes.
 * @param domain What follows it; `""` for none.
 * @returns The address.
 * @throws {TypeError} If there is no such address.
 *
 * @example
 * ```ts
 * import { formatMailbox } from "https://tulip.example/protocols/smtp/address.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(formatMailbox("ann", "example.org"), "ann@example.org");
 * assert.equal(formatMailbox("ann bee", "example.org"), '"ann bee"@example.org');
 * ```
 */
export function formatMailbox(localPart: string, domain: string): string {
  const local = DOT_STRING.test(localPart)
    ? localPart
    : `"${localPart.replace(/["\\]/g, (character) => `\\${character}`)}"`;
  const text = domain === "" ? local : `${local}@${domain}`;
  const scan = new Scanner(text);
  const mailbox = scan.mailbox();
  if (!scan.done || mailbox?.domain !== domain) throw new TypeError(scan.complaint());
  return text;
}

/** What stands between the brackets of MAIL or RCPT, and where it ends. */
export interface ParsedPath {
  /** The address; `null` for `<>`. */
  readonly mailbox: Mailbox | null;
  /** What follows the closing bracket. */
  readonly rest: string;
}

/**
 * Reads a path at the beginning of a text: `<a@example.org>` and what follows.
 * A source route (`<@relay:a@example.org>`) is read and left out, as RFC 5321
 * §4.1.1.3 asks.
 *
 * @param text The text, from its `<` on.
 * @returns The address, and the rest of the text.
 * @throws {AddressSyntaxError} If there is no path.
 */
export function parsePath(text: string): ParsedPath {
  if (text.startsWith("<>")) return { mailbox: null, rest: text.slice(2) };
  const scan = new Scanner(text);
  if (scan.take(/</y) === undefined) throw new AddressSyntaxError(scan.complaint());
  scan.take(ROUTE);
  const mailbox = scan.mailbox();
  if (mailbox === undefined || scan.take(/>/y) === undefined) {
    throw new AddressSyntaxError(scan.complaint());
  }
  return { mailbox, rest: text.slice(scan.position) };
}

/**
 * Writes an international domain in ASCII (IDNA, UTS 46), for servers without
 * SMTPUTF8.
 *
 * @param domain A domain.
 * @returns The same in A-labels (`xn--…`), or `undefined` if it has no such form.
 *
 * @example
 * ```ts
 * import { asciiDomain } from "https://tulip.example/protocols/smtp/address.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(asciiDomain("bücher.example"), "xn--bcher-kva.example");
 * ```
 */
export function asciiDomain(domain: string): string | undefined {
  if (isAscii(domain)) return domain;
  if (!DOMAIN_ONLY.test(domain) || !URL.canParse(`http://${domain}`)) return undefined;
  const { hostname } = new URL(`http://${domain}`);
  // Full-width digits are mapped to digits, and could turn a name into an IP address.
  return isIPv4(hostname) || !DOMAIN_ONLY.test(hostname) ? undefined : hostname;
}

/**
 * Tells whether a text is a domain, or an IP address in brackets
 * (RFC 5321 §4.1.2, §4.1.3).
 *
 * @param text The text.
 * @returns Whether it is, in ASCII.
 */
export function isDomainOrLiteral(text: string): boolean {
  const scan = new Scanner(text);
  return isAscii(text) && scan.domain() !== undefined && scan.done;
}

/** Longer than this no command line can carry (RFC 5321 §4.5.3.1.4). */
const MAX_ADDRESS = 500;
/** With a name around it. */
const MAX_TEXT = 2000;
/** RFC 5321 §4.5.3.1.2. */
const MAX_DOMAIN = 255;

// Beyond ASCII everything goes but what is invisible: C1, separators, halves of pairs, direction.
const BEYOND = String.raw`[^\x00-\x9f\xa0\xad\u2028-\u202e\u2066-\u2069\ufeff\p{Cs}]`;
const ATEXT = String.raw`(?:[A-Za-z0-9!#$%&'*+/=?^_` + "`" + String.raw`{|}~-]|${BEYOND})`;
const LABEL = String.raw`(?:[A-Za-z0-9_]|${BEYOND})(?:[A-Za-z0-9_-]|${BEYOND}){0,62}`;

const LOCAL = new RegExp(`(?:${ATEXT}|\\.)+`, "uy");
const DOT_STRING = new RegExp(`^${ATEXT}+(?:\\.${ATEXT}+)*$`, "u");
const QUOTED = new RegExp(String.raw`"((?:[ !#-[\]-~]|\\[ -~]|${BEYOND})*)"`, "uy");
const DOMAIN = new RegExp(`${LABEL}(?:\\.${LABEL})*`, "uy");
const DOMAIN_ONLY = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`, "u");
const LITERAL = /\[(IPv6:)?([0-9A-Fa-f:.]{1,45})\]/iy;
const ROUTE = new RegExp(`@${LABEL}(?:\\.${LABEL})*(?:,@${LABEL}(?:\\.${LABEL})*)*:`, "uy");
/** A display name before "<": words, quoted strings and comments, no character of lists or addresses. */
const PHRASE = new RegExp(
  String
    .raw`(?:[^\x00-\x1f\x7f"(),:;<>@[\\\]]|"(?:[^\x00-\x1f\x7f"\\]|\\[ -~])*"|\([^\x00-\x1f\x7f()\\]*\))*`,
  "uy",
);

// deno-lint-ignore no-control-regex
const COMMENT = / +\([^\x00-\x1f\x7f()\\]*\)/y;

class Scanner {
  readonly #text: string;
  position = 0;
  #expected = "an address";

  constructor(text: string) {
    this.#text = text;
  }

  get done(): boolean {
    return this.position === this.#text.length;
  }

  /** Takes what the sticky expression matches here, if it does. */
  take(form: RegExp): RegExpExecArray | undefined {
    form.lastIndex = this.position;
    const found = form.exec(this.#text);
    if (found === null) return undefined;
    this.position = form.lastIndex;
    return found;
  }

  spaces(): void {
    this.take(/ */y);
  }

  phrase(): boolean {
    this.#expected = 'a name and "<"';
    this.take(PHRASE);
    return this.take(/</y) !== undefined;
  }

  mailbox(): Mailbox | undefined {
    const start = this.position;
    this.#expected = "a local part";
    const quoted = this.take(QUOTED);
    const localPart = quoted?.[1]?.replace(/\\(.)/g, "$1") ?? this.take(LOCAL)?.[0];
    if (localPart === undefined) return undefined;
    let domain = "";
    if (this.#text[this.position] === "@") {
      this.position++;
      const found = this.domain();
      if (found === undefined) return undefined;
      domain = found;
    }
    const text = this.#text.slice(start, this.position);
    this.#expected = "the end of the address";
    if (octets(text) > MAX_ADDRESS || octets(domain) > MAX_DOMAIN) {
      this.#expected = `at most ${MAX_ADDRESS} octets, ${MAX_DOMAIN} of them in the domain`;
      this.position = start;
      return undefined;
    }
    return { text, localPart, domain, utf8: !isAscii(text) };
  }

  domain(): string | undefined {
    const start = this.position;
    this.#expected = "a domain";
    const literal = this.take(LITERAL);
    if (literal !== undefined) {
      const [whole, ipv6, address = ""] = literal;
      if (ipv6 === undefined ? isIPv4(address) : isIPv6(address)) return whole;
      this.position = start;
      return undefined;
    }
    const domain = this.take(DOMAIN)?.[0];
    if (domain === undefined || !/-(?:\.|$)/.test(domain)) return domain;
    this.position = start;
    return undefined;
  }

  complaint(): string {
    return `Cannot use ${quote(this.#text)} as an address: ` +
      `expected ${this.#expected} at index ${this.position}`;
  }
}

function isAscii(text: string): boolean {
  // deno-lint-ignore no-control-regex
  return !/[^\x00-\x7f]/.test(text);
}

function octets(text: string): number {
  return isAscii(text) ? text.length : new TextEncoder().encode(text).length;
}
