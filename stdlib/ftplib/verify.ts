/**
 * Whether what arrived is what was sent.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../loop/exceptions.ts";
import type { WaitOptions } from "../../loop/wait.ts";
import type { HashAlgorithm } from "../../protocols/ftp/checksums.ts";
import { quote } from "../../protocols/text/quote.ts";
import { checksumOf, type ChecksumOptions } from "./checksum.ts";
import { ErrorPerm, type FTPError, quoteCommand, TruncatedError, VerifyError } from "./errors.ts";
import { featuresOf } from "./features.ts";
import type { Session } from "./session.ts";
import { UnsupportedError } from "./unsupported_error.ts";

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

/** Bytes here that have a checksum. */
export type Hash = (algorithm: HashAlgorithm) => Promise<string>;

/**
 * Makes sure that the server counts checksums, before there is something to compare.
 *
 * @param session The session.
 * @param path The file, for the message.
 * @param verifying The transfer.
 * @throws {UnsupportedError} If it counts none.
 */
export async function assertCountsChecksums(
  session: Session,
  path: string,
  verifying: Verifying,
): Promise<void> {
  const { checksums } = await featuresOf(session, verifying);
  if (checksums.size > 0) return;
  throw new UnsupportedError(
    `${quoteCommand(verifying.command)}: the server counts no checksums, so that ${quote(path)} ` +
      'cannot be compared; verify by "size"',
    "HASH",
    verifying.command,
  );
}

/**
 * Tells whether bytes here and on the server have the same checksum.
 *
 * @param session The session.
 * @param path The file on the server.
 * @param hash Counts what is here.
 * @param range Which bytes of the file on the server these are.
 * @returns Whether they have; `false` where the server cannot tell.
 */
export async function isAlike(
  session: Session,
  path: string,
  hash: Hash,
  range: ChecksumOptions,
): Promise<boolean> {
  try {
    return await checksumDifference(session, path, hash, range) === undefined;
  } catch (error) {
    rethrowIfCancelled(error, range.signal);
    if (error instanceof UnsupportedError || error instanceof ErrorPerm) return false;
    throw error;
  }
}

/**
 * Compares a file that was transferred by its checksum.
 *
 * @param session The session.
 * @param path The file on the server.
 * @param hash Counts what is here.
 * @param verifying The transfer, and where in the file it began.
 * @throws {VerifyError} If they differ.
 */
export async function verifyChecksum(
  session: Session,
  path: string,
  hash: Hash,
  verifying: Verifying & { offset?: number },
): Promise<void> {
  const { command, ...rest } = verifying;
  const differs = await checksumDifference(session, path, hash, rest);
  if (differs === undefined) return;
  const { here, there } = differs;
  throw new VerifyError(
    `${quoteCommand(command)}: the server reported success, but its file has the checksum ` +
      `${there} instead of ${here}: what arrived is not what was sent`,
    here,
    there,
    { command },
  );
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

/** Both checksums, where that which the server counts is not that of the same bytes here. */
async function checksumDifference(
  session: Session,
  path: string,
  hash: Hash,
  range: ChecksumOptions,
): Promise<{ here: string; there: string } | undefined> {
  const { algorithm, hex } = await checksumOf(session, path, range);
  const here = await hash(algorithm);
  return here === hex ? undefined : { here, there: hex };
}
