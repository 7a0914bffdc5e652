/**
 * What a server's refusals mean for the exit code.
 *
 * @module
 */

import { EXIT, type ExitCode } from "../../_cli/exit_codes.ts";
import { FTPError } from "../errors.ts";

/**
 * Tells how the program ends after an error of FTP.
 *
 * @param error What was thrown.
 * @returns The exit code, where FTP knows better than the frame.
 */
export function ftpExitCode(error: unknown): ExitCode | undefined {
  if (!(error instanceof FTPError)) return undefined;
  const { code = 0, command = "", text = "" } = error;
  if (code >= 400 && /^(?:USER|PASS|ACCT)\b/i.test(command)) return EXIT.loginRefused;
  if (code === 530) return EXIT.loginRefused;
  // The same code tells of a missing file and of a missing right; only the words differ.
  if (code === 550 && LOOKS.test(command) && !FORBIDDEN.test(text)) return EXIT.notFound;
  return undefined;
}

/** Commands about what must be there already. */
const LOOKS = /^(?:RETR|SIZE|MDTM|MLST|MLSD|LIST|NLST|STAT|CWD|DELE|RMD|RNFR|HASH|X\w+)\b/i;

const FORBIDDEN = /denied|permi(?:ssion|t)|not allowed|not empty|privilege|forbidden/i;
