/**
 * What a server says it can do: the answer to EHLO and LHLO (RFC 5321 §4.1.1.1,
 * RFC 2033 §4.1).
 *
 * @module
 */

import { checkPrintable } from "../text/guard.ts";
import { quote } from "../text/quote.ts";
import { type Reply, ReplySyntaxError } from "../text/reply.ts";

/** The answer to EHLO. */
export interface Ehlo {
  /** What the server calls itself. */
  readonly domain: string;
  /** Its greeting, which may be empty. */
  readonly greeting: string;
  /** What it can do: the parameters by lower-case keyword, `""` where there are none. */
  readonly features: Map<string, string>;
}

/**
 * Reads the answer to EHLO.
 *
 * Lines that are no feature are passed over, as Python's smtplib does. Mechanisms
 * that old servers announce as `AUTH=LOGIN` are added to those of `AUTH`.
 *
 * @param reply A 250 reply.
 * @returns The server's name and features.
 * @throws {ReplySyntaxError} If it is another reply.
 *
 * @example
 * ```ts
 * import { parseEhlo } from "https://tulip.example/protocols/smtp/ehlo.ts";
 * import assert from "node:assert/strict";
 *
 * const { features } = parseEhlo({
 *   code: 250,
 *   lines: ["mail.example.org at your service", "SIZE 1000000", "AUTH PLAIN", "AUTH=LOGIN"],
 * });
 * assert.equal(features.get("size"), "1000000");
 * assert.equal(features.get("auth"), "PLAIN LOGIN");
 * ```
 */
export function parseEhlo(reply: Reply): Ehlo {
  const [first = "", ...rest] = reply.lines;
  if (reply.code !== 250) {
    throw new ReplySyntaxError(
      `Expected the answer to EHLO (250), got ${reply.code} ${quote(first)}`,
      first,
    );
  }
  const features = new Map<string, string>();
  for (const line of rest) {
    const found = FEATURE.exec(line);
    if (found === null) continue;
    const keyword = (found[1] as string).toLowerCase();
    const parameters = line.slice(found[0].length).trim();
    const value = keyword === "auth" ? merge(features.get(keyword), parameters) : parameters;
    features.set(keyword, value);
  }
  const space = first.indexOf(" ");
  return {
    domain: space < 0 ? first : first.slice(0, space),
    greeting: space < 0 ? "" : first.slice(space + 1),
    features,
  };
}

/**
 * Writes the answer to EHLO.
 *
 * @param domain What the server calls itself.
 * @param features The parameters by keyword, `""` where there are none.
 * @param greeting What follows the name on the first line.
 * @returns A 250 reply.
 * @throws {TypeError} If the name holds a space, a keyword is none, or anything holds a control
 * character.
 */
export function formatEhlo(
  domain: string,
  features: ReadonlyMap<string, string>,
  greeting = "",
): Reply {
  if (!/^[!-~]+$/.test(domain)) {
    throw new TypeError(`Cannot greet as ${quote(domain)}: need a domain`);
  }
  checkPrintable("greeting", greeting);
  const lines = [greeting === "" ? domain : `${domain} ${greeting}`];
  for (const [keyword, parameters] of features) {
    if (!/^[A-Za-z0-9][A-Za-z0-9-]*$/.test(keyword)) {
      throw new TypeError(`Cannot announce ${quote(keyword)}: need letters, digits and "-"`);
    }
    checkPrintable(keyword, parameters);
    lines.push(`${keyword.toUpperCase()} ${parameters}`.trimEnd());
  }
  return { code: 250, lines };
}

/**
 * Lists the mechanisms that a server offers for AUTH (RFC 4954 §3).
 *
 * @param features What {@linkcode parseEhlo} found.
 * @returns Their names in upper case, in the server's order, each once.
 */
export function authMechanisms(features: ReadonlyMap<string, string>): string[] {
  const words = (features.get("auth") ?? "").toUpperCase().split(/\s+/);
  return [...new Set(words)].filter((word) => word !== "");
}

/**
 * Tells the largest message that a server takes (RFC 1870 §4).
 *
 * @param features What {@linkcode parseEhlo} found.
 * @returns The size in bytes, or `undefined` where it does not tell: no SIZE, no number, or 0.
 */
export function maximumSize(features: ReadonlyMap<string, string>): number | undefined {
  const text = features.get("size") ?? "";
  const size = /^\d+$/.test(text) ? Number(text) : 0;
  return size > 0 && Number.isSafeInteger(size) ? size : undefined;
}

// A keyword, then a space or nothing; or the "=" of AUTH as it was before it was a standard.
const FEATURE = /^([A-Za-z0-9][A-Za-z0-9-]*)(?:[ \t]|$|(?<=^auth)=)/i;

function merge(before: string | undefined, parameters: string): string {
  const words = `${before ?? ""} ${parameters}`.split(/\s+/).filter((word) => word !== "");
  return [...new Set(words)].join(" ");
}
