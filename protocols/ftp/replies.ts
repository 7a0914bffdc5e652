/**
 * What FTP's replies say in their text, read by clients and written by servers
 * (RFC 959 §4.2 and appendix II, RFC 1123 §4.1.2.6, RFC 2389, RFC 2428, RFC 3659).
 *
 * @module
 */

import { ProtocolError } from "../errors.ts";
import { quote } from "../text/quote.ts";
import { type Reply, ReplySyntaxError } from "../text/reply.ts";
import { formatHostPort, type HostPort, parseHostPort, splitDelimited } from "./addresses.ts";
import { checkLine } from "../text/guard.ts";
import { formatTimeVal, parseTimeVal } from "./time_val.ts";

/** The server sent a well-formed reply, but not the one that was asked for. */
export class UnexpectedReplyError extends ProtocolError {
  /** The name of the class, as in every error. */
  override readonly name: string = "UnexpectedReplyError";
  /** The reply. */
  readonly reply: Reply;

  /**
   * Says what was expected.
   *
   * @param message What was expected, and what came.
   * @param reply The reply.
   */
  constructor(message: string, reply: Reply) {
    super(message);
    this.reply = reply;
  }
}

/**
 * Finds the size that many servers tell when a download begins:
 * `150 Opening BINARY mode data connection for a.txt (1234 bytes).`
 *
 * @param reply A 150 reply, or 125, its twin for an open data connection.
 * @returns The size in bytes, or `undefined` where the server does not tell it.
 * @throws {UnexpectedReplyError} If it is another reply.
 *
 * @example
 * ```ts
 * import { parse150 } from "https://tulip.example/protocols/ftp/replies.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(parse150({ code: 150, lines: ["Opening a.txt (1234 bytes)."] }), 1234);
 * ```
 */
export function parse150(reply: Reply): number | undefined {
  expect(reply, "transfer start", 150, 125);
  for (const line of reply.lines) {
    const digits = /^.* \((\d+) bytes\)/i.exec(line)?.[1];
    const size = Number(digits);
    if (Number.isSafeInteger(size)) return size;
  }
  return undefined;
}

/**
 * Reads the answer to PASV. Where the six numbers stand differs from server to
 * server, so the first six are taken (RFC 1123 §4.1.2.6).
 *
 * Connecting to the host it names lets a server aim the client at others:
 * prefer the peer of the control connection.
 *
 * @param reply A 227 reply.
 * @returns The IPv4 address and the port.
 * @throws {UnexpectedReplyError} If it is another reply.
 * @throws {ReplySyntaxError} If there are no six numbers up to 255, or the port is 0.
 *
 * @example
 * ```ts
 * import { parse227 } from "https://tulip.example/protocols/ftp/replies.ts";
 * import assert from "node:assert/strict";
 *
 * const reply = { code: 227, lines: ["Entering Passive Mode (127,0,0,1,4,1)."] };
 * assert.deepEqual(parse227(reply), { hostname: "127.0.0.1", port: 1025 });
 * ```
 */
export function parse227(reply: Reply): HostPort {
  expect(reply, "passive mode", 227);
  const text = reply.lines.join("\n");
  // Not after a digit, and of three digits at most: so that a megabyte of digits is read once.
  const found = /(?<!\d)\d{1,3}(?:,\d{1,3}){5}(?!\d)/.exec(text)?.[0];
  const address = found === undefined ? undefined : parseHostPort(found);
  if (address === undefined) {
    throw new ReplySyntaxError(`Expected (h1,h2,h3,h4,p1,p2), got 227 ${quote(text)}`, text);
  }
  return address;
}

/**
 * Reads the answer to EPSV: `229 Entering Extended Passive Mode (|||6446|)`
 * (RFC 2428 §3). The delimiter may be any character; a host, which some servers
 * add, is ignored: the data connection goes where the control connection went.
 *
 * @param reply A 229 reply.
 * @returns The port.
 * @throws {UnexpectedReplyError} If it is another reply.
 * @throws {ReplySyntaxError} If there is no port from 1 to 65535 in this form.
 *
 * @example
 * ```ts
 * import { parse229 } from "https://tulip.example/protocols/ftp/replies.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(parse229({ code: 229, lines: ["Entering Extended Passive Mode (|||6446|)"] }), 6446);
 * ```
 */
