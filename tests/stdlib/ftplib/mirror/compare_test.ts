import assert from "node:assert/strict";
import { compareFiles, differsInTime, isNewer } from "../../../../stdlib/ftplib/mirror/compare.ts";
import { staysInside } from "../../../../stdlib/ftplib/mirror/links.ts";

const at = (time: string) => new Date(`2026-05-01T${time}Z`);

Deno.test("a file that is not there is missing, whatever counts", () => {
  for (const by of ["changed", "newer", "size", "checksum"] as const) {
    assert.equal(compareFiles({ size: 1 }, undefined, by), "missing");
  }
});

Deno.test("sizes and times count as the comparison says", () => {
  const older = { size: 1, modified: at("10:00:00") };
  const newer = { size: 1, modified: at("11:00:00") };
  const larger = { size: 2, modified: at("10:00:00") };
  const verdicts = (["changed", "newer", "size", "checksum"] as const).map((by) => [
    compareFiles(newer, older, by),
    compareFiles(older, newer, by),
    compareFiles(larger, older, by),
    compareFiles(older, older, by),
  ]);
  assert.deepEqual(verdicts, [
    ["newer", "same", "size", "same"],
    ["newer", "same", "same", "same"],
    ["same", "same", "size", "same"],
    ["checksum?", "checksum?", "size", "checksum?"],
  ]);
});

Deno.test("what neither size nor time tells is transferred", () => {
  assert.equal(compareFiles({}, {}, "changed"), "unknown");
  assert.equal(compareFiles({ size: 1 }, { size: 1 }, "newer"), "unknown");
  assert.equal(compareFiles({ modified: at("10:00:00") }, { size: 1 }, "size"), "unknown");
  assert.equal(compareFiles({ size: 1 }, { size: 1 }, "changed"), "same");
});

Deno.test("what a listing leaves out of a time is no difference", () => {
  const exact = { modified: at("10:00:59.999") };
  const minute = { modified: at("10:00:00"), precision: "minute" as const };
  const day = { modified: at("00:00:00"), precision: "day" as const };
  const second = { modified: at("10:00:59"), precision: "second" as const };
  for (const target of [minute, day, second]) {
    assert.equal(isNewer(exact, target), false);
    assert.equal(isNewer(target, exact), false);
    assert.equal(differsInTime(exact, target), false);
  }
  assert.equal(isNewer({ modified: at("10:01:00") }, minute), true);
  assert.equal(isNewer({ modified: new Date("2026-05-02T00:00:00Z") }, day), true);
  assert.equal(isNewer({ modified: at("10:01:00") }, second), true);
});

Deno.test("only links that cannot lead out of the tree stay inside", () => {
  for (
    const [path, target] of [
      ["x", "a.txt"],
      ["x", "./a/b"],
      ["d/x", "../a.txt"],
      ["d/e/x", "../../a"],
    ] as const
  ) assert.equal(staysInside(path, target), true, `${path} → ${target}`);
  for (
    const [path, target] of [
      ["x", "/etc/passwd"],
      ["x", "../a"],
      ["d/x", "../../a"],
      // Where `b` is a link, `b/..` may be anywhere.
      ["x", "b/../a"],
      ["d/x", "../b/../../a"],
      ["x", "."],
      ["d/x", ".."],
      ["x", ""],
      ["x", "a//b"],
      ["x", "..\\..\\a"],
      ["x", "C:\\a"],
      ["x", "a\nb"],
    ] as const
  ) assert.equal(staysInside(path, target), false, `${path} → ${target}`);
});
