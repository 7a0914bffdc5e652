import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { quote } from "../../../protocols/text/quote.ts";

Deno.test("quote escapes what could move a cursor or forge a line", () => {
  assert.equal(quote("\x1b[31m\x9b\x7f\0"), String.raw`"\x1b[31m\x9b\x7f\x00"`);
  assert.equal(quote('a\r\n\t"\\'), String.raw`"a\r\n\t\"\\"`);
  assert.equal(quote("\u202egnp.exe"), String.raw`"\u202egnp.exe"`);
  assert.equal(quote("a\ud800b"), String.raw`"a\ud800b"`);
  assert.equal(quote("naïve 漢字 😀"), '"naïve 漢字 😀"');
});

Deno.test("quote leaves nothing in a text that is not visible", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(quote(text), /[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e]/);
  }));
});

Deno.test("quote cuts what is too long, and no pair in two", () => {
  assert.equal(quote("x".repeat(1000)).length, 200 + '""… (1000 characters)'.length);
  assert.equal(quote("a😀b", 2), '"a"… (4 characters)');
  assert.throws(() => quote("a", 0), RangeError);
});
