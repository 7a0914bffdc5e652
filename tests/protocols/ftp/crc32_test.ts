import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { crc32 } from "node:zlib";
import { Crc32 } from "../../../protocols/ftp/crc32.ts";

function hexOf(...pieces: Uint8Array[]): string {
  const crc = new Crc32();
  for (const piece of pieces) crc.update(piece);
  return crc.hex();
}

const utf8 = (text: string) => new TextEncoder().encode(text);

// The check values of the catalogue of parametrised CRC algorithms, and of zlib's own tests.
Deno.test("Crc32 gives the values that everybody gives", () => {
  assert.equal(hexOf(), "00000000");
  assert.equal(hexOf(utf8("123456789")), "cbf43926");
  assert.equal(hexOf(utf8("The quick brown fox jumps over the lazy dog")), "414fa339");
  assert.equal(hexOf(new Uint8Array(32)), "190a55ad");
  assert.equal(hexOf(new Uint8Array(32).fill(0xff)), "ff6cab0b");
});

Deno.test("Crc32 counts what zlib counts, however the bytes were cut", () => {
  fc.assert(fc.property(
    fc.uint8Array({ maxLength: 200 }),
    fc.nat({ max: 200 }),
    fc.nat({ max: 200 }),
    (bytes, a, b) => {
      const [from, until] = [Math.min(a, b), Math.max(a, b)];
      const pieces = [bytes.subarray(0, from), bytes.subarray(from, until), bytes.subarray(until)];
      const expected = crc32(bytes).toString(16).padStart(8, "0");
      assert.equal(hexOf(bytes), expected);
      assert.equal(hexOf(...pieces), expected);
    },
  ));
});

Deno.test("Crc32 can be asked before the end", () => {
  const crc = new Crc32();
  crc.update(utf8("1234"));
  assert.equal(crc.value, crc32("1234"));
  crc.update(utf8("56789"));
  assert.equal(crc.value, 0xcbf43926);
});
