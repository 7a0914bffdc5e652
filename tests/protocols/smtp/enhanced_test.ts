import assert from "node:assert/strict";
import { parseEnhancedCode, splitEnhanced } from "../../../protocols/smtp/enhanced.ts";

Deno.test("splitEnhanced takes the code out of every line (RFC 2034 §4)", () => {
  assert.deepEqual(splitEnhanced({ code: 550, lines: ["5.1.1 No such user", "5.1.1 at all"] }), {
    enhancedCode: "5.1.1",
    text: "No such user\nat all",
  });
  assert.deepEqual(splitEnhanced({ code: 250, lines: ["2.0.0"] }), {
    enhancedCode: "2.0.0",
    text: "",
  });
  assert.deepEqual(splitEnhanced({ code: 452, lines: ["4.2.2 a", "b", "4.2.2"] }), {
    enhancedCode: "4.2.2",
    text: "a\nb\n",
  });
});

Deno.test("splitEnhanced takes nothing for a code that is none", () => {
  for (
    const text of ["No", "5.1", "5.1.1.1 x", "3.0.0 x", "5.1.1No", "5.1000.1 x", "2.0.0 x", ""]
  ) {
    assert.deepEqual(splitEnhanced({ code: 550, lines: [text] }), {
      enhancedCode: undefined,
      text,
    });
  }
});

Deno.test("parseEnhancedCode (RFC 3463 §2)", () => {
  assert.deepEqual(parseEnhancedCode("5.7.13"), { class: 5, subject: 7, detail: 13 });
  for (const text of ["", "5.7", "1.0.0", "5.7.13 ", "5.7.1000"]) {
    assert.equal(parseEnhancedCode(text), undefined);
  }
});
