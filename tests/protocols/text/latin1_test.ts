import assert from "node:assert/strict";
import { decodeLatin1, encodeLatin1 } from "../../../protocols/text/latin1.ts";

const ALL = Uint8Array.from({ length: 256 }, (_, byte) => byte);
const ALL_TEXT = String.fromCharCode(...ALL);

Deno.test("decodeLatin1 gives every byte the code point of its number", () => {
  assert.equal(decodeLatin1(ALL), ALL_TEXT);
});

Deno.test("decodeLatin1 decodes a part, and no more than there is", () => {
  assert.equal(decodeLatin1(ALL, 0x41, 0x44), "ABC");
  assert.equal(decodeLatin1(ALL.subarray(0x41), 1, 3), "BC");
  assert.equal(decodeLatin1(ALL, 254, 999), "\xfe\xff");
  assert.equal(decodeLatin1(ALL, 5, 3), "");
  assert.equal(decodeLatin1(ALL, -3, 2), "\x00\x01");
});

Deno.test("decodeLatin1 does the same without Buffer", async () => {
  const buffer = Object.getOwnPropertyDescriptor(globalThis, "Buffer");
  assert.ok(buffer?.configurable);
  const url = new URL("../../../protocols/text/latin1.ts?without-buffer", import.meta.url).href;
  const fresh = await import(url) as { decodeLatin1: typeof decodeLatin1 };
  const long = Uint8Array.from({ length: 20_000 }, (_, index) => index);
  delete (globalThis as { Buffer?: unknown }).Buffer;
  try {
    assert.equal(fresh.decodeLatin1(ALL), ALL_TEXT);
    assert.equal(fresh.decodeLatin1(ALL, 0x41, 0x44), "ABC");
    assert.equal(fresh.decodeLatin1(long), decodeLatin1(long));
    assert.equal(fresh.decodeLatin1(long, 8191, 8193), decodeLatin1(long, 8191, 8193));
  } finally {
    Object.defineProperty(globalThis, "Buffer", buffer);
  }
});

Deno.test("encodeLatin1 is the inverse", () => {
  assert.deepEqual(encodeLatin1(ALL_TEXT), ALL);
  assert.deepEqual(encodeLatin1(""), new Uint8Array());
});

Deno.test("encodeLatin1 cuts no code point down to a byte", () => {
  // U+010A and U+010D would become LF and CR.
  assert.throws(() => encodeLatin1("ab\u010a"), /U\+010A at index 2/);
  assert.throws(() => encodeLatin1("\u010d"), TypeError);
  assert.throws(() => encodeLatin1("\u0100"), TypeError);
  assert.throws(() => encodeLatin1("\u{1f600}"), /U\+1F600 at index 0/);
});
