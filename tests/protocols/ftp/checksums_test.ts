import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import {
  checksumCommand,
  checksumVerbs,
  formatHash,
  formatHashOffer,
  type HashAlgorithm,
  parseChecksum,
  parseHash,
  parseHashOffer,
} from "../../../protocols/ftp/checksums.ts";
import { ReplySyntaxError } from "../../../protocols/text/reply.ts";

const MD5 = "b359479cfda703b7fd473c7e09f39049";
const SHA1 = "a9993e364706816aba3e25717850c26c9cd0d89d";
const ALL: HashAlgorithm[] = ["CRC32", "MD5", "SHA-1", "SHA-256", "SHA-512"];

Deno.test("parseHashOffer reads what servers say of HASH in FEAT", () => {
  const offers: [string, HashAlgorithm[], HashAlgorithm | undefined][] = [
    // draft-bryan-ftpext-hash §4
    ["SHA-256;SHA-512;SHA-1*;MD5", ["SHA-256", "SHA-512", "SHA-1", "MD5"], "SHA-1"],
    // ProFTPD's mod_digest
    ["CRC32;MD5;SHA-1*;SHA-256;SHA-512;", ALL, "SHA-1"],
    ["sha1*,md5", ["SHA-1", "MD5"], "SHA-1"],
    // Unknown ones are passed over, chosen or not.
    ["WHIRLPOOL*;MD5", ["MD5"], undefined],
    ["MD5;MD5*", ["MD5"], undefined],
    ["", [], undefined],
    ["toString;__proto__;*", [], undefined],
  ];
  for (const [text, names, selected] of offers) {
    const offer = parseHashOffer(text);
    assert.deepEqual([...offer.names.keys()], names, text);
    assert.equal(offer.selected, selected, text);
  }
  assert.equal(parseHashOffer("sha1").names.get("SHA-1"), "sha1");
});

Deno.test("parseHashOffer reads what formatHashOffer writes", () => {
  fc.assert(fc.property(fc.shuffledSubarray(ALL, { minLength: 1 }), (algorithms) => {
    const selected = algorithms[algorithms.length - 1]!;
    const offer = parseHashOffer(formatHashOffer(algorithms, selected));
    assert.deepEqual([...offer.names.keys()], algorithms);
    assert.equal(offer.selected, selected);
  }));
});

Deno.test("checksumVerbs finds only what is offered, the one to prefer first", () => {
  const verbs = (...features: [string, string][]) => [...checksumVerbs(new Map(features))];
  assert.deepEqual(verbs(), []);
  assert.deepEqual(verbs(["SIZE", ""], ["HASH", ""]), []);
  assert.deepEqual(
    verbs(["HASH", "SHA-512;SHA-1*;SHA-256"], ["XCRC", '"filename" SP EP'], ["XMD5", ""], [
      "MD5",
      "",
    ], [
      "XSHA",
      "",
    ]),
    [
      ["SHA-256", ["HASH"]],
      ["SHA-512", ["HASH"]],
      ["SHA-1", ["HASH", "XSHA"]],
      ["MD5", ["XMD5", "MD5"]],
      ["CRC32", ["XCRC"]],
    ],
  );
});

Deno.test("checksumCommand writes the path, in quotes where it has a space, and the range", () => {
  assert.equal(checksumCommand("HASH", "a b"), "HASH a b");
  assert.equal(checksumCommand("XCRC", "a"), "XCRC a");
  assert.equal(checksumCommand("XMD5", "a b"), 'XMD5 "a b"');
  assert.equal(checksumCommand("XSHA1", "a", { start: 10, end: 20 }), "XSHA1 a 10 20");
  for (const path of ["", "a\r\nDELE b", "a\0"]) {
    assert.throws(() => checksumCommand("XCRC", path), TypeError);
    assert.throws(() => checksumCommand("HASH", path), TypeError);
  }
  assert.throws(() => checksumCommand("XCRC", "\u010a", undefined, "latin-1"), TypeError);
  assert.throws(() => checksumCommand("HASH", "a", { start: 0, end: 1 }), TypeError);
  assert.throws(() => checksumCommand("MD5", "a", { start: 0, end: 1 }), TypeError);
  for (const [start, end] of [[0, 0], [-1, 2], [2, 1], [0, NaN], [0.5, 2], [0, 2 ** 53]] as const) {
    assert.throws(() => checksumCommand("XCRC", "a", { start, end }), RangeError);
  }
});

