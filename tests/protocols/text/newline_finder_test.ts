import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { NewlineFinder } from "../../../protocols/text/newline_finder.ts";

const KINDS = { "\r\n": "crlf", "\n": "lf", "\r": "cr" } as const;

function found(text: string): [string, number][] {
  const finder = new NewlineFinder(new TextEncoder().encode(text));
  const all: [string, number][] = [];
  for (let at = 0; at < text.length;) {
    const newline = finder.find(at);
    assert.ok(finder.index >= at, `went back from ${at} to ${finder.index}`);
    all.push([newline, finder.index]);
    at = finder.index + (newline === "crlf" ? 2 : 1);
  }
  return all;
}

/** The same by a regular expression. */
function expected(text: string): [string, number][] {
  const all = Array.from(text.matchAll(/\r\n|\r|\n/g), ({ 0: newline, index }) => {
    const last = newline === "\r" && index + 1 === text.length;
    return [last ? "last-cr" : KINDS[newline as "\r\n"], index] as [string, number];
  });
  return text === "" || /[\r\n]$/.test(text) ? all : [...all, ["none", text.length]];
}

Deno.test("NewlineFinder finds each newline after lines of any length", () => {
  for (let length = 0; length < 300; length++) {
    const line = "\t".repeat(length);
    for (const newline of ["\r\n", "\n", "\r", "\r\r\n", "\n\r", ""]) {
      for (const rest of ["", "x", line]) {
        const text = `${line}${newline}${rest}`;
        assert.deepEqual(found(text), expected(text), JSON.stringify(text));
      }
    }
  }
});

Deno.test("NewlineFinder agrees with a regular expression on long lines between short ones", () => {
  const part = fc.oneof(
    fc.constantFrom("\r\n", "\n", "\r", "", "x"),
    fc.nat(400).map((length) => "y".repeat(length)),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 30 }).map((parts) => parts.join("")), (text) => {
      assert.deepEqual(found(text), expected(text));
    }),
  );
});
