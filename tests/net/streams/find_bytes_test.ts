import assert from "node:assert/strict";
import { findBytes } from "../../../net/streams/find_bytes.ts";

const PLACES = [0, 1, 255, 256, 257, 16_383, 16_384, 16_639, 16_640, 16_641, 40_000];

Deno.test("findBytes finds the first byte of its kind, wherever it lies", () => {
  for (const byte of [0, 10, 0x80, 0xff]) {
    const sought = new Uint8Array([byte]);
    for (const at of PLACES) {
      const bytes = new Uint8Array(50_000).fill(byte ^ 1);
      bytes[at] = bytes[at + 1] = byte;
      assert.equal(findBytes(bytes, sought, 0), at);
      assert.equal(findBytes(bytes, sought, at), at);
      assert.equal(findBytes(bytes, sought, at + 1), at + 1);
      assert.equal(findBytes(bytes, sought, at + 2), -1);
      assert.equal(findBytes(bytes, sought, 0, at), -1);
    }
  }
});

Deno.test("findBytes finds several bytes, and no part of them", () => {
  const sought = new Uint8Array([13, 10, 0xff, 13]);
  for (const at of PLACES) {
    const bytes = new Uint8Array(50_000).fill(13);
    bytes.set(sought, at);
    assert.equal(findBytes(bytes, sought, 0), at);
    assert.equal(findBytes(bytes, sought, at), at);
    assert.equal(findBytes(bytes, sought, at + 1), -1);
    assert.equal(findBytes(bytes, sought, 0, at + 3), -1);
    assert.equal(findBytes(bytes, sought, 0, at + 4), at);
  }
});

Deno.test("findBytes finds what is longer than it looks at in one go", () => {
  const sought = new Uint8Array(20_000).fill(1);
  const bytes = new Uint8Array(60_000);
  bytes.set(sought, 30_000);
  assert.equal(findBytes(bytes, sought, 0), 30_000);
  assert.equal(findBytes(bytes, sought, 30_001), -1);
});
