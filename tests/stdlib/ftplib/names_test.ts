import assert from "node:assert/strict";
import { isSafeName } from "../../../stdlib/ftplib/names.ts";
import { withServer } from "./_session.ts";

/** What no system may have for a file that came from a server. */
const NOWHERE = [
  ...["", ".", "..", "...", " ", "../x", "..\\x", "/etc/x", "\\x", "\\\\host\\share", "C:\\x"],
  ...["C:x", "c:", "a:b", "a/b", "a\\b", "a/../../b", "a\0b", "a\nb", "\x1b[2J", "a\x7f", "a\x9b"],
  ...["CON", "nul", "NUL.txt", "COM1", "com9.tar.gz", "LPT1", "aux", "PRN .txt", "com\u00b9"],
];

/** What Windows would take for another file, or for a part of one. */
const ON_WINDOWS = ["ab:c", "a.txt:stream", "trail.", "trail ", "a*", "a?", "<a>", "a|b", 'a"b'];

Deno.test("attack 3: isSafeName refuses every name that leads elsewhere", () => {
  for (const name of NOWHERE) {
    for (const windows of [false, true]) {
      assert.equal(isSafeName(name, { windows }), false, JSON.stringify(name));
    }
  }
  for (const name of ON_WINDOWS) {
    assert.equal(isSafeName(name, { windows: true }), false, name);
    assert.equal(isSafeName(name, { windows: false }), true, name);
    assert.equal(isSafeName(name), Deno.build.os !== "windows", name);
  }
  for (
    const name of ["a.txt", ".profile", "..a", "a..b", " a", "č", "CONSOLE", "com10", "-rf", "~"]
  ) {
    for (const windows of [false, true]) assert.equal(isSafeName(name, { windows }), true, name);
  }
});

Deno.test("attack 3: a hostile listing is told as it is, and its names are known for what they are", async () => {
  const names = NOWHERE.filter((name) => !/^\.{0,2}$|[\0\n]/.test(name));
  const listing = (command: string, lines: string[], refused = "") => `
    ${refused}
    C: EPSV
    S: 229 ok (|||{port}|)
    C: ${command}
    S: 150 here it comes
    D= ${lines.map((line) => `${line.replaceAll("\\", "\\\\")}\\r\\n`).join("")}
    S: 226 done`;
  // The directory itself and the one above it are no entries, whatever is said of them.
  const others = (form: (name: string) => string) => [".", ".."].map(form);
  const mlsd = (name: string) => `type=file; ${name}`;
  const unix = (name: string) => `-rw-r--r-- 1 0 0 5 Jan 1 2024 ${name}`;
  const refused = "C: EPSV\nS: 229 ok (|||{port}|)\nC: MLSD\nS: 500 ?";
  for (
    const script of [
      listing("MLSD", [...others(mlsd), ...names.map(mlsd)]),
      listing("LIST", [...others(unix), ...names.map(unix)], refused),
    ]
  ) {
    await withServer(`C: TYPE A\nS: 200 ok\n${script}`, async (ftp) => {
      const entries = await ftp.mlsd();
      assert.deepEqual(entries.map(({ name }) => name), names);
      assert.ok(entries.every(({ name }) => !isSafeName(name)));
    });
  }
});
