import assert from "node:assert/strict";
import { ProtocolError } from "../../../protocols/errors.ts";
import {
  checkName,
  type NameHazard,
  nameHazard,
  UnsafeNameError,
} from "../../../protocols/ftp/names.ts";

Deno.test("nameHazard lets the names of ordinary files pass", () => {
  for (
    const name of [
      ...[
        "a",
        "a.txt",
        ".profile",
        "..hidden",
        "a..b",
        "...a",
        " lead",
        "trail ",
        "dot.",
        "12:30.log",
      ],
      ...[
        "č",
        "漢字",
        "😀",
        "a*b?",
        "com",
        "console.log",
        "com10",
        "null",
        "auxiliary",
        "a -> b",
        "~",
        "-rf",
      ],
    ]
  ) {
    assert.equal(nameHazard(name), undefined, name);
  }
});

Deno.test("nameHazard refuses the names that lead elsewhere", () => {
  const names: Record<NameHazard, string[]> = {
    empty: [""],
    dots: [".", "..", "...", ".. ", " ", ". ."],
    separator: ["/", "../x", "/etc/passwd", "a/b", "a/", "..\\x", "\\\\host\\share", "C:\\x"],
    control: ["a\0b", "a\nb", "\x1b[2J", "a\x7f", "a\x9b"],
    drive: ["C:", "c:x"],
    device: [
      "CON",
      "nul",
      "NUL.txt",
      "aux.tar.gz",
      "COM1",
      "lpt9.x",
      "com¹",
      "CON ",
      "PRN .txt",
      "CONIN$",
    ],
    windows: [],
  };
  for (const [hazard, given] of Object.entries(names)) {
    for (const name of given) {
      assert.equal(nameHazard(name), hazard, JSON.stringify(name));
      assert.throws(
        () => checkName(name),
        (error) =>
          error instanceof UnsafeNameError && error instanceof ProtocolError &&
          error.given === name && error.hazard === hazard,
      );
    }
  }
});

Deno.test("nameHazard refuses more on Windows", () => {
  for (
    const name of ["ab:c", "file.txt:stream", "a*", "a?", "<a>", 'a"', "a|b", "trail ", "dot."]
  ) {
    assert.equal(nameHazard(name), undefined, name);
    assert.equal(nameHazard(name, { windows: true }), "windows", name);
  }
  checkName("a.txt", { windows: true });
});

Deno.test("UnsafeNameError shows the name without its control characters", () => {
  assert.throws(() => checkName("\x1b[2J../x"), /"\\x1b\[2J\.\.\/x"/);
});
