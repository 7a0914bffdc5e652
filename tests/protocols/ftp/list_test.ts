import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { LimitError } from "../../../protocols/errors.ts";
import { parseList, parseListLine } from "../../../protocols/ftp/list.ts";
import { parseDosLine } from "../../../protocols/ftp/list_dos.ts";
import { formatUnixLine, parseUnixLine } from "../../../protocols/ftp/list_unix.ts";
import type { Entry, EntryType } from "../../../protocols/ftp/types.ts";
import { brief, NOW } from "./listings.ts";

Deno.test("parseUnixLine reads the lines of many servers", () => {
  const lines: [string, string][] = [
    // vsftpd
    [
      "-rw-r--r--    1 0        0              12 Jan 01 12:00 a.txt",
      "file|644|0|0|12|2026-01-01T12:00|minute|a.txt|-",
    ],
    // ProFTPD
    [
      "drwxr-xr-x   2 ftp      ftp          4096 Feb 28  2021 pub",
      "directory|755|ftp|ftp|4096|2021-02-28T00:00|day|pub|-",
    ],
    // GNU ls, with marks of more rights
    [
      "-rwsr-xr-x. 1 root root 1 Mar  9 23:59 su",
      "file|4755|root|root|1|2026-03-09T23:59|minute|su|-",
    ],
    [
      "drwxrwsr-t+ 15 root wheel 4096 Feb 29  2024 a  b",
      "directory|3775|root|wheel|4096|2024-02-29T00:00|day|a  b|-",
    ],
    ["-rw-r-Sr-T 1 u g 1 Jan 1 2024 x", "file|3644|u|g|1|2024-01-01T00:00|day|x|-"],
    // macOS
    [
      "-rw-r--r--@ 1 me  staff  6148 Nov 21 10:00 .DS_Store",
      "file|644|me|staff|6148|2025-11-21T10:00|minute|.DS_Store|-",
    ],
    // Symbolic links
    [
      "lrwxrwxrwx   1 root     root            7 Jan 02  2024 bin -> usr/bin",
      "link|777|root|root|7|2024-01-02T00:00|day|bin|usr/bin",
    ],
    ["lrwxrwxrwx 1 0 0 7 Jan 02 2024 lost", "link|777|0|0|7|2024-01-02T00:00|day|lost|-"],
    ["lrwxrwxrwx 1 0 0 7 Jan 02 2024  -> x -> y", "link|777|0|0|7|2024-01-02T00:00|day| -> x|y"],
    ["-rw-r--r-- 1 0 0 7 Jan 02 2024 a -> b", "file|644|0|0|7|2024-01-02T00:00|day|a -> b|-"],
    // Without a group, a count, an owner; with an owner of two words
    [
      "-rw-r--r-- 1 owner 1803128 Jul 10 2019 ls-lR.Z",
      "file|644|owner|-|1803128|2019-07-10T00:00|day|ls-lR.Z|-",
    ],
    ["-rw-r--r-- owner group 5 Jul 10 2019 x", "file|644|owner|group|5|2019-07-10T00:00|day|x|-"],
    ["-rw-r--r-- 5 Jul 10 2019 x", "file|644|-|-|5|2019-07-10T00:00|day|x|-"],
    [
      "-rw-r--r-- 1 Domain Users staff 5 Jul 10 2019 x",
      "file|644|Domain Users|staff|5|2019-07-10T00:00|day|x|-",
    ],
    // Devices have no size
    [
      "crw-rw-rw- 1 root tty 1, 3 Jan 1 00:00 null",
      "other|666|root|tty|-|2026-01-01T00:00|minute|null|-",
    ],
    ["srwxr-xr-x 1 u g 0 Jan 1 2024 sock", "other|755|u|g|-|2024-01-01T00:00|day|sock|-"],
    // Other ways to write a date
    ["-rw-r--r-- 1 u g 5 2024-02-29 13:45 iso", "file|644|u|g|5|2024-02-29T13:45|minute|iso|-"],
    [
      "-rw-r--r-- 1 u g 5 2024-02-29 13:45:00.000000000 +0100 full",
      "file|644|u|g|5|2024-02-29T12:45|second|full|-",
    ],
    ["-rw-r--r-- 1 u g 5 29 Feb 2024 day first", "file|644|u|g|5|2024-02-29T00:00|day|day first|-"],
    ["-rw-r--r-- 1 u g 5 Feb 29 13:45:00 2024 bsd", "file|644|u|g|5|2024-02-29T13:45|second|bsd|-"],
    // A language that nobody knows, or no such day: the file is there all the same
    ["-rw-r--r-- 1 u g 5 Qux 10 12:00 x", "file|644|u|g|5|-|-|x|-"],
    ["-rw-r--r-- 1 u g 5 Feb 30 2024 x", "file|644|u|g|5|-|-|x|-"],
    // NetWare
    [
      "d [R----F--] supervisor            512       Jan 16 18:53    login",
      "directory|-|supervisor|-|512|2026-01-16T18:53|minute|login|-",
    ],
    // Names keep their spaces
    [
      "-rw-r--r-- 1 u g 5 Jan 1 2024  lead and trail ",
      "file|644|u|g|5|2024-01-01T00:00|day| lead and trail |-",
    ],
  ];
  for (const [line, expected] of lines) {
    assert.equal(brief(parseUnixLine(line, NOW)), expected, line);
  }
});

