import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { ProtocolError } from "../../../protocols/errors.ts";
import {
  FactsSyntaxError,
  formatFacts,
  parseFacts,
  parseMlst,
  permissionsOf,
  splitFacts,
} from "../../../protocols/ftp/facts.ts";
import type { Entry } from "../../../protocols/ftp/types.ts";

// Python: test_mlsd of its test_ftplib.py.
Deno.test("splitFacts reads what Python's mlsd() reads", () => {
  const facts = (type: string) => ({ type, perm: "perm", unique: "unique" });
  const entries: [string, string, string][] = [
    ["type=type;perm=perm;unique=unique; name", "type", "name"],
    ["type=ty=pe;perm=perm;unique=unique; name", "ty=pe", "name"],
    ["type==type;perm=perm;unique=unique; name", "=type", "name"],
    ["type=t=y=pe;perm=perm;unique=unique; name", "t=y=pe", "name"],
    ["type=====;perm=perm;unique=unique; name", "====", "name"],
    ["type=type;perm=perm;unique=unique; na me", "type", "na me"],
    ["type=type;perm=perm;unique=unique; name ", "type", "name "],
    ["type=type;perm=perm;unique=unique;  name", "type", " name"],
    ["type=type;perm=perm;unique=unique; n am  e", "type", "n am  e"],
    ["type=type;perm=perm;unique=unique; na;me", "type", "na;me"],
    ["type=type;perm=perm;unique=unique; ;name", "type", ";name"],
    ["type=type;perm=perm;unique=unique; ;name;", "type", ";name;"],
    ["type=type;perm=perm;unique=unique; ;;;;", "type", ";;;;"],
    ["Type=first;TyPe=type;PERM=perm;UNIQUE=unique; name", "type", "name"],
  ];
  for (const [line, type, name] of entries) {
    const found = splitFacts(line);
    assert.equal(found.name, name, line);
    assert.deepEqual(Object.fromEntries(found.facts), facts(type), line);
  }
});

Deno.test("splitFacts does without facts, and refuses an entry without a name", () => {
  assert.deepEqual(splitFacts(" name"), { name: "name", facts: new Map() });
  assert.deepEqual(splitFacts("type=file name").facts, new Map([["type", "file"]]));
  for (const line of ["", " ", "name", "type=file;", "type=file; "]) {
    assert.throws(
      () => splitFacts(line),
      (error) =>
        error instanceof FactsSyntaxError && error instanceof ProtocolError && error.line === line,
    );
  }
});

// The lines of RFC 3659 §7.7.
Deno.test("parseFacts reads files and directories", () => {
  const { facts, ...file } = parseFacts(
    "type=file;size=25730;modify=19940728095854;perm=; cap60.pl198.tar.gz",
  );
  assert.deepEqual(file, {
    name: "cap60.pl198.tar.gz",
    type: "file",
    size: 25_730,
    modified: new Date("1994-07-28T09:58:54Z"),
    precision: "second",
  });
  assert.equal(facts.get("perm"), "");
  const current = parseFacts("Type=cdir;Modify=19981107085215.25;Perm=el; tmp");
  assert.deepEqual([current.type, current.role], ["directory", "current"]);
  assert.equal(current.precision, "millisecond");
  const parent = parseFacts("type=pdir;perm=el; /tmp/..");
  assert.deepEqual([parent.type, parent.role], ["directory", "parent"]);
  assert.equal(parseFacts("Type=DIR;SizD=4096; d").size, 4096);
  assert.equal(parseFacts("Type=DIR; d").type, "directory");
});

Deno.test("parseFacts reads what Unix servers add", () => {
  const link = parseFacts("Type=OS.unix=slink:/foobar;UNIX.mode=0777; foo");
  assert.deepEqual([link.type, link.target, link.permissions], ["link", "/foobar", 0o777]);
  const nameless = parseFacts(
    "type=OS.UNIX=symlink;unix.owner=0;unix.group=33;unix.mode=100644; x",
  );
  assert.deepEqual([nameless.type, nameless.target], ["link", undefined]);
  assert.deepEqual([nameless.owner, nameless.group, nameless.permissions], ["0", "33", 0o644]);
  assert.equal(parseFacts("type=OS.unix=chr-13/29; null").type, "other");
  assert.equal(parseFacts("type=constructor; x").type, "other");
  assert.equal(parseFacts("size=1; x").type, "other");
});

