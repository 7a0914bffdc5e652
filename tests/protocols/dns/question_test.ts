import assert from "node:assert/strict";
import {
  checkName,
  decodeHead,
  DnsSyntaxError,
  encodeQuestion,
} from "../../../protocols/dns/question.ts";

Deno.test("a question as RFC 1035 §4.1 draws it, with its length before it", () => {
  assert.deepEqual(
    [...encodeQuestion("a.test.", "MX", 0x1234)],
    [0, 24, 0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 97, 4, 116, 101, 115, 116, 0, 0, 15, 0, 1],
  );
  assert.deepEqual([...encodeQuestion(".", "CAA", 0)].slice(14), [0, 1, 1, 0, 1]);
});

Deno.test("the head of an answer", () => {
  const head = (code: number) =>
    Uint8Array.of(0, 40, 0x12, 0x34, 0x81, 0x80 | code, 0, 1, 0, 2, 0, 0, 0, 0);
  assert.deepEqual(decodeHead(head(3), 0x1234), { responseCode: 3, answers: 2 });
  assert.throws(() => decodeHead(head(3), 0x1235), DnsSyntaxError);
  assert.throws(() => decodeHead(head(3).subarray(0, 13), 0x1234), DnsSyntaxError);
  const question = head(0);
  question[4] = 1;
  assert.throws(() => decodeHead(question, 0x1234), DnsSyntaxError);
  const short = head(0);
  short[1] = 11;
  assert.throws(() => decodeHead(short, 0x1234), DnsSyntaxError);
});

Deno.test("names that can be none", () => {
  assert.equal(checkName("_sip._udp.example.org."), "_sip._udp.example.org");
  for (const name of ["", "a b", "a\r\nb", "a\0b", "a..b", ".a", "ü.org"]) {
    assert.throws(() => checkName(name), TypeError, JSON.stringify(name));
  }
  assert.throws(() => checkName(`${"x".repeat(64)}.org`), RangeError);
  assert.equal(checkName(`${"x".repeat(63)}.org`).length, 67);
  const long = Array.from({ length: 128 }, () => "a").join(".");
  assert.throws(() => checkName(long), RangeError);
  assert.equal(checkName(long.slice(2)).length, 253);
});
