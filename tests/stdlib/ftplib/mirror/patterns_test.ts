import assert from "node:assert/strict";
import { fits, matches, parsePattern } from "../../../../stdlib/ftplib/mirror/patterns.ts";

/** What the manual of git says in its section on the format of patterns. */
const RULES:
  readonly (readonly [pattern: string, path: string, isDirectory: boolean, fits: boolean])[] = [
    ["*.log", "a.log", false, true],
    ["*.log", "deep/er/a.log", false, true],
    ["*.log", "a.logs", false, false],
    ["hello.*", "hello.c", false, true],
    ["/hello.*", "hello.c", false, true],
    ["/hello.*", "a/hello.c", false, false],
    ["foo/", "foo", true, true],
    ["foo/", "a/foo", true, true],
    ["foo/", "foo", false, false],
    ["doc/frotz", "doc/frotz", false, true],
    ["doc/frotz", "a/doc/frotz", false, false],
    ["/doc/frotz", "doc/frotz", true, true],
    ["doc/frotz/", "doc/frotz", true, true],
    ["foo/*", "foo/test.json", false, true],
    ["foo/*", "foo/bar/hello.c", false, false],
    ["**/foo", "foo", false, true],
    ["**/foo", "a/b/foo", false, true],
    ["**/foo/bar", "x/foo/bar", false, true],
    ["abc/**", "abc/d/e", false, true],
    ["abc/**", "abc", true, false],
    ["**", "abc", false, true],
    ["a/**/b", "a/b", false, true],
    ["a/**/b", "a/x/y/b", false, true],
    ["a/**/b", "a/x/y/c", false, false],
    ["a?c", "abc", false, true],
    ["a?c", "a/c", false, false],
    ["[a-c]x", "bx", false, true],
    ["[a-c]x", "dx", false, false],
    ["[!a-c]x", "dx", false, true],
    ["[]]x", "]x", false, true],
    ["[x", "[x", false, true],
    ["\\*", "*", false, true],
    ["\\*", "a", false, false],
    ["\\!important", "!important", false, true],
    ["*", ".hidden", false, true],
    ["?", "😀", false, true],
    ["a*b*c", "aXbYbZc", false, true],
  ];

Deno.test("patterns fit the paths that gitignore's manual says", () => {
  for (const [pattern, path, isDirectory, expected] of RULES) {
    assert.equal(fits(parsePattern(pattern), path, isDirectory), expected, `${pattern} ${path}`);
  }
});

Deno.test("of several patterns the last one that fits decides", () => {
  const patterns = ["*.log", "!keep.log", "old/"].map(parsePattern);
  assert.equal(matches(patterns, "a.log", false), true);
  assert.equal(matches(patterns, "x/keep.log", false), false);
  assert.equal(matches(patterns, "x/old", true), true);
  assert.equal(matches(patterns, "x/old", false), false);
});

Deno.test("no pattern takes for ever", () => {
  const name = "a".repeat(10_000);
  // A matcher that goes back to every star would need 10,000 to the power of 100 steps.
  assert.equal(fits(parsePattern(`${"*a".repeat(100)}b`), name, false), false);
  const path = `${"a/".repeat(2_000)}a`;
  assert.equal(fits(parsePattern(`${"**/a/".repeat(100)}b`), path, false), false);
  assert.equal(fits(parsePattern("[".repeat(900)), name, false), false);
});

Deno.test("what is no pattern is refused", () => {
  for (const pattern of ["", "/", "!", "!/", "x".repeat(1_001)]) {
    assert.throws(() => parsePattern(pattern), TypeError, pattern);
  }
});
