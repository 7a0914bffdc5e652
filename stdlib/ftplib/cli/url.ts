/**
 * URLs of FTP (RFC 1738 §3.2, and RFC 3986 §3 for their general form). Pure.
 *
 * @module
 */

import { decodeLatin1 } from "../../../protocols/text/latin1.ts";
import { quote } from "../../../protocols/text/quote.ts";
import { UsageError } from "../../_cli/exit_codes.ts";
import type { Encoding } from "../session_options.ts";

/** Plain; TLS from the first byte (port 990); TLS after `AUTH TLS`. */
export type Scheme = "ftp" | "ftps" | "ftpes";

/** What an FTP URL says. */
export interface FTPUrl {
  /** How the server is spoken to. */
  readonly scheme: Scheme;
  /** The user, where it names one. */
  readonly user: string | undefined;
  /** The user's password, where it names one. Never show it. */
  readonly password: string | undefined;
  /** The server, without brackets. */
  readonly host: string;
  /** Its port; 21, or 990 for `ftps`, unless it names one. */
  readonly port: number;
  /**
   * What it names: below the directory where the user arrives; absolute where it begins with `/`,
   * which a URL writes as `//` or `/%2F`. Empty for that directory itself.
   */
  readonly path: string;
  /** The last part of the path as a pattern, where it has a `*`, `?` or `[` that is not encoded. */
  readonly pattern: RegExp | undefined;
  /** The part before the last `/`, which is there already when a pattern is looked up. */
  readonly directory: string;
  /** The last part. */
  readonly name: string;
  /** What `;type=` says: lines of text, bytes, or a listing. */
  readonly type: "a" | "i" | "d" | undefined;
}

const FORM =
  /^(ftp|ftps|ftpes):\/\/(?:([^@/]*)@)?(\[[0-9a-f:.]+(?:%25[\w.~-]+)?\]|[^:/@[\]]*)(?::(\d*))?(?:\/(.*))?$/is;

/**
 * Reads a URL. `?` and `#` are ordinary characters in it: FTP has neither queries nor fragments.
 *
 * @param text The URL.
 * @param encoding What encoded bytes of its path mean: the encoding of the session.
 * @returns What it says.
 * @throws {UsageError} If it is none, or names what cannot be part of a command (CR, LF, NUL).
 */
