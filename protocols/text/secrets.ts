/**
 * Commands as errors and logs may show them: without what must stay secret.
 *
 * @module
 */

/** What stands in the place of a secret. */
export const MASK = "***";

// A password may hold spaces, so everything after the verb (or, for AUTH, after
// the mechanism) is covered.
const SECRET = /^(\s*(?:AUTH\s+\S+|PASS|ACCT)\s+).+$/is;

/**
 * Covers the secret part of a command: what follows `PASS` and `ACCT`
 * (RFC 959 §4.1.1), and the initial response of `AUTH` (RFC 4954 §4).
 *
 * @param command The command as it goes out.
 * @returns The same command, its secret replaced by `***`.
 */
export function maskSecrets(command: string): string {
  return command.replace(SECRET, `$1${MASK}`);
}