Deno.test("parseUnixLine: what looks like a part of the columns can begin a name, or be an owner", () => {
  const read = (line: string) =>
    brief(parseUnixLine(line, NOW))?.replace(/\|minute|\|day|\|second/, "");
  assert.equal(
    read("-rw-r--r-- 1 u g 5 Jan  1 12:00 2024 report.txt"),
    "file|644|u|g|5|2026-01-01T12:00|2024 report.txt|-",
  );
  assert.equal(
    read("-rw-r--r-- 1 u g 5 2024-02-29 13:45 +0100 x"),
    "file|644|u|g|5|2024-02-29T13:45|+0100 x|-",
  );
  assert.equal(
    read("-rw-r--r-- 1 u g 5 Jan  1  2024 12:00 x"),
    "file|644|u|g|5|2024-01-01T00:00|12:00 x|-",
  );
  assert.equal(
    read("-rw-r--r-- 1 u g 5 Jan  1  2024 7 Feb 3 2023 x"),
    "file|644|u|g|5|2024-01-01T00:00|7 Feb 3 2023 x|-",
  );
  // A name for the owner, a number for the group.
  assert.equal(
    read("-rw-r--r-- 1 owner 20 2048 Jan  1  2024 x"),
    "file|644|owner|20|2048|2024-01-01T00:00|x|-",
  );
});

Deno.test("parseUnixLine: a date without a year is the latest that is not in the future", () => {
  const dated = (date: string, now: string) =>
    parseUnixLine(`-rw-r--r-- 1 u g 5 ${date} x`, new Date(now))?.modified?.toISOString().slice(
      0,
      16,
    );
  assert.equal(dated("Dec 31 23:59", "2026-01-01T00:00:00Z"), "2025-12-31T23:59");
  assert.equal(dated("Jan  1 11:00", "2025-12-31T23:00:00Z"), "2026-01-01T11:00", "a day of grace");
  assert.equal(dated("Jan  2 00:00", "2025-12-31T23:00:00Z"), "2025-01-02T00:00");
  assert.equal(dated("Mar 10 12:00", "2026-03-10T12:00:00Z"), "2026-03-10T12:00");
  assert.equal(dated("Feb 29 12:00", "2027-06-01T00:00:00Z"), "2024-02-29T12:00");
  assert.equal(dated("Feb 29 12:00", "1903-06-01T00:00:00Z"), "1896-02-29T12:00");
});

Deno.test("parseUnixLine says which entry is the directory itself", () => {
  assert.equal(parseUnixLine("drwxr-xr-x 2 0 0 4096 Jan 1 2024 .", NOW)?.role, "current");
  assert.equal(parseUnixLine("drwxr-xr-x 2 0 0 4096 Jan 1 2024 ..", NOW)?.role, "parent");
  assert.equal(parseUnixLine("drwxr-xr-x 2 0 0 4096 Jan 1 2024 toString", NOW)?.role, undefined);
});

