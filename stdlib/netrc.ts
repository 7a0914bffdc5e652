/**
 * `.netrc` files, after Python's `netrc`: who logs in where, and with which
 * password.
 *
 * A text is read without any permission. {@linkcode Netrc.read} reads a file, and
 * only the one that it is told; it looks for the home directory only where it is
 * called without a path.
 *
 * @example
 * ```ts
 * import { Netrc } from "https://tulip.example/stdlib/netrc.ts";
 * import assert from "node:assert/strict";
 *
 * const netrc = new Netrc("machine ftp.example login me password secret");
 * assert.equal(netrc.authenticators("ftp.example")?.login, "me");
 * assert.equal(netrc.authenticators("other.example"), undefined);
 * ```
 *
 * @module
 */

import {
  type Authenticators,
  formatNetrc,
  NetrcParseError,
  parseNetrc,
} from "../protocols/text/netrc.ts";
import { defaultPath, readNetrc } from "./netrc/files.ts";

export { type Authenticators, NetrcParseError } from "../protocols/text/netrc.ts";
export type { Origin } from "../protocols/errors.ts";

/** Options of {@linkcode Netrc.read}. */
export interface NetrcReadOptions {
  /**
   * Whether the file may be open to others, as where a container is given it as a
   * secret. Otherwise a file that holds a password and that its group or everybody
   * may read or write is refused. (Windows has no such rights.)
   *
   * @default {false}
   */
  anyPermissions?: boolean;
  /**
   * The user that the file must belong to, as Python demands it of the file in the home
   * directory: give `Deno.uid()`, which asks for `--allow-sys=uid`. Not looked at unless
   * given.
   */
  owner?: number;
  /** Breaks the reading off. */
  signal?: AbortSignal;
}

/** What a `.netrc` file says (Python: `netrc.netrc`). */
export class Netrc {
  /** How to log in, by host, in the order of the file; `default` stands for every other. */
  readonly hosts: Map<string, Authenticators>;
  /** The lines of each macro, their LF included. Nothing here runs them. */
  readonly macros: Map<string, string[]>;

  /**
   * Reads a text.
   *
   * @param text The text of a file.
   * @param filename What errors call it.
   * @throws {NetrcParseError} If it makes no sense.
   */
  constructor(text: string, filename?: string) {
    ({ hosts: this.hosts, macros: this.macros } = parseNetrc(text, filename));
  }

  /**
   * Reads a file.
   *
   * @param file Where it is: `.netrc` in the home directory unless given, which asks for
   * `--allow-sys=homedir`.
   * @param options Whether others may know the passwords.
   * @returns What it says.
   * @throws {NetrcParseError} If it makes no sense, has more than a mebibyte, or others than its
   * owner have rights to it, or it is not `owner`'s, and it holds a password of a user who is not `anonymous`.
   * @throws {Deno.errors.NotFound} If there is none.
   *
   * @example
   * ```ts
   * import { Netrc } from "https://tulip.example/stdlib/netrc.ts";
   * import assert from "node:assert/strict";
   *
   * const file = await Deno.makeTempFile();
   * await Deno.writeTextFile(file, "default login anonymous password me@example.org\n");
   * const netrc = await Netrc.read(file);
   * assert.equal(netrc.authenticators("ftp.example")?.login, "anonymous");
   * await Deno.remove(file);
   * ```
   */
  static async read(file?: string | URL, options: NetrcReadOptions = {}): Promise<Netrc> {
    const path = file ?? await defaultPath();
    const { text, exposed } = await readNetrc(path, options);
    const netrc = new Netrc(text, String(path));
    if (exposed === undefined || options.anyPermissions) return netrc;
    for (const { login, password } of netrc.hosts.values()) {
      if (password === "" || login === "anonymous") continue;
      throw new NetrcParseError(
        `Its passwords are not used, because ${exposed}, or set anyPermissions`,
        String(path),
      );
    }
    return netrc;
  }

  /**
   * Tells how to log in on a host.
   *
   * @param host The host, as it stands in the file: letters and dots must be the same.
   * @returns The user, the account and the password; those of `default` where the file does not name
   * the host, `undefined` where it has no `default` either.
   */
  authenticators(host: string): Authenticators | undefined {
    return this.hosts.get(host) ?? this.hosts.get("default");
  }

  /**
   * Writes it as a file (Python: `repr`).
   *
   * @returns The text, which holds the passwords.
   */
  toString(): string {
    return formatNetrc(this);
  }
}
