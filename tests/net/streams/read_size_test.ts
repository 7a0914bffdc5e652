import assert from "node:assert/strict";
import { ReadSize } from "../../../net/streams/read_size.ts";

Deno.test("ReadSize grows while reads are filled, and shrinks when little comes", () => {
  const size = new ReadSize();
  const small = size.bytes;
  for (let count = 0; count < 20; count++) size.came(size.bytes, size.bytes);
  assert.equal(size.bytes, 262_144);
  for (let count = 0; count < 15; count++) size.came(1, size.bytes);
  assert.equal(size.bytes, 262_144, "one quiet moment is no reason");
  size.came(200_000, size.bytes);
  for (let count = 0; count < 15; count++) size.came(1, size.bytes);
  assert.equal(size.bytes, 262_144);
  for (let count = 0; count < 200; count++) size.came(1, size.bytes);
  assert.equal(size.bytes, small);
});

Deno.test("ReadSize learns nothing from a place that was smaller than it asked for", () => {
  const size = new ReadSize();
  size.came(size.bytes, size.bytes);
  const { bytes } = size;
  for (let count = 0; count < 20; count++) size.came(100, 100);
  assert.equal(size.bytes, bytes);
  assert.equal(size.last, 100);
});
