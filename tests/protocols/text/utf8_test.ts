import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { decodeLatin1 } from "../../../protocols/text/latin1.ts";
import { latin1ToUtf8, TextEncodingError } from "../../../protocols/text/utf8.ts";

const wire = (text: string) => decodeLatin1(new TextEncoder().encode(text));

Deno.test("latin1ToUtf8 reads back every well-formed text", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => {
    assert.equal(latin1ToUtf8(wire(text), "throw"), text);
  }));
});

Deno.test("latin1ToUtf8 keeps a byte order mark", () => {
  assert.equal(latin1ToUtf8(wire("\ufeffa")), "\ufeffa");
});

Deno.test("latin1ToUtf8 does with bytes that are no UTF-8 as it is told", () => {
  // An old name, an overlong "/", a surrogate, a sequence cut short.
  for (const line of ["caf\xe9", "\xc0\xaf", "\xed\xa0\x80", "a\xe2\x82"]) {
    assert.throws(() => latin1ToUtf8(line, "throw"), TextEncodingError);
    assert.equal(latin1ToUtf8(line, "keep"), line);
    assert.match(latin1ToUtf8(line), /\ufffd/);
  }
});

Deno.test("latin1ToUtf8 refuses a line that was decoded before", () => {
  assert.throws(() => latin1ToUtf8("\u20ac"), TypeError);
});