export function parseFTPUrl(text: string, encoding: Encoding = "utf-8"): FTPUrl {
  const [, scheme, userinfo, host, port, rest = ""] = FORM.exec(text) ?? [];
  const shown = quote(withoutPassword(text));
  if (scheme === undefined || !host) {
    throw new UsageError(
      `${shown} is no URL of FTP: write ftp://user@host/path, ftps://… or ftpes://…`,
    );
  }
  if (/[*?].*\//.test(rest)) {
    throw new UsageError(
      `${shown}: a pattern can only be the last part; write %2A and %3F for * and ?`,
    );
  }
  const decode = (part: string) => decodePart(part, encoding, shown);
  const [, written, type] = /^(.*?)(?:;type=([aid]))?$/is.exec(rest)!;
  if (/;type=/i.test(written!)) throw new UsageError(`${shown}: need ;type=a, ;type=i or ;type=d`);
  const colon = userinfo?.indexOf(":") ?? -1;
  const slash = written!.lastIndexOf("/");
  const last = written!.slice(slash + 1);
  const directory = decode(written!.slice(0, slash + 1));
  const name = decode(last);
  return {
    scheme: scheme.toLowerCase() as Scheme,
    user: userinfo === undefined
      ? undefined
      : decode(colon === -1 ? userinfo : userinfo.slice(0, colon)),
    password: colon === -1 ? undefined : decode(userinfo!.slice(colon + 1)),
    host: hostOf(host, shown),
    port: portOf(port, scheme.toLowerCase() === "ftps" ? 990 : 21, shown),
    path: directory + name,
    pattern: /[*?[]/.test(last) ? patternOf(last, decode) : undefined,
    directory: directory === "/" ? "/" : directory.replace(/\/$/, ""),
    name,
    type: type?.toLowerCase() as FTPUrl["type"],
  };
}

/**
 * Covers the password of a URL, for messages.
 *
 * @param text What may be a URL.
 * @returns The same, with `***` in place of the password.
 */
export function withoutPassword(text: string): string {
  return text.replace(/^(\w+:\/\/[^:@/]*:)[^/]*(@)/, "$1***$2");
}

/**
 * Writes the URL of another path on the same server, without a password.
 *
 * @param url The URL.
 * @param path The path.
 * @returns The URL.
 */
export function urlOf(url: FTPUrl, path: string): string {
  const user = url.user === undefined ? "" : `${encodeURIComponent(url.user)}@`;
  const host = url.host.includes(":") ? `[${url.host}]` : url.host;
  const port = url.port === (url.scheme === "ftps" ? 990 : 21) ? "" : `:${url.port}`;
  const encoded = path.split("/").map(encodeURIComponent).join("/");
  return `${url.scheme}://${user}${host}${port}/${encoded}`;
}

/**
 * Refuses a representation in which files would not stay as they are.
 *
 * @param url The URL of a file that is to be copied.
 * @throws {UsageError} If it ends in `;type=a` or `;type=d`.
 */
export function checkType({ type }: FTPUrl): void {
  if (type === undefined || type === "i") return;
  throw new UsageError(
    `Files are copied byte for byte: leave ;type=${type} out (cat knows ;type=a, ls lists)`,
  );
}

/** Where a URL leads, as a message names it. */
export function placeOf({ host, port }: FTPUrl): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function decodePart(part: string, encoding: Encoding, shown: string): string {
  let text = part;
  if (part.includes("%")) {
    if (/%(?![0-9a-f]{2})/i.test(part)) {
      throw new UsageError(`${shown}: a % must be followed by two hexadecimal digits; write %25`);
    }
    text = part.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
      const bytes = Uint8Array.from(run.slice(1).split("%"), (digits) => parseInt(digits, 16));
      if (encoding === "latin-1") return decodeLatin1(bytes);
      try {
        return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
      } catch {
        throw new UsageError(`${shown}: ${run} is no UTF-8; is it --encoding latin-1?`);
      }
    });
  }
  // Before anything else: these would end the command, and begin another one.
  if (/[\r\n\0]/.test(text)) {
    throw new UsageError(`${shown}: CR, LF and NUL cannot be part of a name`);
  }
  return text;
}

function hostOf(text: string, shown: string): string {
  if (text.startsWith("[")) return text.slice(1, -1).replace("%25", "%");
  // Names in other scripts are looked up by their ASCII form (RFC 5891).
  if (/^[\p{L}\p{M}\p{N}._~-]+$/u.test(text)) return text;
  throw new UsageError(`${shown}: ${quote(text)} is no name of a host`);
}

function portOf(text: string | undefined, usual: number, shown: string): number {
  if (text === undefined || text === "") return usual;
  const port = Number(text);
  if (port >= 1 && port <= 65_535) return port;
  throw new UsageError(`${shown}: need a port from 1 to 65535`);
}

/** `*` is any text, `?` one character, `[a-z]` and `[!a-z]` one of them, or none; `%2A` is a star. */
function patternOf(text: string, decode: (part: string) => string): RegExp {
  let source = "";
  const TOKEN = /\[(!?)(\]?[^\]]*)\]|\*+|\?|(?:(?!\[[!]?\]?[^\]]*\])[^*?])+/gsu;
  for (const [token, not, set] of text.matchAll(TOKEN)) {
    if (set !== undefined) {
      source += `[${not ? "^" : ""}${decode(set).replace(/[\\\]^[]/g, "\\$&")}]`;
    } else if (token.startsWith("*")) source += ".*";
    else if (token === "?") source += ".";
    else source += decode(token).replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  }
  // As in shells, what begins with a dot must be named by its dot.
  const hidden = text.startsWith(".") ? "" : "(?!\\.)";
  try {
    return new RegExp(`^${hidden}${source}$`, "su");
  } catch (cause) {
    throw new UsageError(`${quote(text)} is no pattern`, { cause });
  }
}
