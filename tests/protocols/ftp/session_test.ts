import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { ProtocolError } from "../../../protocols/errors.ts";
import {
  CommandSyntaxError,
  parseCommand,
  PathError,
  resolvePath,
  withoutTelnet,
} from "../../../protocols/ftp/session.ts";

Deno.test("parseCommand splits at the first space", () => {
  assert.deepEqual(parseCommand("USER anonymous"), { verb: "USER", argument: "anonymous" });
  assert.deepEqual(parseCommand("noop"), { verb: "NOOP", argument: "" });
  assert.deepEqual(parseCommand("STOR   a b  "), { verb: "STOR", argument: "  a b  " });
  assert.deepEqual(parseCommand("PASS \xff\xe9"), { verb: "PASS", argument: "\xff\xe9" });
});

Deno.test("parseCommand leaves out Telnet's signals before ABOR (RFC 959 §4.1.3)", () => {
  // IAC IP, IAC DM; IAC DO timing-mark.
  assert.equal(parseCommand("\xff\xf4\xff\xf2ABOR").verb, "ABOR");
  assert.equal(parseCommand("\xff\xfd\x06ABOR").verb, "ABOR");
  // As much of it as has come.
  assert.equal(withoutTelnet("\xff\xf4\xff\xf2AB"), "AB");
  assert.equal(withoutTelnet("STOR \xff\xf4"), "STOR \xff\xf4");
});

Deno.test("CommandSyntaxError says what to answer (RFC 959 §4.2.2)", () => {
  const answer = (code: number) => (error: unknown) =>
    error instanceof CommandSyntaxError && error.code === code;
  for (const line of ["", "123", "RETR\0"]) assert.throws(() => parseCommand(line), answer(500));
  for (const line of ["RETR a\0b", "CWD \n"]) assert.throws(() => parseCommand(line), answer(501));
});

Deno.test("parseCommand refuses what is no command", () => {
  for (
    const line of [
      "",
      " ",
      " USER x",
      "\x16\x03\x01",
      "US\tER",
      "É",
      "A".repeat(17),
      "RETR\0",
      "RETR a\0b",
      "RETR a\nb",
      "123",
    ]
  ) {
    assert.throws(
      () => parseCommand(line),
      (error) => error instanceof CommandSyntaxError && error instanceof ProtocolError,
      JSON.stringify(line),
    );
  }
});

Deno.test("parseCommand bounds the line, its CRLF included", () => {
  assert.equal(parseCommand(`CWD ${"x".repeat(4090)}`).argument.length, 4090);
  assert.throws(() => parseCommand(`CWD ${"x".repeat(4091)}`), CommandSyntaxError);
  assert.throws(() => parseCommand("NOOP", { maxLength: 5 }), CommandSyntaxError);
  assert.throws(() => parseCommand("NOOP", { maxLength: 0 }), RangeError);
});

Deno.test("resolvePath never leaves the root", () => {
  const paths: [string, string, string][] = [
    ["/", "", "/"],
    ["/pub", "", "/pub"],
    ["/pub", ".", "/pub"],
    ["/pub", "..", "/"],
    ["/pub", "a/b", "/pub/a/b"],
    ["/pub", "/a//b/", "/a/b"],
    ["/pub", "../../../etc/passwd", "/etc/passwd"],
    ["/pub", "/../../x", "/x"],
    ["/pub", "a/./../b", "/pub/b"],
    ["/", "....", "/...."],
    ["/", " ", "/ "],
    ["/", "%2e%2e/x", "/%2e%2e/x"],
    // No separator here: whoever maps it to a file system that takes it for one has to refuse it.
    ["/pub", "..\\..", "/pub/..\\.."],
  ];
  for (const [directory, path, expected] of paths) {
    assert.equal(resolvePath(directory, path), expected, `${directory} ${path}`);
  }
});

Deno.test("resolvePath: whatever is asked for, an absolute path without dots", () => {
  const path = fc.string({ unit: fc.constantFrom(..."/.a\\ ") });
  fc.assert(fc.property(path, path, (directory, path) => {
    const resolved = resolvePath(resolvePath("/", directory), path);
    assert.match(resolved, /^\/(?:$|(?:(?!\.{1,2}(?:\/|$))[^/]+(?:\/(?!$)|$))+$)/);
    assert.equal(resolvePath("/", resolved), resolved);
  }));
});

Deno.test("resolvePath refuses control characters, and paths without end", () => {
  for (const path of ["a\0b", "a\nb", "\x1b", "a\x7f"]) {
    assert.throws(() => resolvePath("/", path), PathError);
  }
  assert.throws(() => resolvePath("/", "a/".repeat(2049)), PathError);
  assert.throws(() => resolvePath("/", "aaaa", { maxLength: 5 }), PathError);
  assert.throws(() => resolvePath("/", "a", { maxLength: NaN }), RangeError);
});
