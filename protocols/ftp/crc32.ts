/**
 * CRC-32 as FTP servers count it for `XCRC` and `HASH`: the one of zip, gzip and
 * Ethernet (ITU-T V.42, polynomial 0x04c11db7, bits reflected).
 *
 * It finds what was damaged on the way, not what somebody changed on purpose.
 *
 * @module
 */

/**
 * Counts the checksum of bytes that come in pieces.
 *
 * @example
 * ```ts
 * import { Crc32 } from "https://tulip.example/protocols/ftp/crc32.ts";
 * import assert from "node:assert/strict";
 *
 * const crc = new Crc32();
 * crc.update(new TextEncoder().encode("1234"));
 * crc.update(new TextEncoder().encode("56789"));
 * assert.equal(crc.hex(), "cbf43926");
 * ```
 */
export class Crc32 {
  #state = -1;

  /**
   * Goes on with the next bytes.
   *
   * @param bytes The bytes; they are read at once, and not kept.
   */
  update(bytes: Uint8Array): void {
    this.#state = next(this.#state, bytes);
  }

  /** The checksum of all bytes so far, 0 to 2^32 − 1. */
  get value(): number {
    return ~this.#state >>> 0;
  }

  /**
   * Writes the checksum.
   *
   * @returns Eight lower-case hexadecimal digits.
   */
  hex(): string {
    return this.value.toString(16).padStart(8, "0");
  }
}

const POLYNOMIAL = 0xedb88320;

/** How many bytes one step takes. */
const SLICES = 16;

let tables: Int32Array[] | undefined;

/** Table k has for each byte what it comes to when k zero bytes follow it. */
function makeTables(): Int32Array[] {
  const first = new Int32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) {
      value = (value & 1) === 0 ? value >>> 1 : (value >>> 1) ^ POLYNOMIAL;
    }
    first[byte] = value;
  }
  const made = [first];
  while (made.length < SLICES) {
    const before = made[made.length - 1]!;
    made.push(before.map((value) => (value >>> 8) ^ first[value & 0xff]!));
  }
  return made;
}

/** Sixteen bytes a step ("slicing by 16"): the lookups of one step do not wait for one another. */
function next(state: number, bytes: Uint8Array): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12, t13, t14, t15] =
    (tables ??= makeTables()) as Tables;
  const whole = bytes.length - bytes.length % SLICES;
  let at = 0;
  while (at < whole) {
    state = t15[(state ^ bytes[at]!) & 0xff]! ^
      t14[((state >>> 8) ^ bytes[at + 1]!) & 0xff]! ^
      t13[((state >>> 16) ^ bytes[at + 2]!) & 0xff]! ^
      t12[(state >>> 24) ^ bytes[at + 3]!]! ^
      t11[bytes[at + 4]!]! ^
      t10[bytes[at + 5]!]! ^
      t9[bytes[at + 6]!]! ^
      t8[bytes[at + 7]!]! ^
      t7[bytes[at + 8]!]! ^
      t6[bytes[at + 9]!]! ^
      t5[bytes[at + 10]!]! ^
      t4[bytes[at + 11]!]! ^
      t3[bytes[at + 12]!]! ^
      t2[bytes[at + 13]!]! ^
      t1[bytes[at + 14]!]! ^
      t0[bytes[at + 15]!]!;
    at += SLICES;
  }
  while (at < bytes.length) state = (state >>> 8) ^ t0[(state ^ bytes[at++]!) & 0xff]!;
  return state;
}

type T = Int32Array;
type Tables = [T, T, T, T, T, T, T, T, T, T, T, T, T, T, T, T];