export function parse229(reply: Reply): number {
  expect(reply, "extended passive mode", 229);
  const text = reply.lines.join("\n");
  const left = text.indexOf("(");
  const right = left < 0 ? -1 : text.indexOf(")", left + 1);
  const parts = right < 0 ? undefined : splitDelimited(text.slice(left + 1, right));
  const port = parts === undefined ? NaN : portOf(parts[2]);
  if (!(port >= 1)) {
    throw new ReplySyntaxError(`Expected (|||port|), got 229 ${quote(text)}`, text);
  }
  return port;
}

/**
 * Finds the path in the answer to PWD or MKD: `257 "/a ""b""" created`
 * (RFC 959 appendix II). Quotes inside it are doubled, but not by every server.
 *
 * @param reply A 257 reply.
 * @returns The path, or `undefined` where the server does not name it.
 * @throws {UnexpectedReplyError} If it is another reply.
 * @throws {ReplySyntaxError} If the path begins and never ends.
 *
 * @example
 * ```ts
 * import { parse257 } from "https://tulip.example/protocols/ftp/replies.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(parse257({ code: 257, lines: ['"/a ""b""" created'] }), '/a "b"');
 * assert.equal(parse257({ code: 257, lines: ["Directory created"] }), undefined);
 * ```
 */
export function parse257(reply: Reply): string | undefined {
  expect(reply, "path", 257);
  const line = reply.lines.find((text) => text.includes('"'));
  if (line === undefined) return undefined;
  const start = line.indexOf('"') + 1;
  const path = readDoubled(line, start) ?? readUndoubled(line, start);
  if (path === undefined) {
    throw new ReplySyntaxError(`Expected a path between quotes, got 257 ${quote(line)}`, line);
  }
  return path;
}

/**
 * Reads the answer to SIZE (RFC 3659 §4).
 *
 * @param reply A 213 reply.
 * @returns The size in bytes.
 * @throws {UnexpectedReplyError} If it is another reply.
 * @throws {ReplySyntaxError} If it is no whole number, or too large to count bytes exactly.
 */
export function parseSize(reply: Reply): number {
  expect(reply, "size", 213);
  const text = reply.lines.join("\n").trim();
  const size = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(size)) {
    throw new ReplySyntaxError(`Expected a size in bytes, got 213 ${quote(text)}`, text);
  }
  return size;
}

/**
 * Reads the answer to MDTM (RFC 3659 §3).
 *
 * @param reply A 213 reply.
 * @returns When the file was last changed.
 * @throws {UnexpectedReplyError} If it is another reply.
 * @throws {ReplySyntaxError} If it is no `YYYYMMDDHHMMSS[.sss]`.
 */
export function parseMdtm(reply: Reply): Date {
  expect(reply, "modification time", 213);
  const text = reply.lines.join("\n").trim();
  const time = parseTimeVal(text);
  if (time === undefined) {
    throw new ReplySyntaxError(`Expected YYYYMMDDHHMMSS, got 213 ${quote(text)}`, text);
  }
  return time.date;
}

/**
 * Reads the answer to FEAT (RFC 2389 §3.2).
 *
 * @param reply A 211 reply.
 * @returns What the server can do: the parameters by upper-case name, `""` where there are none.
 * A feature named more than once has its parameters joined by `;`.
 * @throws {UnexpectedReplyError} If it is another reply.
 *
 * @example
 * ```ts
 * import { parseFeat } from "https://tulip.example/protocols/ftp/replies.ts";
 * import assert from "node:assert/strict";
 *
 * const features = parseFeat({ code: 211, lines: ["Features:", " SIZE", " REST STREAM", "End"] });
 * assert.equal(features.get("REST"), "STREAM");
 * ```
 */
