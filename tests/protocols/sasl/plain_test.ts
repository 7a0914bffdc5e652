import assert from "node:assert/strict";
import { encodeBase64 } from "../../../protocols/text/base64.ts";
import { PlainClient, PlainServer } from "../../../protocols/sasl/plain.ts";
import { SaslError } from "../../../protocols/sasl/types.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("PLAIN: the messages of RFC 4616 §4", () => {
  assert.deepEqual(
    new PlainClient("tim", "tanstaaftanstaaf").start(),
    bytes("\0tim\0tanstaaftanstaaf"),
  );
  assert.deepEqual(
    new PlainClient("Kurt", "xipj3plmq", "Ursel").start(),
    bytes("Ursel\0Kurt\0xipj3plmq"),
  );
  // RFC 4954 §4.1 has this one on the wire.
  assert.equal(encodeBase64(new PlainClient("test", "1234").start()), "AHRlc3QAMTIzNA==");
});

Deno.test("PLAIN: the client answers one empty challenge, and no second", () => {
  const client = new PlainClient("jürgen", "pässword");
  assert.deepEqual(client.step(bytes("")), bytes("\0jürgen\0pässword"));
  assert.throws(() => client.step(bytes("")), SaslError);
  const initial = new PlainClient("a", "b");
  initial.start();
  assert.throws(() => initial.step(bytes("")), SaslError);
});

Deno.test("PLAIN: the client refuses what would be another message", () => {
  for (const bad of ["", "a\0b", "a\ud800", undefined as unknown as string]) {
    assert.throws(() => new PlainClient(bad, "p"), TypeError);
    assert.throws(() => new PlainClient("u", bad), TypeError);
    if (bad) assert.throws(() => new PlainClient("u", "p", bad), TypeError);
  }
  assert.throws(
    () => new PlainClient("u", "sec\0ret"),
    (error: Error) => !error.message.includes("sec"),
  );
});

Deno.test("PLAIN: the server reads what the client writes", () => {
  const server = new PlainServer();
  assert.deepEqual(server.step(undefined), { kind: "challenge", data: new Uint8Array() });
  assert.deepEqual(server.step(new PlainClient("jürgen", "pä ss", "x").start()), {
    kind: "credentials",
    credentials: { authzid: "x", username: "jürgen", password: "pä ss" },
  });
});

Deno.test("PLAIN: the server refuses what is no message", () => {
  for (const message of ["", "a", "a\0b", "\0\0p", "\0u\0p\0", "\0\0\0"]) {
    assert.throws(() => new PlainServer().step(bytes(message)), SaslError, JSON.stringify(message));
  }
  assert.throws(() => new PlainServer().step(new Uint8Array([0, 0xff, 0, 0x61])), SaslError);
  assert.throws(() => new PlainServer().step(bytes(`\0u\0${"p".repeat(1025)}`)), SaslError);
});