Deno.test("parseHash reads the answers of every draft", () => {
  const read = (...lines: string[]) => {
    const { algorithm, range, hex } = parseHash({ code: 213, lines });
    return [algorithm, range && [range.first, range.last], hex];
  };
  assert.deepEqual(read(`SHA-1 0-49 ${SHA1} file name.ext`), ["SHA-1", [0, 49], SHA1]);
  // ProFTPD's mod_digest
  assert.deepEqual(read("Computing MD5 digest", `MD5 0-687104 ${MD5} a`), [
    "MD5",
    [0, 687_104],
    MD5,
  ]);
  // FileZilla Server, by a draft of 2010
  assert.deepEqual(read(`MD5 ${MD5.toUpperCase()}`), ["MD5", undefined, MD5]);
  assert.deepEqual(read(`sha1 ${SHA1} 0-5 0a`), ["SHA-1", undefined, SHA1]);
  assert.deepEqual(read("CRC32 0-8 39bf a"), ["CRC32", [0, 8], "000039bf"]);
  assert.deepEqual(read("SHA3-256 0-1 abcd a"), [undefined, [0, 1], "abcd"]);
  assert.deepEqual(read("MD5 0-99999999999999999999 " + MD5)[1], undefined);
});

Deno.test("parseHash refuses what is no checksum of its kind", () => {
  for (
    const line of [
      ...["", "MD5", "MD5 ", "MD5 xyz", `MD5 ${SHA1}`, `SHA-1 ${MD5}`, `MD5 0-5 ${MD5}0`],
      ...[`MD5 ${MD5}g`, "CRC32 123456789", `x ${"a".repeat(129)}`],
    ]
  ) {
    assert.throws(() => parseHash({ code: 213, lines: [line] }), ReplySyntaxError, line);
  }
  assert.throws(() => parseHash({ code: 213, lines: [] }), ReplySyntaxError);
});

Deno.test("parseHash reads what formatHash writes", () => {
  const answer = { algorithm: "MD5" as const, range: { first: 0, last: 9 }, hex: MD5 };
  assert.deepEqual(parseHash(formatHash(answer, "a b")), answer);
  assert.throws(() => formatHash(answer, "a\r\n213 b"), TypeError);
});

Deno.test("parseChecksum finds the checksum in what servers say", () => {
  const read = (algorithm: HashAlgorithm, ...lines: string[]) =>
    parseChecksum({ code: 250, lines }, algorithm);
  // ProFTPD's mod_digest
  assert.equal(read("CRC32", "Computing CRC32 digest", "3D64B9A1"), "3d64b9a1");
  // Apache FtpServer, by draft-twine-ftpmd5
  assert.equal(read("MD5", `/a.txt ${MD5.toUpperCase()}`), MD5);
  assert.equal(read("MD5", `"a file.txt" ${MD5}`), MD5);
  assert.equal(read("SHA-1", `XSHA1 = ${SHA1}.`), SHA1);
  assert.equal(read("CRC32", "0x39BF"), "000039bf");
  assert.equal(read("CRC32", "file bad.dad is DEADBEEF"), "deadbeef");
  for (
    const [algorithm, line] of [["MD5", ""], ["MD5", SHA1], ["SHA-1", MD5], ["CRC32", "done"], [
      "CRC32",
      "123456789",
    ]] as const
  ) {
    assert.throws(() => read(algorithm, line), ReplySyntaxError, line);
  }
  assert.throws(() => read("MD5"), ReplySyntaxError);
});
