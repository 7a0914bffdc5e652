import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { formatIp, ipBytes } from "../../../protocols/text/ip_bytes.ts";

Deno.test("formatIp writes the forms that RFC 5952 recommends", () => {
  for (
    const [text, expected] of [
      ["2001:0db8::0001", "2001:db8::1"],
      ["2001:db8:0:0:0:0:2:1", "2001:db8::2:1"],
      ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
      ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
      ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
      ["2001:DB8::A", "2001:db8::a"],
      ["::ffff:192.0.2.1", "::ffff:192.0.2.1"],
      ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
      ["::", "::"],
      ["1::", "1::"],
      ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
      ["192.0.2.1", "192.0.2.1"],
    ] as const
  ) {
    assert.equal(formatIp(ipBytes(text)!), expected, text);
  }
});

Deno.test("what is no address has no bytes", () => {
  for (const text of ["", "example.org", "1.2.3", "1::2::3", "fe80::1%eth0", "[::1]"]) {
    assert.equal(ipBytes(text), undefined, text);
  }
  assert.throws(() => formatIp(new Uint8Array(5)), RangeError);
});

Deno.test("every address comes back, as the platform writes it", () => {
  const address = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
  const sparse = fc.array(fc.constantFrom(0, 0, 0, 1, 0xff), { minLength: 16, maxLength: 16 })
    .map((bytes) => Uint8Array.from(bytes));
  fc.assert(fc.property(fc.oneof(address(4), address(16), sparse), (bytes) => {
    const text = formatIp(bytes);
    assert.deepEqual(ipBytes(text), Uint8Array.from(bytes));
    if (bytes.length === 4 || text.includes(".")) return;
    assert.equal(`[${text}]`, new URL(`http://[${text}]/`).hostname);
  }));
});
