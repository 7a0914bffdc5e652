import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { isIP } from "node:net";
import { isIPv4, isIPv6, unmapped } from "../../../protocols/text/ip.ts";

const SAMPLES = [
  ...["0.0.0.0", "255.255.255.255", "1.2.3", "1.2.3.4.", "256.1.1.1", "01.2.3.4", "1.2.3.4.5", ""],
  ...["::", "::1", "1::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7::", "1::2::3", ":1"],
  ...["1:", ":::", "::ffff:1.2.3.4", "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3.4:5"],
  ...[
    "12345::",
    "g::",
    "1.2.3.4::",
    "::1.2.3.256",
    "fe80::1 ",
    "1:2:3:4::5:6:7:8",
    "::2:3:4:5:6:7:8",
  ],
];

Deno.test("isIPv4 and isIPv6 agree with the platform", () => {
  for (const text of SAMPLES) {
    assert.equal(isIPv4(text) ? 4 : isIPv6(text) ? 6 : 0, isIP(text), JSON.stringify(text));
  }
});

Deno.test("isIPv4 and isIPv6 agree with the platform about any address, and those near it", () => {
  const any = fc.oneof(fc.ipV4(), fc.ipV6(), fc.string({ unit: fc.constantFrom(..."0fg:.") }));
  fc.assert(fc.property(any, (text) => {
    assert.equal(isIPv4(text) ? 4 : isIPv6(text) ? 6 : 0, isIP(text), JSON.stringify(text));
  }));
});

Deno.test("a zone is no part of an address", () => {
  assert.ok(!isIPv6("fe80::1%eth0"));
});

Deno.test("unmapped takes the prefix off an IPv4-mapped address, and off nothing else", () => {
  for (
    const [address, expected] of [
      ["::ffff:192.0.2.7", "192.0.2.7"],
      ["::FFFF:192.0.2.7", "192.0.2.7"],
      ["192.0.2.7", "192.0.2.7"],
      ["::ffff:c000:207", "::ffff:c000:207"],
      ["2001:db8::ffff:1.2.3.4", "2001:db8::ffff:1.2.3.4"],
      ["::1", "::1"],
    ] as const
  ) {
    assert.equal(unmapped(address), expected);
  }
});
