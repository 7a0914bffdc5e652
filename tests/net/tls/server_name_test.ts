import assert from "node:assert/strict";
import { addressBytes, matches, plainName } from "../../../net/tls/server_name.ts";

Deno.test("addresses are told from names, and read", () => {
  const read: [string, number[] | undefined][] = [
    ["127.0.0.1", [127, 0, 0, 1]],
    ["256.0.0.1", undefined],
    ["1.2.3", undefined],
    ["localhost", undefined],
    ["::1", [...new Array(15).fill(0), 1]],
    ["::", new Array(16).fill(0)],
    ["2001:DB8::8:800:200C:417A", [
      0x20,
      1,
      0xd,
      0xb8,
      0,
      0,
      0,
      0,
      0,
      8,
      8,
      0,
      0x20,
      0xc,
      0x41,
      0x7a,
    ]],
    ["::ffff:1.2.3.4", [...new Array(10).fill(0), 255, 255, 1, 2, 3, 4]],
    ["1:2:3:4:5:6:7:8", [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]],
    ["::g", undefined],
    ["1:2", undefined],
  ];
  for (const [text, bytes] of read) {
    assert.deepEqual(
      addressBytes(text)?.length === undefined ? undefined : [...addressBytes(text)!],
      bytes,
      text,
    );
  }
});

Deno.test("names are written as certificates have them", () => {
  assert.equal(plainName("Mail.Example.ORG."), "mail.example.org");
  assert.equal(plainName("bücher.example"), "xn--bcher-kva.example");
  assert.equal(plainName("::FFFF"), "::ffff");
  for (
    const wrong of [
      "",
      ".",
      "a b",
      "a/b",
      "a?b",
      "a#b",
      "u@b",
      "a:80",
      "[::1]",
      "1.2.3",
      "a%41",
      "999",
    ]
  ) {
    assert.throws(() => plainName(wrong), TypeError, wrong);
  }
});

// RFC 9525 §6.3, and its examples.
const MATCHES: [pattern: string, name: string, fits: boolean][] = [
  ["example.org", "example.org", true],
  ["example.org", "www.example.org", false],
  ["*.example.org", "www.example.org", true],
  ["*.example.org", "example.org", false],
  ["*.example.org", "a.b.example.org", false],
  ["*.example.org", ".example.org", false],
  ["w*.example.org", "www.example.org", false],
  ["www.*.org", "www.example.org", false],
  ["*.org", "example.org", false],
  ["*", "localhost", false],
  ["*.", "localhost", false],
];

for (const [pattern, name, fits] of MATCHES) {
  Deno.test(`${pattern} ${fits ? "fits" : "does not fit"} ${name}`, () => {
    assert.equal(matches(pattern, name), fits);
  });
}