Deno.test("parseFacts passes over a value that cannot be", () => {
  const entry = parseFacts(
    "type=file;size=-1;modify=19990230000000;unix.mode=0644x; x",
  );
  assert.deepEqual([entry.size, entry.modified, entry.precision, entry.permissions], [
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  assert.equal(entry.facts.get("modify"), "19990230000000");
  assert.equal(parseFacts("type=file;size=99999999999999999999; x").size, undefined);
});

// RFC 3659 §7.5, and the examples of its §7.7.
Deno.test("parseFacts keeps every fact of the standard, in any case", () => {
  const entry = parseFacts(
    "Type=file;UNIQUE=U8=4/a+;Create=19981107084500.9;lang=de-AT;Media-Type=text/plain;" +
      "CharSet=UTF-8;x.vendor=1; a",
  );
  assert.equal(entry.created?.toISOString(), "1998-11-07T08:45:00.900Z");
  assert.deepEqual(Object.fromEntries(entry.facts), {
    type: "file",
    unique: "U8=4/a+",
    create: "19981107084500.9",
    lang: "de-AT",
    "media-type": "text/plain",
    charset: "UTF-8",
    "x.vendor": "1",
  });
  assert.equal(parseFacts("create=19990230000000; a").created, undefined);
  assert.equal(
    formatFacts({
      name: "a",
      type: "file",
      created: new Date("1998-11-07T08:45:00Z"),
      facts: new Map(),
    }),
    "type=file;create=19981107084500; a",
  );
});

// RFC 3659 §7.5.5.
Deno.test("permissionsOf reads every right, and knows where nothing is said", () => {
  const rights = (line: string) => {
    const found = permissionsOf(parseFacts(line));
    return found && [...found].sort();
  };
  assert.equal(rights("type=file; a"), undefined);
  assert.deepEqual(rights("perm=; a"), []);
  assert.deepEqual(rights("Perm=elcmp; a"), [
    "create",
    "enter",
    "list",
    "makeDirectory",
    "purge",
  ]);
  assert.deepEqual(rights("perm=ADFRW_; a"), ["append", "delete", "read", "rename", "write"]);
  // pyftpdlib's M and T: SITE CHMOD and MFMT.
  assert.deepEqual(rights("perm=radfwMT; a"), ["append", "delete", "read", "rename", "write"]);
});

Deno.test("parseMlst finds the entry inside the reply (RFC 3659 §7.2)", () => {
  const reply = (...lines: string[]) => ({ code: 250, lines });
  assert.equal(parseMlst(reply("Begin", " type=file;size=3; /a b", "End")).name, "/a b");
  assert.equal(parseMlst(reply("Begin", "type=file;size=3; /a", "End")).name, "/a");
  assert.equal(parseMlst(reply("Begin", "  name only", "End")).name, "name only");
  // Servers that leave out the line before it, or the one after.
  assert.equal(parseMlst(reply("Begin", " type=file;size=3; /a b")).name, "/a b");
  assert.equal(parseMlst(reply("type=file;size=3; /a", "End")).size, 3);
  for (
    const lines of [["ok"], ["Begin", "End"], ["type=file"], ["Listing a; b", "End"], [
      "Begin",
      "nothing",
      "End",
    ]]
  ) {
    assert.throws(() => parseMlst(reply(...lines)), FactsSyntaxError);
  }
});

Deno.test("formatFacts writes what parseFacts reads", () => {
  const name = fc.string({ unit: fc.constantFrom(..."a; =é/"), minLength: 1 });
  const type = fc.constantFrom(
    "file",
    "dir",
    "cdir",
    "pdir",
    "OS.unix=slink:/x",
    "OS.unix=symlink",
    "other",
  );
  const value = fc.string({ unit: fc.constantFrom(..."aB=.é:") });
  const rest = fc.dictionary(
    fc.constantFrom("perm", "unique", "x.y", "size", "modify", "unix.mode"),
    value,
  );
  fc.assert(fc.property(name, type, rest, (name, type, rest) => {
    const line = `type=${type};${
      Object.entries(rest).map(([k, v]) => `${k}=${v};`).join("")
    } ${name}`;
    const entry = parseFacts(line);
    const { facts, ...fields } = parseFacts(formatFacts(entry));
    const { facts: factsBefore, ...fieldsBefore } = entry;
    assert.deepEqual(fields, fieldsBefore);
    assert.deepEqual(Object.fromEntries(facts), Object.fromEntries(factsBefore));
  }));
});

Deno.test("formatFacts writes fields as facts, and those that are wanted", () => {
  const entry: Entry = {
    name: " a; b",
    type: "directory",
    role: "current",
    size: 4096,
    modified: new Date("2024-02-29T12:00:00.5Z"),
    permissions: 0o1755,
    owner: "root",
    group: "staff",
    facts: new Map([["perm", "el"]]),
  };
  assert.equal(
    formatFacts(entry),
    "type=cdir;sizd=4096;modify=20240229120000.500;unix.mode=1755;unix.owner=root;" +
      "unix.group=staff;perm=el;  a; b",
  );
  assert.equal(formatFacts(entry, ["Perm", "type", "create"]), "Perm=el;type=cdir;  a; b");
  assert.equal(formatFacts(entry, []), "  a; b");
  const type = (fields: Partial<Entry>) =>
    formatFacts({ name: "x", type: "directory", facts: new Map(), ...fields });
  assert.equal(type({}), "type=dir; x");
  assert.equal(type({ role: "parent" }), "type=pdir; x");
  assert.equal(type({ type: "file" }), "type=file; x");
  assert.equal(type({ type: "other" }), "type=OS.unix=other; x");
  assert.equal(type({ type: "link", target: "/t" }), "type=OS.unix=slink:/t; x");
  // There is no room for a space in a fact.
  const link: Entry = { name: "l", type: "link", target: "/a b", facts: new Map() };
  assert.equal(formatFacts(link), "type=OS.unix=symlink; l");
});

Deno.test("formatFacts writes no second line and no second fact", () => {
  const facts = new Map<string, string>();
  for (const name of ["a\r\nb", "a\n", "\0", ""]) {
    assert.throws(() => formatFacts({ name, type: "file", facts }), TypeError);
  }
  for (
    const [key, value] of [["perm", "a;size=1"], ["perm", "a b"], ["a=b", "c"], ["x", "\r\n"], [
      "",
      "",
    ]]
  ) {
    const entry: Entry = { name: "n", type: "file", facts: new Map([[key!, value!]]) };
    assert.throws(() => formatFacts(entry), TypeError, `${key}=${value}`);
  }
  assert.throws(() => formatFacts({ name: "n", type: "file", owner: "a b", facts }), TypeError);
});
