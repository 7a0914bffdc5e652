import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { pemBlocks } from "../../../net/tls/certificates.ts";
import { verifyChain } from "../../../net/tls/verify_chain.ts";
import type { Identity } from "../../peers/certs.ts";
import { certs, tlsTest } from "./pairs.ts";

const read = (pem: string) => pemBlocks(pem).map((block) => new X509Certificate(block));

function verify(
  { cert, caCerts }: Identity,
  { hostname = "localhost", now = Date.now(), purpose = "server", chain = read(cert) }: {
    hostname?: string;
    now?: number;
    purpose?: "server" | "client";
    chain?: X509Certificate[];
  } = {},
) {
  return verifyChain(chain, {
    trusted: caCerts.flatMap(read),
    hostname: purpose === "client" ? undefined : hostname,
    purpose,
    now,
  });
}

// OpenSSL's `verify` says the same of each, but for the names, which it does not look at.
const CHAINS: [keyof typeof certs, string | null, RegExp?][] = [
  ["good", null],
  ["intermediate", null],
  ["selfSignedLeaf", null],
  ["wrongHost", "wrong-host", /it is for DNS:wrong\.example, not for localhost/],
  ["commonNameOnly", "wrong-host", /it is for no name/],
  ["expired", "expired", /it has expired, on/],
  ["notYetValid", "expired", /it is not valid yet, but from/],
  ["unknownIssuer", "unknown-issuer", /none of the trusted authorities has signed it/],
  ["intermediateMissing", "unknown-issuer"],
  ["falseIntermediate", "unknown-issuer", /no authority's \(CA:FALSE\)/],
  ["selfSigned", "ca-as-leaf", /CA:TRUE/],
  ["pathTooLong", "other", /allows 0 others below it, and there are 1/],
  ["nameConstrained", "other", /not understood here \(2\.5\.29\.30\)/],
  ["client", "other", /it is not for a server/],
];

for (const [name, reason, detail] of CHAINS) {
  tlsTest(`a chain in code: ${name} is ${reason ?? "good"}`, () => {
    const refusal = verify(certs[name] as Identity);
    assert.equal(refusal?.reason ?? null, reason);
    if (detail !== undefined) assert.match(refusal!.detail, detail);
  });
}

tlsTest("a client's chain has no host, and another purpose", () => {
  assert.equal(verify(certs.client, { purpose: "client" }), null);
  assert.equal(verify(certs.strangersClient, { purpose: "client" })?.reason, "unknown-issuer");
  assert.equal(verify(certs.expiredClient, { purpose: "client" })?.reason, "expired");
  assert.match(verify(certs.good, { purpose: "client" })!.detail, /not for a client/);
});

tlsTest(
  "what is shown besides the leaf may stand in any order, and hold what is not needed",
  () => {
    const [leaf, between] = read(certs.intermediate.cert);
    const chain = [leaf!, ...read(certs.unknownIssuer.cert), ...read(certs.ca), between!];
    assert.equal(verify(certs.intermediate, { chain }), null);
  },
);

tlsTest(
  "the dates of authorities count too: of one in between, and of the one that is trusted",
  () => {
    const [, between] = read(certs.intermediate.cert);
    const end = Date.parse(between!.validTo);
    assert.equal(verify(certs.intermediate, { now: end - 60_000 }), null);
    assert.equal(verify(certs.intermediate, { now: end + 60_000 })?.reason, "expired");
    // A leaf that outlives its root: the root's time is over first.
    const [root] = read(certs.ca);
    assert.equal(
      verify(certs.good, { now: Date.parse(root!.validTo) + 60_000 })?.reason,
      "expired",
    );
  },
);

tlsTest("no certificate is no chain, and no authority trusts nobody", () => {
  assert.equal(verify(certs.good, { chain: [] })?.reason, "other");
  assert.equal(verify({ ...certs.good, caCerts: [] })?.reason, "unknown-issuer");
});

tlsTest("a certificate that was tampered with is signed by nobody", () => {
  const [leaf] = read(certs.good.cert);
  const der = new Uint8Array(leaf!.raw);
  // A letter of the host name.
  const at = new TextDecoder("latin1").decode(der).indexOf("localhost");
  der[at] = der[at]! ^ 1;
  const chain = [new X509Certificate(der)];
  assert.equal(verify(certs.good, { chain, hostname: "mocalhost" })?.reason, "unknown-issuer");
});

tlsTest("a chain without end ends", () => {
  // An authority that has signed itself, shown many times, has as many ways up as there are orders.
  const chain = read(certs.good.cert);
  for (let more = 0; more < 200; more++) chain.push(...read(certs.ca));
  assert.notEqual(verify({ ...certs.good, caCerts: [] }, { chain }), null);
});
