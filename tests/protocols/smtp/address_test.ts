import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { ProtocolError } from "../../../protocols/errors.ts";
import {
  AddressSyntaxError,
  asciiDomain,
  envelopeAddress,
  formatMailbox,
  isDomainOrLiteral,
  parseMailbox,
  parsePath,
} from "../../../protocols/smtp/address.ts";

// Values of Python's smtplib.quoteaddr, without the brackets.
Deno.test("envelopeAddress finds the address where Python does", () => {
  const addresses: [string, string][] = [
    ["a@b.c", "a@b.c"],
    ["<a@b.c>", "a@b.c"],
    ["Ann <a@b.c>", "a@b.c"],
    ['"Ann, B" <a@b.c>', "a@b.c"],
    ["Ann B. Cee <a@b.c>", "a@b.c"],
    ["Ann (Sales) <a@b.c>", "a@b.c"],
    ["=?utf-8?q?J=C3=BCrgen?= <j@b.c>", "j@b.c"],
    ["a@b.c (Ann)", "a@b.c"],
    ["postmaster", "postmaster"],
    ["  a@b.c  ", "a@b.c"],
    ['"a b"@c.d', '"a b"@c.d'],
    ['"a\\"b"@c.d', '"a\\"b"@c.d'],
    ['"a@b"@c.d', '"a@b"@c.d'],
    ["a@[127.0.0.1]", "a@[127.0.0.1]"],
    ["a@[IPv6:::1]", "a@[IPv6:::1]"],
    ["a.@b.c", "a.@b.c"],
    ["a..b@c.d", "a..b@c.d"],
    ["a@b_c.d", "a@b_c.d"],
    ["jürgen@b.c", "jürgen@b.c"],
    ["a@bücher.de", "a@bücher.de"],
  ];
  for (const [given, address] of addresses) {
    assert.equal(envelopeAddress(given)?.text, address, given);
  }
  for (const given of ["", "<>", "  ", " < > "]) assert.equal(envelopeAddress(given), null);
});

Deno.test("envelopeAddress refuses what Python cuts down or sends on", () => {
  for (
    const given of [
      // smtplib sends only the part before the line end, and says nothing.
      "a@b.test>\r\nRCPT TO:<evil@x.test",
      "a@b.test>\r\nRCPT TO:<evil@x.test>",
      '"a\r\nRSET"@b',
      "a@b.c\r\n",
      "a@b.c\n",
      "<a@b.c>\r\n",
      "Ann\r\n <a@b.c>",
      "a\0@b.c",
      "a\tb@c.d",
      "a@b.c\x7f",
      // More than one, and things that contain one.
      "a@b.c, d@e.f",
      "g:a@b.c;",
      "a@b.c <d@e.f>",
      "alice@example.org <bob@evil.test>",
      "<a@b.c> <d@e.f>",
      // Comments inside the address; CVE-2023-27043; GHSA-mm7p-fcc7-pg87 and its kin.
      "test@a.com(x)evil.com",
      "a(x)@b.c",
      "a@(x)b.c",
      "alice@example.org)bob@example.org",
      "a@b@c",
      "a b@c.d",
      "a@b c",
      "a @b.c",
      "a@ b.c",
      "<@relay:a@b.c>",
      "@relay:a@b.c",
      // No domain, or none that can be.
      "a@",
      "@b.c",
      "a@b..c",
      "a@.b",
      "a@b.c.",
      "a@-b.c",
      "a@b-.c",
      "a@[127.0.0.1",
      "a@[127.0.0.1]evil.test",
      "a@[IPv6:1::2::3]",
      "a@[evil>x]",
      "a@b,c",
      "a@b/c",
      // Brackets that do not match.
      "<a@b.c",
      "a@b.c>",
      "<<a@b.c>>",
      "<a@b.c> x",
      "Ann <>",
      '"unclosed@b.c',
      '"a"b@c.d',
      // Invisible, or half a character.
      "a\u200e\u202e@b.c",
      "a\x85@b.c",
      "a\ud800@b.c",
      "a@b\u2028c",
    ]
  ) {
    assert.throws(() => envelopeAddress(given), TypeError, JSON.stringify(given));
    assert.throws(() => parseMailbox(given), AddressSyntaxError, JSON.stringify(given));
  }
  assert.throws(() => envelopeAddress(undefined as unknown as string), TypeError);
});

Deno.test("envelopeAddress says where it stopped", () => {
  assert.throws(
    () => envelopeAddress("a@b.c, d@e.f"),
    /"a@b.c, d@e.f".*the end of the address at index 5/,
  );
  assert.throws(() => envelopeAddress("a@"), /a domain at index 2/);
  assert.throws(() => envelopeAddress("x@y <a@b.c>"), /a name and "<" at index 1/);
  assert.throws(() => envelopeAddress("Ann <>"), /a local part at index 5/);
});

Deno.test("parseMailbox takes the quotes off the local part (GHSA-mm7p-fcc7-pg87)", () => {
  assert.deepEqual(parseMailbox('"xclow3n@gmail.com x"@internal.domain'), {
    text: '"xclow3n@gmail.com x"@internal.domain',
    localPart: "xclow3n@gmail.com x",
    domain: "internal.domain",
    utf8: false,
  });
  assert.equal(parseMailbox('"a\\"\\\\b"@c').localPart, 'a"\\b');
  assert.deepEqual(parseMailbox("jürgen@bücher.example"), {
    text: "jürgen@bücher.example",
    localPart: "jürgen",
    domain: "bücher.example",
    utf8: true,
  });
  assert.deepEqual(parseMailbox("Postmaster"), {
    text: "Postmaster",
    localPart: "Postmaster",
    domain: "",
    utf8: false,
  });
  assert.throws(
    () => parseMailbox("x y"),
    (error) => error instanceof ProtocolError && error.origin === "peer",
  );
});

