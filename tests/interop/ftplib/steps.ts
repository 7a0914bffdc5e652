/**
 * Scripts that Python's ftplib and ours both run, and what comes of them.
 *
 * @module
 */

/** One call of a client, by Python's name of the method, with its arguments. */
export type Step =
  | readonly ["pwd" | "getwelcome" | "abort"]
  | readonly ["cwd" | "mkd" | "rmd" | "delete" | "size", string]
  | readonly ["sendcmd" | "voidcmd" | "acct", string]
  | readonly ["rename", string, string]
  | readonly ["nlst" | "dir", ...string[]]
  | readonly ["mlsd", string, ...string[]]
  | readonly ["login", string, string]
  | readonly ["retrbinary", string, number?]
  | readonly ["retrlines", string]
  | readonly ["storbinary", string, string, number?]
  | readonly ["storlines", string, string];

/** What one step gave: a value, or the class of the error, by Python's name, and its code. */
export type Result =
  | { readonly value: unknown }
  | { readonly error: string; readonly code: number | null };

/** A script and how it is run. */
export interface Script {
  /** What is done, in this order, after the login. */
  readonly steps: readonly Step[];
  /** Whether the client opens the data connections. */
  readonly passive: boolean;
}

/** What both interpreters tell of a script. */
export interface Outcome {
  /** What each step gave. */
  readonly results: readonly Result[];
  /** The commands that each step sent. */
  readonly commands: readonly (readonly string[])[];
}

/** Sent after each step, so that what a server or a relay has noted can be told apart. */
export const MARK = "SITE MARK";

/**
 * Takes apart what was sent.
 *
 * @param sent Every command of a session, marks included.
 * @returns The commands before each mark; those before the first are the login's.
 */
export function splitAtMarks(sent: readonly string[]): string[][] {
  const parts: string[][] = [[]];
  for (const command of sent) {
    if (command === MARK) parts.push([]);
    else parts.at(-1)!.push(command);
  }
  return parts;
}
