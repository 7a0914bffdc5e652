/**
 * Whether what arrived is what was sent.
 *
 * @module
 */

import type { WaitOptions } from "../../loop/wait.ts";
import { type FTPError, quoteCommand, TruncatedError, VerifyError } from "./errors.ts";
import type { Session } from "./session.ts";

/** A transfer that the server calls a success. */
export interface Verifying extends WaitOptions {
  /** Its command, for messages. */
  command: string;
}

/**
 * Compares the size on the server with what was sent. A server that does not tell is believed.
 *
 * @param session The session.
 * @param path The file on the server.
 * @param size How many bytes the file shall have.
 * @param request The upload.
 * @throws {TruncatedError} If it has less.
 * @throws {VerifyError} If it has more.
 */
export async function verifySize(
  session: Session,
  path: string,
  size: number,
  request: Verifying,
): Promise<void> {
  const turn = await session.begin(request.command, request);
  try {
    const stored = await session.sizeOf(path, request);
    if (stored === undefined || stored === size) return;
    const message = `${quoteCommand(request.command)}: the server reported success, but its file ` +
      `has ${stored} bytes instead of ${size}`;
    throw sizeError(message, { actual: stored, expected: size }, request);
  } finally {
    turn.end();
  }
}

/**
 * Makes the error of a file that has another size than it should.
 *
 * @param message What was found.
 * @param sizes Its size, and the one that it should have.
 * @param verifying The transfer.
 * @returns The error.
 */
export function sizeError(
  message: string,
  { actual, expected }: { actual: number; expected: number },
  { command }: Verifying,
): FTPError {
  const options = { command, origin: "peer" } as const;
  return actual < expected
    ? new TruncatedError(message, actual, expected, options)
    : new VerifyError(message, expected, actual, options);
}