Deno.test("parseDosLine reads the lines of servers on Windows", () => {
  const lines: [string, string][] = [
    [
      "07-17-13  08:00PM                99710 iisstart.png",
      "file|-|-|-|99710|2013-07-17T20:00|minute|iisstart.png|-",
    ],
    [
      "07-17-13  04:12AM       <DIR>          aspnet client",
      "directory|-|-|-|-|2013-07-17T04:12|minute|aspnet client|-",
    ],
    [
      "02-29-2024  23:59                    5  lead",
      "file|-|-|-|5|2024-02-29T23:59|minute| lead|-",
    ],
    [
      "07-17-13  12:00AM       <DIR>           lead",
      "directory|-|-|-|-|2013-07-17T00:00|minute| lead|-",
    ],
    ["07-17-99  12:30PM  1,234,567 x", "file|-|-|-|1234567|1999-07-17T12:30|minute|x|-"],
    ["2024-02-29  23:59  5 x", "file|-|-|-|5|2024-02-29T23:59|minute|x|-"],
    [
      "01/02/2024  03:04 PM    <JUNCTION>     Users [C:\\Users]",
      "link|-|-|-|-|2024-01-02T15:04|minute|Users|C:\\Users",
    ],
    ["01/02/2024  03:04 PM    <SYMLINK>      x", "link|-|-|-|-|2024-01-02T15:04|minute|x|-"],
    // No such day: the file is there all the same.
    ["02-30-24  08:00PM  5 x", "file|-|-|-|5|-|-|x|-"],
    ["01-02-24  13:00PM  5 x", "file|-|-|-|5|-|-|x|-"],
  ];
  for (const [line, expected] of lines) assert.equal(brief(parseDosLine(line)), expected, line);
});

Deno.test("parseDosLine: a year of two digits is one from 1969 to 2068 (POSIX)", () => {
  const year = (digits: string) =>
    parseDosLine(`07-17-${digits}  04:12AM  5 x`)?.modified?.getUTCFullYear();
  assert.deepEqual(["00", "68", "69", "99"].map(year), [2000, 2068, 1969, 1999]);
});

Deno.test("parseDosLine says which entry is the directory itself", () => {
  const role = (name: string) =>
    parseDosLine(`07-17-13  04:12AM       <DIR>          ${name}`)?.role;
  assert.deepEqual([".", "..", "..."].map(role), ["current", "parent", undefined]);
  assert.equal(parseDosLine("07-17-13  04:12AM  5 ..")?.role, undefined);
});

Deno.test("parseListLine chooses the dialect anew for each line", () => {
  const kind = (line: string) => {
    const found = parseListLine(line, NOW);
    return found.kind === "entry" ? `${found.entry.type} ${found.entry.name}` : found.kind;
  };
  assert.equal(kind("-rw-r--r-- 1 u g 5 Jan 1 2024 a"), "file a");
  assert.equal(kind("07-17-13  08:00PM  5 b"), "file b");
  assert.equal(kind("type=dir;modify=20240101000000; c"), "directory c");
  for (const line of ["", "  ", "total 12", "Total 1.2M", "total"]) {
    assert.equal(kind(line), "heading", line);
  }
  for (
    const line of [
      "total commander.exe",
      "ls: cannot access",
      "-rw-r--r--",
      "drwxr-xr-x 2 u g 4096 Jan 1 2024",
      "-rw-r--r-- 1 u g 5 Jan 1 2024 ",
      "\x1b[2J",
      "07-17-13  08:00PM  5 ",
      "name",
    ]
  ) {
    assert.equal(kind(line), "unknown", line);
  }
});

Deno.test("parseList keeps going past lines that it does not know", () => {
  const dos = "07-17-13  08:00PM  5 b";
  const unix = (name: string) => `-rw-r--r-- 1 u g 5 Jan 1 2024 ${name}`;
  const lines = ["total 2", unix("a"), "??", "", dos, unix("c")];
  const { entries, unknown } = parseList(lines, { now: NOW });
  assert.deepEqual(entries.map(({ name }) => name), ["a", "c"]);
  assert.deepEqual(unknown, ["??", dos]);
  assert.deepEqual(parseList(lines, { now: NOW, dialect: "dos" }).entries.map((e) => e.name), [
    "b",
  ]);
});

