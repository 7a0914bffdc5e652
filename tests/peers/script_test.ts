import assert from "node:assert/strict";
import { parseScript, type Step } from "./script.ts";

/** What is interesting of a step, its bytes as text. */
function brief(step: Step): unknown[] {
  const text = "bytes" in step ? new TextDecoder("latin1").decode(step.bytes) : undefined;
  const rest = step.kind === "end" || step.kind === "data-end" ? step.how : undefined;
  return [step.line, step.kind, text ?? rest].filter((part) => part !== undefined);
}

Deno.test("parseScript reads each kind of line", () => {
  const steps = parseScript(`
    # a comment
    S: 220 ready
    C: USER a
    S= 2\\x31\\r\\n\\\\\\0
    S! turn
    C* .
    S: 229 at {port}
    D: line
    D= raw
    D! reset
    D? one
    D? two
    C! eof
    S! tls
    S! silence
  `);
  assert.deepEqual(steps.map(brief), [
    [3, "send", "220 ready\r\n"],
    [4, "expect"],
    [5, "send", "21\r\n\\\0"],
    [6, "turn"],
    [7, "skip"],
    [8, "announce"],
    [9, "data-send", "line\r\n"],
    [10, "data-send", "raw"],
    [11, "data-end", "reset"],
    [12, "data-expect", "one\r\ntwo\r\n"],
    [14, "eof"],
    [15, "tls"],
    [16, "end", "silence"],
  ]);
});

Deno.test("parseScript keeps spaces inside a line, and a line may be empty", () => {
  assert.deepEqual(parseScript("S:\nS: \nS:   two before").map(brief), [
    [1, "send", "\r\n"],
    [2, "send", "\r\n"],
    [3, "send", "  two before\r\n"],
  ]);
});

Deno.test("parseScript: an expectation matches the whole line, as text or as a pattern", () => {
  const [text, pattern] = parseScript("C: PASS a.c\nC: /PASS \\w+/i");
  assert.ok(text?.kind === "expect" && pattern?.kind === "expect");
  assert.deepEqual(["PASS a.c", "PASS abc", "PASS a.c "].map(text.matches), [true, false, false]);
  assert.deepEqual(["pass x", "PASS x y", "NOPASS x"].map(pattern.matches), [true, false, false]);
});

Deno.test("parseScript names the line that it cannot read", () => {
  for (const bad of ["X: what", "S 220", "S! explode", "220 ready", "D! tls", "C! close"]) {
    assert.throws(() => parseScript(`S: 220\n${bad}`), /line 2/, bad);
  }
  assert.throws(() => parseScript("S= \\q"), SyntaxError);
});
