import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { endPointHash } from "../../../net/tls/channel_binding.ts";
import { elementsOf, objectIdentifier } from "../../../net/tls/der.ts";
import { certs, tlsTest } from "./pairs.ts";

/** An element of DER, with a length of one byte, or of three. */
function der(tag: number, ...contents: (number | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  const bytes = contents.flatMap((each) => typeof each === "number" ? [each] : [...each]);
  const length = bytes.length < 128
    ? [bytes.length]
    : [0x82, bytes.length >> 8, bytes.length & 255];
  return new Uint8Array([tag, ...length, ...bytes]);
}

/** An object identifier. */
function oid(text: string): Uint8Array<ArrayBuffer> {
  const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
  const base128 = (value: number) => {
    const bytes = [value % 128];
    for (let left = Math.floor(value / 128); left > 0; left = Math.floor(left / 128)) {
      bytes.unshift(left % 128 | 0x80);
    }
    return bytes;
  };
  return der(6, ...[40 * first + second, ...rest].flatMap(base128));
}

/** A certificate of which only the signature's algorithm is there (RFC 5280 §4.1). */
const signedBy = (...algorithm: Uint8Array[]) =>
  der(0x30, der(0x30, 2, 1, 2), der(0x30, ...algorithm), der(3, 0, 1, 2, 3));

const NULL = der(5);
const hash = (name: string) => der(0x30, oid(name), NULL);
const SHA_256 = "2.16.840.1.101.3.4.2.1";
const SHA_384 = "2.16.840.1.101.3.4.2.2";
const MGF_1 = "1.2.840.113549.1.1.8";
const PSS = "1.2.840.113549.1.1.10";
const pss = (message: string, mask: string) =>
  signedBy(
    oid(PSS),
    der(
      0x30,
      der(0xa0, hash(message)),
      der(0xa1, der(0x30, oid(MGF_1), hash(mask))),
      der(0xa2, 2, 1, 32),
    ),
  );

// RFC 5929 §4.1: the signature's own hash, but SHA-256 for MD5 and SHA-1.
const HASHES: [string, Uint8Array<ArrayBuffer>, string | undefined][] = [
  ["RSA with MD5", signedBy(oid("1.2.840.113549.1.1.4"), NULL), "sha256"],
  ["RSA with SHA-1", signedBy(oid("1.2.840.113549.1.1.5"), NULL), "sha256"],
  ["RSA with SHA-256", signedBy(oid("1.2.840.113549.1.1.11"), NULL), "sha256"],
  ["RSA with SHA-384", signedBy(oid("1.2.840.113549.1.1.12"), NULL), "sha384"],
  ["RSA with SHA-512", signedBy(oid("1.2.840.113549.1.1.13"), NULL), "sha512"],
  ["ECDSA with SHA-1", signedBy(oid("1.2.840.10045.4.1")), "sha256"],
  ["ECDSA with SHA-384", signedBy(oid("1.2.840.10045.4.3.3")), "sha384"],
  ["RSA-PSS with SHA-256", pss(SHA_256, SHA_256), "sha256"],
  ["RSA-PSS with SHA-384", pss(SHA_384, SHA_384), "sha384"],
  ["RSA-PSS with nothing said: SHA-1", signedBy(oid(PSS), der(0x30)), "sha256"],
  ["RSA-PSS with two hashes", pss(SHA_256, SHA_384), undefined],
  ["Ed25519", signedBy(oid("1.3.101.112")), undefined],
  ["Ed448", signedBy(oid("1.3.101.113")), undefined],
  ["what nobody knows", signedBy(oid("1.2.3.4")), undefined],
  ["no certificate", new Uint8Array([1, 2, 3]), undefined],
  ["nothing", new Uint8Array(0), undefined],
];

for (const [name, certificate, expected] of HASHES) {
  Deno.test(`the hash of tls-server-end-point: ${name}`, () => {
    assert.equal(endPointHash(certificate), expected);
  });
}

tlsTest("the hash of a real certificate: ECDSA with SHA-256", () => {
  assert.equal(endPointHash(new Uint8Array(new X509Certificate(certs.good.cert).raw)), "sha256");
});

tlsTest("DER that is cut off, or none, is not read", () => {
  const whole = new Uint8Array(new X509Certificate(certs.good.cert).raw);
  assert.equal(elementsOf(whole)?.length, 1);
  for (let length = 1; length < whole.length; length++) {
    assert.equal(elementsOf(whole.subarray(0, length)), undefined, `${length} bytes`);
  }
  // The indefinite form, a length of more than four bytes, a tag of more than one.
  for (const wrong of [[0x30, 0x80, 0, 0], [0x30, 0x85, 0, 0, 0, 0, 1, 0], [0x3f, 0x20, 0]]) {
    assert.equal(elementsOf(new Uint8Array(wrong)), undefined);
  }
});

Deno.test("object identifiers are written with dots (X.690 §8.19)", () => {
  // The standard's own example, {2 100 3}, and one with the largest first number.
  assert.equal(objectIdentifier(new Uint8Array([0x81, 0x34, 0x03])), "2.100.3");
  assert.equal(
    objectIdentifier(new Uint8Array([0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d])),
    "1.2.840.113549",
  );
});
