/**
 * Who logs in, and with which password: from the URL, the environment, or whoever sits at the
 * terminal.
 *
 * @module
 */

import type { Context } from "../../_cli/command.ts";
import { CommandError, EXIT } from "../../_cli/exit_codes.ts";
import { askPassword } from "../../_cli/password.ts";
import { visible } from "../../_cli/cells.ts";
import { type FTPUrl, placeOf } from "./url.ts";

/** Who logs in. */
export interface Login {
  /** The user. */
  readonly user: string;
  /** The password. */
  readonly password: string;
}

/** The variable that holds the password, where the program may see it (`-E=FTP_PASSWORD`). */
export const PASSWORD_VARIABLE = "FTP_PASSWORD";

/** Where logins may come from. */
export interface LoginOptions {
  /** Whom `--user` names. */
  readonly user: string | undefined;
  /** Whether `~/.netrc` is read. */
  readonly netrc: boolean;
  /** Another such file. */
  readonly "netrc-file": string | undefined;
}

/**
 * Finds out who logs in.
 *
 * @param url The server, and perhaps the user.
 * @param options Where else logins may come from.
 * @param context What the program works with.
 * @returns The login; anonymous where nobody is named.
 * @throws {CommandError} If there is no password (`EXIT.loginRefused`).
 */
export async function loginFor(
  url: FTPUrl,
  options: LoginOptions,
  context: Context,
): Promise<Login> {
  const named = options.user ?? url.user;
  if (named !== undefined && url.password !== undefined) {
    return { user: named, password: url.password };
  }
  const noted = await notedLogin(url.host, options);
  if (noted !== undefined && (named === undefined || named === noted.user)) return noted;
  if (named === undefined || named === "anonymous" || named === "ftp") {
    return { user: named ?? "anonymous", password: "" };
  }
  const password = await passwordFor(named, placeOf(url), context);
  if (password !== undefined) return { user: named, password };
  throw new CommandError(
    `There is no password for ${visible(named)} at ${placeOf(url)}, and nobody to ask: ${ADVICE}`,
    EXIT.loginRefused,
  );
}

/** What to do where there is no password. */
export const ADVICE = `set ${PASSWORD_VARIABLE} and give Deno -E=${PASSWORD_VARIABLE}`;

/**
 * Finds a password: in the environment, or by asking.
 *
 * @param user The user.
 * @param place Where it is for.
 * @param context What the program works with.
 * @returns The password; `undefined` where nobody is there to ask.
 */
export async function passwordFor(
  user: string,
  place: string,
  { terminal, signal }: Context,
): Promise<string | undefined> {
  const variable = await terminal.environment(PASSWORD_VARIABLE);
  if (variable !== undefined) return variable;
  if (!terminal.input.isTerminal || !terminal.errors.isTerminal) return undefined;
  return await askPassword(terminal, `Password for ${visible(`${user} at ${place}`)}: `, {
    signal,
  });
}

/** What the netrc file says about a host. */
async function notedLogin(
  host: string,
  { netrc, "netrc-file": file }: LoginOptions,
): Promise<Login | undefined> {
  if (!netrc && file === undefined) return undefined;
  const { Netrc } = await import("../../netrc.ts");
  const found = (await Netrc.read(file)).authenticators(host);
  return found && { user: found.login || "anonymous", password: found.password };
}
