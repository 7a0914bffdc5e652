/**
 * Files on both sides, compared by what is in them.
 *
 * @module
 */

import type { WaitOptions } from "../../../loop/wait.ts";
import { checksumOf } from "../checksum.ts";
import { hasher } from "../hashes.ts";
import type { Member } from "./crew.ts";
import { readLocal } from "./files.ts";

/**
 * Tells whether two files have the same checksum, by the first one that the server counts.
 *
 * @param member Who asks the server.
 * @param paths Both files.
 * @param wait How long to wait.
 * @returns Whether they have.
 * @throws {UnsupportedError} If the server counts no checksums.
 */
export async function isSameByChecksum(
  member: Member,
  { local, remote }: { local: string; remote: string },
  wait: WaitOptions,
): Promise<boolean> {
  const there = await member.do((session) => checksumOf(session, remote, wait), wait);
  const here = await hasher(there.algorithm);
  await readLocal(local, (bytes) => {
    wait.signal?.throwIfAborted();
    here.update(bytes);
  });
  return here.hex() === there.hex;
}