export function parseFeat(reply: Reply): Map<string, string> {
  expect(reply, "features", 211);
  const features = new Map<string, string>();
  for (const line of reply.lines.slice(1, -1)) {
    const feature = line.trim();
    const space = feature.indexOf(" ");
    const name = (space < 0 ? feature : feature.slice(0, space)).toUpperCase();
    if (name === "") continue;
    const parameters = space < 0 ? "" : feature.slice(space + 1).trim();
    const before = features.get(name);
    features.set(name, before ? `${before};${parameters}` : parameters);
  }
  return features;
}

/**
 * Writes the answer to PASV.
 *
 * @param hostname An IPv4 address.
 * @param port The port, 1 to 65535.
 * @returns A 227 reply.
 * @throws {TypeError} If `hostname` is no IPv4 address.
 * @throws {RangeError} If there is no such port.
 */
export function format227(hostname: string, port: number): Reply {
  return {
    code: 227,
    lines: [`Entering Passive Mode (${formatHostPort({ hostname, port })}).`],
  };
}

/**
 * Writes the answer to EPSV.
 *
 * @param port The port, 1 to 65535.
 * @returns A 229 reply.
 * @throws {RangeError} If there is no such port.
 */
export function format229(port: number): Reply {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new RangeError(`Cannot listen on port ${port}: need 1 to 65535`);
  }
  return { code: 229, lines: [`Entering Extended Passive Mode (|||${port}|)`] };
}

/**
 * Writes the answer to PWD or MKD.
 *
 * @param path The path; quotes inside it are doubled.
 * @param comment What follows, such as `"is the current directory"`.
 * @returns A 257 reply.
 * @throws {TypeError} If an argument holds CR, LF or NUL.
 */
export function format257(path: string, comment = ""): Reply {
  checkLine("path", path);
  checkLine("comment", comment);
  const quoted = `"${path.replaceAll('"', '""')}"`;
  return { code: 257, lines: [comment === "" ? quoted : `${quoted} ${comment}`] };
}

/**
 * Writes the answer to MDTM.
 *
 * @param modified When the file was last changed.
 * @returns A 213 reply.
 * @throws {RangeError} If the date is invalid or not between the years 0 and 9999.
 */
export function formatMdtm(modified: Date): Reply {
  return { code: 213, lines: [formatTimeVal(modified)] };
}

/**
 * Writes the answer to FEAT. Encode it in `"free"` style: each feature stands on
 * a line of its own that begins with a space.
 *
 * @param features The parameters by name, `""` where there are none.
 * @returns A 211 reply.
 * @throws {TypeError} If a feature holds CR, LF or NUL.
 */
export function formatFeat(features: ReadonlyMap<string, string>): Reply {
  const lines = [...features].map(([name, parameters]) =>
    parameters === "" ? ` ${name}` : ` ${name} ${parameters}`
  );
  for (const line of lines) checkLine("feature", line);
  return { code: 211, lines: ["Features:", ...lines, "End"] };
}

function expect(reply: Reply, what: string, ...codes: number[]): void {
  if (codes.includes(reply.code)) return;
  const text = quote(reply.lines.join("\n"));
  throw new UnexpectedReplyError(
    `Expected ${what} (${codes.join(" or ")}), got ${reply.code} ${text}`,
    reply,
  );
}

function portOf(text: string | undefined): number {
  const port = text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  return port <= 65_535 ? port : NaN;
}

/** As RFC 959 has it: a quote ends the path, unless it is doubled. */
function readDoubled(line: string, start: number): string | undefined {
  let path = "";
  for (let from = start;;) {
    const at = line.indexOf('"', from);
    if (at < 0) return undefined;
    path += line.slice(from, at);
    if (line[at + 1] !== '"') return endsWord(line, at) ? path : readUndoubled(line, start) ?? path;
    path += '"';
    from = at + 2;
  }
}

/** As Pure-FTPd has it: nothing is doubled, so the path goes up to a quote that ends a word. */
function readUndoubled(line: string, start: number): string | undefined {
  for (let at = line.indexOf('"', start); at >= 0; at = line.indexOf('"', at + 1)) {
    if (endsWord(line, at)) return line.slice(start, at);
  }
  return undefined;
}

function endsWord(line: string, at: number): boolean {
  return at + 1 === line.length || line[at + 1] === " ";
}
