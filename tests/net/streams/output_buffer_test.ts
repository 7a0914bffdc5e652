import { Buffer } from "node:buffer";
import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { OutputBuffer } from "../../../net/streams/output_buffer.ts";
import { bytes, sameBytes, text } from "../cuts.ts";

function drain(buffer: OutputBuffer): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  for (let block = buffer.next(); block !== null; block = buffer.next()) {
    blocks.push(block.slice());
    buffer.sent(block.length);
  }
  return blocks;
}

Deno.test("OutputBuffer joins small pieces into one block", () => {
  const buffer = new OutputBuffer();
  buffer.write("a");
  buffer.write(bytes("b"));
  buffer.write("ü");
  buffer.write("c");
  assert.deepEqual(drain(buffer).map(text), ["abüc"]);
  assert.equal(buffer.next(), null);
  assert.equal(buffer.size, 0);
});

Deno.test("OutputBuffer sends a large array from the caller's memory", () => {
  const buffer = new OutputBuffer();
  const large = new Uint8Array(100_000);
  buffer.write("before");
  buffer.write(large);
  buffer.write("after");
  assert.equal(buffer.lends, true);
  assert.equal(text(buffer.next()!), "before");
  buffer.sent(6);
  assert.equal(buffer.next(), large);
  buffer.sent(99_999);
  assert.equal(buffer.next()!.length, 1);
  assert.equal(buffer.lends, true);
  buffer.sent(1);
  assert.equal(buffer.lends, false);
  assert.equal(text(buffer.next()!), "after");
});

Deno.test("OutputBuffer copies a small array at once", () => {
  const buffer = new OutputBuffer();
  const small = bytes("first");
  buffer.write(small);
  small.fill(0x21);
  assert.equal(text(buffer.next()!), "first");
});

Deno.test("OutputBuffer gives what went in, in order, however it is written and sent", () => {
  const piece = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 40 }),
    fc.nat(30_000).map((length) => "é".repeat(length)),
    fc.uint8Array({ maxLength: 40 }),
    fc.nat(20_000).map((length) => new Uint8Array(length).fill(length & 0xff)),
  );
  const step = fc.record({ piece, send: fc.nat(20_000) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const buffer = new OutputBuffer();
      const expected: Uint8Array[] = [];
      const sent: Uint8Array[] = [];
      for (const { piece, send } of steps) {
        // A surrogate half at the end of one piece would join with the next one's.
        const data = typeof piece === "string" ? piece.toWellFormed() : piece;
        buffer.write(data);
        expected.push(typeof data === "string" ? bytes(data) : data);
        const block = send % 2 === 0 ? null : buffer.next();
        if (block === null) continue;
        const count = Math.min(Math.max(1, send), block.length);
        sent.push(block.slice(0, count));
        buffer.sent(count);
      }
      sent.push(...drain(buffer));
      assert.ok(sameBytes(Buffer.concat(sent), Buffer.concat(expected)));
      assert.equal(buffer.size, 0);
      assert.equal(buffer.lends, false);
    }),
    { numRuns: 60 },
  );
});

Deno.test("OutputBuffer gives no empty block", () => {
  const buffer = new OutputBuffer();
  buffer.write("");
  buffer.write(new Uint8Array(0));
  assert.equal(buffer.next(), null);
});
