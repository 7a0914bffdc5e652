import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { AsciiDecoder, AsciiEncoder } from "../../../../stdlib/ftplib/server/ascii.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (...chunks: Uint8Array[]) =>
  chunks.map((chunk) => new TextDecoder().decode(chunk)).join("");

const encode = (...chunks: string[]) => {
  const encoder = new AsciiEncoder();
  return text(...chunks.map((chunk) => encoder.encode(bytes(chunk))));
};
const decode = (...chunks: string[]) => {
  const decoder = new AsciiDecoder();
  return text(...chunks.map((chunk) => decoder.decode(bytes(chunk))), decoder.end());
};

Deno.test("AsciiEncoder sends CRLF for each LF, and no second CR (RFC 959 §3.1.1.1)", () => {
  assert.equal(encode("a\nb\n\nc"), "a\r\nb\r\n\r\nc");
  assert.equal(encode("a\r\nb\rc\r\n"), "a\r\nb\rc\r\n");
  assert.equal(encode("a\r", "\nb", "\n"), "a\r\nb\r\n");
});

Deno.test("AsciiDecoder stores LF for each CRLF, and keeps a CR alone", () => {
  assert.equal(decode("a\r\nb\r\n"), "a\nb\n");
  assert.equal(decode("a\rb\r\r\nc\r"), "a\rb\r\nc\r");
  assert.equal(decode("a\r", "", "\nb\r", "c\r"), "a\nb\rc\r");
});

const pieces = fc.array(fc.string({ unit: fc.constantFrom("\r", "\n", "x") }));

Deno.test("AsciiEncoder and AsciiDecoder do not depend on how their input was cut", () => {
  fc.assert(fc.property(pieces, (chunks) => {
    const whole = chunks.join("");
    assert.equal(encode(...chunks), whole.replace(/(?<!\r)\n/g, "\r\n"));
    assert.equal(decode(...chunks), whole.replace(/\r\n/g, "\n"));
  }));
});
