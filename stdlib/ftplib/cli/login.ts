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

/**
 * Finds out who logs in.
 *
 * @param url The server, and perhaps the user.
 * @param asked Whom `--user` names.
 * @param context What the program works with.
 * @returns The login; anonymous where nobody is named.
 * @throws {CommandError} If there is no password (`EXIT.loginRefused`).
 */
export async function loginFor(
  url: FTPUrl,
  asked: string | undefined,
  context: Context,
): Promise<Login> {
  const user = asked ?? url.user;
  if (user === undefined || user === "anonymous" || user === "ftp" && !url.password) {
    return { user: user ?? "anonymous", password: url.password ?? "" };
  }
  if (url.password !== undefined) return { user, password: url.password };
  const { terminal, signal } = context;
  const variable = await terminal.environment(PASSWORD_VARIABLE);
  if (variable !== undefined) return { user, password: variable };
  const who = visible(`${user} at ${placeOf(url)}`);
  if (terminal.input.isTerminal && terminal.errors.isTerminal) {
    return { user, password: await askPassword(terminal, `Password for ${who}: `, { signal }) };
  }
  throw new CommandError(
    `There is no password for ${who}, and nobody to ask: set ${PASSWORD_VARIABLE} and give Deno ` +
      `-E=${PASSWORD_VARIABLE}`,
    EXIT.loginRefused,
  );
}
