import assert from "node:assert/strict";
import { checkLine, checkPrintable } from "../../../protocols/text/guard.ts";

Deno.test("checkLine refuses CR, LF, NUL, and half a surrogate pair", () => {
  for (
    const [text, name] of [["a\r", "CR"], ["\nb", "LF"], ["a\0b", "NUL"], ["\ud83d", "U\\+D83D"]]
  ) {
    assert.throws(() => checkLine("path", text as string), new RegExp(`path: it holds ${name}`));
    assert.throws(() => checkPrintable("path", text as string), TypeError);
  }
});

Deno.test("checkLine lets letters pass whose low byte is a line end, in UTF-8 only", () => {
  // As bytes of latin-1 by cutting: LF, CR, NUL.
  for (const text of ["\u010a", "Dvo\u0159\u00e1k \u010d. 8", "\u0100", "\u{1f60a}"]) {
    checkLine("path", text);
    assert.throws(() => checkLine("path", text, "latin-1"), TypeError);
  }
  checkLine("path", "caf\xe9\t\x1b", "latin-1");
});

Deno.test("checkPrintable refuses every other control character too", () => {
  for (const text of ["\t", "\x1b", "\x7f", "\x01"]) {
    checkLine("name", text);
    assert.throws(() => checkPrintable("name", text), TypeError);
  }
  checkPrintable("name", "jürgen 漢");
});

Deno.test("the guards never repeat what they refuse, and take only strings", () => {
  assert.throws(
    () => checkLine("password", "secret\r\n"),
    (error: Error) => error instanceof TypeError && !error.message.includes("secret"),
  );
  assert.throws(() => checkLine("path", 5 as unknown as string), /need a string, got number/);
  assert.throws(() => checkLine("path", undefined as unknown as string), TypeError);
});
