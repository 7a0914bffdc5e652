import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { ProtocolError } from "../../../protocols/errors.ts";
import { Base64Error, decodeBase64, encodeBase64 } from "../../../protocols/text/base64.ts";
import { roundTrip } from "../../codec.ts";

// RFC 4648 §10.
Deno.test("base64: the vectors of the standard", () => {
  const vectors: [string, string][] = [
    ["", ""],
    ["f", "Zg=="],
    ["fo", "Zm8="],
    ["foo", "Zm9v"],
    ["foob", "Zm9vYg=="],
    ["fooba", "Zm9vYmE="],
    ["foobar", "Zm9vYmFy"],
  ];
  for (const [text, base64] of vectors) {
    assert.equal(encodeBase64(text), base64);
    assert.deepEqual(decodeBase64(base64), new TextEncoder().encode(text));
  }
});

Deno.test("base64: any bytes come back, and texts go as UTF-8", () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => {
    roundTrip<Uint8Array, string>(Uint8Array.from(bytes), encodeBase64, decodeBase64);
  }));
  assert.equal(encodeBase64("ž😀"), "xb7wn5iA");
  assert.equal(encodeBase64(new Uint8Array(100_000)).length, 133_336);
});

Deno.test("decodeBase64 forgives nothing", () => {
  for (
    const text of [
      ...["Z", "Zg", "Zg=", "Zm8", "Zg==\n", " Zg==", "Z g=", "Zm9v Zm9v", "====", "=", "Zg==Zg=="],
      ...["Zh==", "Zm9=", "Zg-_", "é===", "Zm9v\r\n"],
    ]
  ) {
    assert.throws(
      () => decodeBase64(text),
      (error) => error instanceof Base64Error && error instanceof ProtocolError,
      JSON.stringify(text),
    );
  }
  assert.throws(
    () => decodeBase64("c2VjcmV0!!!!"),
    (error: Error) => !error.message.includes("c2Vj"),
  );
});