Deno.test("parseList ends a listing that never ends", () => {
  function* endless(line: string) {
    for (let count = 0; count < 1e6; count++) yield line;
  }
  const limited = (line: string, limits: { maxBytes?: number; maxEntries?: number }) =>
    assert.throws(() => parseList(endless(line), { now: NOW, ...limits }), LimitError);
  limited("??", { maxBytes: 1000 });
  limited("", { maxBytes: 1000 });
  limited("-rw-r--r-- 1 u g 5 Jan 1 2024 a", { maxEntries: 10 });
  assert.throws(() => parseList([], { now: NOW, maxEntries: 0 }), RangeError);
  assert.throws(() => parseList([], { now: NOW, maxBytes: NaN }), RangeError);
});

Deno.test("formatUnixLine writes what parseUnixLine reads", () => {
  const minute = 60_000;
  const entry = fc.record({
    name: fc.string({ unit: fc.constantFrom(..."a b.é"), minLength: 1 }).filter((name) =>
      !/^\.+$/.test(name)
    ),
    type: fc.constantFrom<EntryType>("file", "directory"),
    size: fc.nat({ max: 2 ** 31 }),
    modified: fc.integer({ min: 0, max: NOW.getTime() / minute }).map((time) =>
      new Date(time * minute)
    ),
    permissions: fc.integer({ min: 0, max: 0o7777 }),
    owner: fc.constantFrom("root", "0", "someone-with-a-long-name"),
    group: fc.constantFrom("wheel", "33"),
  });
  fc.assert(fc.property(entry, ({ modified, ...fields }) => {
    const line = formatUnixLine({ ...fields, modified, facts: new Map() }, NOW);
    const { facts: _, line: __, modified: read, precision, ...rest } = parseUnixLine(
      line,
      NOW,
    ) as Entry;
    assert.deepEqual(rest, fields, line);
    const day = precision === "day";
    assert.equal(
      read?.toISOString().slice(0, day ? 10 : 16),
      modified.toISOString().slice(0, day ? 10 : 16),
      line,
    );
  }));
});

Deno.test("formatUnixLine writes links, ancient and future dates, and no second line", () => {
  const link: Entry = { name: "l", type: "link", target: "t t", facts: new Map() };
  assert.match(formatUnixLine(link, NOW), /^lrwxrwxrwx .* Jan {2}1 {2}1970 l -> t t$/);
  const future: Entry = {
    name: "f",
    type: "file",
    modified: new Date("2026-03-11"),
    facts: new Map(),
  };
  assert.match(formatUnixLine(future, NOW), /Mar 11 {2}2026 f$/);
  const bits = (permissions: number) =>
    formatUnixLine({ name: "d", type: "directory", permissions, facts: new Map() }, NOW).slice(
      0,
      10,
    );
  assert.deepEqual([0o7777, 0o7000, 0o644].map(bits), ["drwsrwsrwt", "d--S--S--T", "drw-r--r--"]);
  for (const bad of ["a\r\nb", "\n", "\0"]) {
    assert.throws(() => formatUnixLine({ ...link, name: bad }, NOW), TypeError);
    assert.throws(() => formatUnixLine({ ...link, target: bad }, NOW), TypeError);
    assert.throws(() => formatUnixLine({ ...link, owner: bad }, NOW), TypeError);
  }
  assert.throws(() => formatUnixLine({ ...link, name: "" }, NOW), TypeError);
});

Deno.test("a line of a hundred thousand of anything is read once", () => {
  for (
    const unit of [" ", "1", "1 ", "Jan ", " 1 Jan", " 1 Jan 1", "2024-01-01 ", "a", "a=;", "<DIR>"]
  ) {
    for (const start of ["-rw-r--r-- ", "07-17-13  08:00PM ", "type=", ""]) {
      parseListLine(start + unit.repeat(100_000), NOW);
    }
  }
});