Deno.test("an address that no command line can carry is refused", () => {
  assert.ok(parseMailbox(`${"a".repeat(400)}@b.c`));
  assert.throws(() => parseMailbox(`${"a".repeat(500)}@b.c`), AddressSyntaxError);
  assert.throws(() => parseMailbox(`${"é".repeat(250)}@b.c`), AddressSyntaxError);
  assert.throws(() => parseMailbox(`a@${"b.".repeat(130)}c`), AddressSyntaxError);
  assert.throws(() => parseMailbox(`a@${"b".repeat(64)}`), AddressSyntaxError);
  assert.throws(() => envelopeAddress(`${"x".repeat(3000)} <a@b.c>`), TypeError);
});

Deno.test("parsePath reads the brackets and leaves the rest", () => {
  assert.deepEqual(parsePath("<> SIZE=1"), { mailbox: null, rest: " SIZE=1" });
  assert.equal(parsePath("<a@b.c>").mailbox?.text, "a@b.c");
  const quoted = parsePath('"<a> b"@c'.replace(/^/, "<") + "> X");
  assert.deepEqual([quoted.mailbox?.localPart, quoted.rest], ["<a> b", " X"]);
  // RFC 5321 §4.1.1.3, appendix C: a source route is read and left out.
  assert.equal(parsePath("<@hosta.int,@jkl.org:userc@d.bar.org>").mailbox?.text, "userc@d.bar.org");
  for (
    const text of ["", "a@b.c", "<a@b.c", "<a@b.c\r\n>", "< a@b.c>", "<@a>", "<@a:>", "<a b@c>"]
  ) {
    assert.throws(() => parsePath(text), AddressSyntaxError, text);
  }
});

Deno.test("formatMailbox quotes where it must, and is read back", () => {
  assert.equal(formatMailbox("a.b", "c.d"), "a.b@c.d");
  assert.equal(formatMailbox("a..b", "c.d"), '"a..b"@c.d');
  assert.equal(formatMailbox("postmaster", ""), "postmaster");
  assert.equal(formatMailbox("", "c.d"), '""@c.d');
  const local = fc.string({ unit: fc.constantFrom(...'ab."\\ @<>é(),'), maxLength: 12 });
  fc.assert(fc.property(local, (localPart) => {
    const { localPart: read, domain } = parseMailbox(formatMailbox(localPart, "example.org"));
    assert.deepEqual([read, domain], [localPart, "example.org"]);
  }));
  for (
    const [local, domain] of [["a\r\nb", "c"], ["a", "b\r\nc"], ["a", "b c"], ["a", "b>"], [
      "a\0",
      "b",
    ]]
  ) {
    assert.throws(() => formatMailbox(local!, domain!), TypeError);
  }
});

Deno.test("whatever is accepted cannot leave its brackets", () => {
  const text = fc.string({ unit: fc.constantFrom(...'ab@."\\<>() \r\n[]:;,é'), maxLength: 16 });
  fc.assert(
    fc.property(text, (text) => {
      let address: string;
      try {
        address = envelopeAddress(text)?.text ?? "";
      } catch (error) {
        assert.ok(error instanceof TypeError);
        return;
      }
      // deno-lint-ignore no-control-regex
      assert.doesNotMatch(address, /[\x00-\x1f\x7f]/);
      assert.ok(text.includes(address));
      assert.deepEqual(parsePath(`<${address}>`).rest, "");
    }),
    { numRuns: 2000 },
  );
});

Deno.test("asciiDomain writes A-labels (IDNA)", () => {
  assert.equal(asciiDomain("bücher.example"), "xn--bcher-kva.example");
  assert.equal(asciiDomain("例え.jp"), "xn--r8jz45g.jp");
  assert.equal(asciiDomain("example.org"), "example.org");
  // Full-width digits are mapped to digits, full-width signs to signs.
  for (
    const domain of ["\uff11\uff12\uff17.0.0.1", "a\uff0fb", "a\uff20b", "ü b", "ü/", "ü:80", "ü@x"]
  ) {
    assert.equal(asciiDomain(domain), undefined, domain);
  }
});

Deno.test("isDomainOrLiteral knows what EHLO may say (RFC 5321 §4.1.3)", () => {
  for (
    const text of [
      "localhost",
      "mail.example.org",
      "my_host",
      "[127.0.0.1]",
      "[IPv6:::1]",
      "[ipv6:::1]",
    ]
  ) {
    assert.ok(isDomainOrLiteral(text), text);
  }
  for (
    const text of [
      "",
      "a b",
      "a\r\n",
      "[::1]",
      "[300.0.0.1]",
      "[IPv6:127.0.0.1]",
      "bücher.de",
      "a.",
      "-a",
      "127.0.0.1]",
    ]
  ) {
    assert.ok(!isDomainOrLiteral(text), text);
  }
});

Deno.test("addresses of a hundred thousand of anything are read once", () => {
  for (
    const unit of ["a", ".", "a.", "\\", '"', "@", "@a,", "<", "(", ")", "()", " ", "é", ":", "a@"]
  ) {
    const long = unit.repeat(100_000);
    for (const text of [long, `"${long}`, `a@${long}`, `<@${long}`, `"${long}"@b`]) {
      assert.throws(() => envelopeAddress(text.trim() || "("), TypeError);
      assert.throws(() => parseMailbox(text), AddressSyntaxError);
      assert.throws(() => parsePath(`<${text}`), AddressSyntaxError);
    }
  }
});
