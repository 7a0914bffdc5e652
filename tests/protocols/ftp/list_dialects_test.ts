import assert from "node:assert/strict";
import { type ListDialect, ListReader } from "../../../protocols/ftp/list_reader.ts";
import { parseMvsLine } from "../../../protocols/ftp/list_mvs.ts";
import { parseOs400Line } from "../../../protocols/ftp/list_os400.ts";
import { parseVmsLine } from "../../../protocols/ftp/list_vms.ts";
import { brief, NOW, SAMPLES } from "./listings.ts";

for (const { server, dialect, lines } of SAMPLES) {
  Deno.test(`a listing of ${server} is read, and known for what it is`, () => {
    for (const given of ["auto", dialect] as const) {
      const reader = new ListReader({ now: NOW, dialect: given });
      for (const [line, says] of lines) {
        const found = reader.push(line);
        if (says === null) {
          assert.equal(found.kind, "heading", line);
        } else {
          assert.ok(found.kind === "entry", line);
          assert.equal(brief(found.entry), says, line);
          // Of two lines that are one entry, both are kept.
          assert.ok(found.entry.line?.endsWith(line), line);
        }
      }
      assert.equal(reader.dialect, dialect);
    }
  });
}

Deno.test("a listing has one dialect: what another would read is unknown in it", () => {
  for (const sample of SAMPLES) {
    for (const other of SAMPLES) {
      if (other.dialect === sample.dialect) continue;
      const reader = new ListReader({ now: NOW });
      for (const [line] of sample.lines) reader.push(line);
      for (const [line] of other.lines) {
        const { kind } = reader.push(line);
        assert.notEqual(kind, "entry", `${sample.server}, then ${other.server}: ${line}`);
      }
      assert.equal(reader.dialect, sample.dialect);
    }
  }
});

Deno.test("the server's clock may be ahead of UTC, or behind", () => {
  const hour = 3_600_000;
  const read = (line: string, hours: number, dialect?: ListDialect) => {
    const found = new ListReader({ now: NOW, dialect, utcOffset: hours * hour }).push(line);
    return found.kind === "entry" ? found.entry.modified?.toISOString().slice(0, 16) : found.kind;
  };
  const unix = (date: string) => `-rw-r--r-- 1 u g 5 ${date} a`;
  assert.equal(read(unix("Mar 10 13:30"), 2), "2026-03-10T11:30");
  assert.equal(read(unix("Mar 10 03:30"), -8), "2026-03-10T11:30");
  // It is tomorrow there already, and a day of grace beyond it.
  assert.equal(read(unix("Mar 12 01:00"), 14), "2026-03-11T11:00");
  assert.equal(read(unix("Mar 12 01:00"), 0), "2025-03-12T01:00");
  assert.equal(read(unix("2024-02-29 13:45"), 1), "2024-02-29T12:45");
  assert.equal(read("12-24-19  12:00AM  5 a", 5), "2019-12-23T19:00");
  // These tell their zone, or that it is UTC.
  assert.equal(read(unix("2024-02-29 13:45:00.0 +0100"), 5), "2024-02-29T12:45");
  assert.equal(read("type=file;modify=20191224235959; a", 5), "2019-12-24T23:59");
  assert.equal(read("+m824255902,/,\tdev", 5), "1996-02-13T23:58");
  for (const utcOffset of [NaN, Infinity, 86_400_001, -86_400_001]) {
    assert.throws(() => new ListReader({ now: NOW, utcOffset }), RangeError);
  }
});

Deno.test("what makes no sense decides nothing", () => {
  const reader = new ListReader({ now: NOW });
  for (const line of ["Welcome!", "", "total 2", "?"]) reader.push(line);
  assert.equal(reader.dialect, undefined);
  assert.equal(reader.push("12-24-19  12:00AM  5 a").kind, "entry");
  assert.equal(reader.dialect, "dos");
});

Deno.test("a dialect that is given is kept to from the first line", () => {
  const reader = new ListReader({ now: NOW, dialect: "os400" });
  assert.equal(reader.push("-rw-r--r-- 1 u g 5 Jan 1 2024 a").kind, "unknown");
  assert.equal(reader.push("QSYS  5 12/17/01 15:33:14 *STMF  a").kind, "entry");
  for (const dialect of ["", "toString", "UNIX"]) {
    assert.throws(() => new ListReader({ now: NOW, dialect: dialect as ListDialect }), TypeError);
  }
});

Deno.test("what a dialect tells beyond the fields is kept as facts", () => {
  const vms = parseVmsLine("A.B;7  213/216  29-JAN-1996 03:33:12  [G,O]   (RWED,RWED,,)");
  assert.deepEqual([...vms!.facts], [["version", "7"], ["blocks", "213"]]);
  const mvs = parseMvsLine(
    "B10142 3390   2006/03/20  2   31  F       80    81  PS   MDI.OKL.WORK",
    "datasets",
  );
  assert.deepEqual(Object.fromEntries(mvs!.facts), {
    volume: "B10142",
    unit: "3390",
    recfm: "F",
    lrecl: "80",
    blksz: "81",
    dsorg: "PS",
  });
  const os400 = parseOs400Line("QSYS  5 12/17/01 15:33:14 *STMF  a");
  assert.equal(os400?.facts.get("objtype"), "*STMF");
});

Deno.test("a name of OpenVMS without the line that belongs to it takes no other's", () => {
  const reader = new ListReader({ now: NOW, dialect: "vms" });
  assert.equal(reader.push("LONG.TXT;1").kind, "heading");
  const next = reader.push("B.TXT;1  3  5-JUN-1998 07:32");
  assert.ok(next.kind === "entry");
  assert.equal(next.entry.name, "B.TXT");
  // The rest of a line that never began.
  assert.equal(reader.push("    2  30-DEC-1996 17:44").kind, "unknown");
});

Deno.test("an entry is where its own language is read in latin-1", () => {
  const reader = new ListReader({ now: NOW });
  const found = reader.push("-rw-r--r-- 1 eva users 5 d\u00e9c. 24 2019 a");
  assert.ok(found.kind === "entry");
  assert.equal(found.entry.modified?.toISOString(), "2019-12-24T00:00:00.000Z");
});

Deno.test("spaces within a name of OS/400 are looked at once (found by fuzzing)", () => {
  const gap = " ".repeat(1_000_000);
  const entry = parseOs400Line(`QSYS  5 12/17/01 15:33:14 *STMF  a${gap}b${gap}`);
  assert.equal(entry?.name, `a${gap}b`);
});

Deno.test("every dialect reads a line of a hundred thousand of anything once", () => {
  const starts = SAMPLES.flatMap(({ lines }) => lines.map(([line]) => line));
  for (const dialect of new Set(SAMPLES.map((sample) => sample.dialect))) {
    const headings = SAMPLES.filter((sample) => sample.dialect === dialect)
      .map(({ lines }) => lines[0]![0]);
    for (const unit of [" ", "1", "A", "A ", "1 ", ".", "A.", ";1", ",", "/", "*A ", "\u6708"]) {
      const reader = new ListReader({ now: NOW, dialect });
      for (const heading of headings) {
        reader.push(heading);
        reader.push(unit.repeat(100_000));
        reader.push(`+${unit.repeat(100_000)}\tx`);
      }
      for (const start of starts) reader.push(start.slice(0, 30) + unit.repeat(5_000));
    }
  }
});
