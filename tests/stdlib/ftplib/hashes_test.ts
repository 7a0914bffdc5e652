import assert from "node:assert/strict";
import type { HashAlgorithm } from "../../../protocols/ftp/checksums.ts";
import { hasher } from "../../../stdlib/ftplib/hashes.ts";
import { rejection } from "../../rejection.ts";

// "abc": RFC 1321 §A.5, FIPS 180-4's examples, and zlib.
const OF_ABC: Record<HashAlgorithm, string> = {
  "CRC32": "352441c2",
  "MD5": "900150983cd24fb0d6963f7d28e17f72",
  "SHA-1": "a9993e364706816aba3e25717850c26c9cd0d89d",
  "SHA-256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  "SHA-512": "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a" +
    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
};

Deno.test("hasher counts every checksum, in pieces too", async () => {
  for (const [algorithm, hex] of Object.entries(OF_ABC) as [HashAlgorithm, string][]) {
    const whole = await hasher(algorithm);
    whole.update(new TextEncoder().encode("abc"));
    assert.equal(whole.algorithm, algorithm);
    assert.equal(whole.hex(), hex);

    const pieces = await hasher(algorithm);
    // The same memory every time, as a transfer lends it.
    const lent = new Uint8Array(1);
    for (const byte of new TextEncoder().encode("abc")) {
      lent[0] = byte;
      pieces.update(lent);
    }
    assert.equal(pieces.hex(), hex, algorithm);
  }
});

Deno.test("hasher refuses what it cannot count", async () => {
  for (const algorithm of ["SHA-3", "md5", "toString", ""] as string[] as HashAlgorithm[]) {
    await rejection(hasher(algorithm), TypeError);
  }
});
