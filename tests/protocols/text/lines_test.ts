import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { decodeLatin1, encodeLatin1 } from "../../../protocols/text/latin1.ts";
import { NewlineEncoder, normalizeNewlines } from "../../../protocols/text/lines.ts";
import { sameHoweverCut } from "../../codec.ts";

function encode(text: string, bare?: "normalize" | "reject"): string {
  return sameHoweverCut(text, (pieces) => {
    const encoder = new NewlineEncoder({ bare });
    return pieces.map((piece) => decodeLatin1(encoder.encode(piece))).join("") + encoder.endLine();
  });
}

// Expected values: Python's smtplib.quotedata, whose rule for line ends is the same.
Deno.test("normalizeNewlines makes one CRLF of each CRLF, LF and CR", () => {
  assert.equal(normalizeNewlines("a\nb\r\nc\rd"), "a\r\nb\r\nc\r\nd");
  assert.equal(normalizeNewlines("\r\r\n\n"), "\r\n\r\n\r\n");
  assert.equal(normalizeNewlines(""), "");
});

Deno.test("NewlineEncoder does the same to bytes, however they are cut", () => {
  assert.equal(encode("a\nb\r\nc\rd\r\n"), "a\r\nb\r\nc\r\nd\r\n");
  assert.equal(encode("\r\r\n\n"), "\r\n\r\n\r\n");
  assert.equal(encode("\r"), "\r\n");
  assert.equal(encode(""), "");
  assert.equal(encode(".\n\xff"), ".\r\n\xff\r\n");
});

Deno.test("NewlineEncoder agrees with normalizeNewlines on any text", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."a.\r\n"), maxLength: 12 }), (text) => {
      const lines = normalizeNewlines(text);
      assert.equal(encode(text), lines === "" || lines.endsWith("\r\n") ? lines : `${lines}\r\n`);
    }),
  );
});

Deno.test("NewlineEncoder refuses lone newlines where it is told to", () => {
  assert.equal(encode("a\r\n\r\nb", "reject"), "a\r\n\r\nb\r\n");
  for (const text of ["a\nb", "\n", "\r\n\n", "a\rb", "\r\r\n", "a\r"]) {
    assert.throws(() => encode(text, "reject"), TypeError, JSON.stringify(text));
  }
});

Deno.test("NewlineEncoder copies nothing where nothing has to be added", () => {
  const chunk = encodeLatin1("a\r\nb\r\n");
  assert.equal(new NewlineEncoder().encode(chunk), chunk);
});
