import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import {
  formatExtended,
  formatHostPort,
  type HostPort,
  parseExtended,
  parseHostPort,
} from "../../../protocols/ftp/addresses.ts";
import { roundTrip } from "../../codec.ts";

const anyPort = fc.integer({ min: 1, max: 65_535 });

Deno.test("PORT's argument (RFC 959 §4.1.2)", () => {
  assert.equal(formatHostPort({ hostname: "132.235.1.2", port: 6275 }), "132,235,1,2,24,131");
  assert.deepEqual(parseHostPort("132,235,1,2,24,131"), { hostname: "132.235.1.2", port: 6275 });
  for (
    const text of [
      "",
      "1,2,3,4,5",
      "1,2,3,4,5,6,7",
      "256,2,3,4,5,6",
      "1,2,3,4,0,0",
      "1,2,3,4,5,",
      "a,2,3,4,5,6",
      "1,2,3,4,5,6 ",
      "-1,2,3,4,5,6",
    ]
  ) {
    assert.equal(parseHostPort(text), undefined, text);
  }
});

Deno.test("EPRT's argument (RFC 2428 §2)", () => {
  assert.equal(formatExtended({ hostname: "132.235.1.2", port: 6275 }), "|1|132.235.1.2|6275|");
  const six = "1080::8:800:200C:417A";
  assert.equal(formatExtended({ hostname: six, port: 5282 }), `|2|${six}|5282|`);
  assert.deepEqual(parseExtended(`|2|${six}|5282|`), { family: 2, hostname: six, port: 5282 });
  assert.deepEqual(parseExtended("!1!127.0.0.1!21!"), {
    family: 1,
    hostname: "127.0.0.1",
    port: 21,
  });
  for (
    const text of [
      ...["", "|", "|1|127.0.0.1|21", "|2|127.0.0.1|21|", "|1|::1|21|", "|3|127.0.0.1|21|"],
      ...["|1|localhost|21|", "|1|127.0.0.1|0|", "|1|127.0.0.1|65536|", "|1|127.0.0.1|x|"],
      ...["|1|127.0.0.1|21|x", "|2|fe80::1%eth0|21|", "x|1|127.0.0.1|21|", " 1 127.0.0.1 21 "],
    ]
  ) {
    assert.equal(parseExtended(text), undefined, text);
  }
});

Deno.test("what is written is read back", () => {
  fc.assert(fc.property(fc.ipV4(), anyPort, (hostname, port) => {
    roundTrip<HostPort | undefined, string>(
      { hostname, port },
      (a) => formatHostPort(a!),
      parseHostPort,
    );
  }));
  fc.assert(fc.property(fc.ipV6(), anyPort, (hostname, port) => {
    assert.deepEqual(parseExtended(formatExtended({ hostname, port })), {
      family: 2,
      hostname,
      port,
    });
  }));
});

Deno.test("a name or a line end is no address", () => {
  for (const hostname of ["localhost", "1.2.3.4\r\nDELE x", "1.2.3.4|21|\r\n", "fe80::1%1", ""]) {
    assert.throws(() => formatHostPort({ hostname, port: 21 }), TypeError);
    assert.throws(() => formatExtended({ hostname, port: 21 }), TypeError);
  }
  for (const port of [0, -1, 65_536, 1.5, NaN]) {
    assert.throws(() => formatHostPort({ hostname: "127.0.0.1", port }), RangeError);
    assert.throws(() => formatExtended({ hostname: "::1", port }), RangeError);
  }
});
