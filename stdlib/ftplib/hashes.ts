/**
 * Checksums of what is here, to be compared with those of the server.
 *
 * @module
 */

import { Crc32 } from "../../protocols/ftp/crc32.ts";
import type { HashAlgorithm } from "../../protocols/ftp/checksums.ts";

/** A checksum that is counted while the bytes go by. */
export interface Hasher {
  /** Which checksum it is. */
  readonly algorithm: HashAlgorithm;
  /** Goes on with the next bytes, which are read at once and not kept. */
  update(bytes: Uint8Array): void;
  /** Ends, and gives the checksum in lower-case hexadecimal digits. To be called once. */
  hex(): string;
}

/**
 * Begins a checksum.
 *
 * @param algorithm Which checksum.
 * @returns What counts it.
 * @throws {TypeError} If there is no such algorithm.
 *
 * @example
 * ```ts
 * import { hasher } from "https://tulip.example/stdlib/ftplib/hashes.ts";
 * import assert from "node:assert/strict";
 *
 * const md5 = await hasher("MD5");
 * md5.update(new TextEncoder().encode("a"));
 * md5.update(new TextEncoder().encode("bc"));
 * assert.equal(md5.hex(), "900150983cd24fb0d6963f7d28e17f72");
 * ```
 */
export async function hasher(algorithm: HashAlgorithm): Promise<Hasher> {
  if (algorithm === "CRC32") {
    const crc = new Crc32();
    return { algorithm, update: (bytes) => crc.update(bytes), hex: () => crc.hex() };
  }
  const name = Object.hasOwn(NAMES, algorithm) ? NAMES[algorithm] : undefined;
  if (name === undefined) {
    throw new TypeError(`Cannot count a checksum of the kind ${JSON.stringify(algorithm)}`);
  }
  // WebCrypto has no MD5, and wants all bytes at once.
  const { createHash } = await import("node:crypto");
  const hash = createHash(name);
  return { algorithm, update: (bytes) => void hash.update(bytes), hex: () => hash.digest("hex") };
}

const NAMES: Readonly<Record<Exclude<HashAlgorithm, "CRC32">, string>> = {
  "MD5": "md5",
  "SHA-1": "sha1",
  "SHA-256": "sha256",
  "SHA-512": "sha512",
};
