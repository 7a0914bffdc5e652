import assert from "node:assert/strict";
import { memoryPair } from "../../../net/memory.ts";
import { startTlsClient } from "../../../net/tls/starttls.ts";
import { type Asked, askedFor } from "../../../net/tls/client_hello.ts";
import { bytes } from "../cuts.ts";
import { tlsTest } from "./pairs.ts";

const number = (value: number, size: number) =>
  Array.from({ length: size }, (_, place) => value >> 8 * (size - 1 - place) & 0xff);
const sized = (
  size: number,
  ...contents: number[]
) => [...number(contents.length, size), ...contents];

/** A message as RFC 8446 §4.1.2 has it, with these extensions. */
function hello(...extensions: number[]): Uint8Array {
  const message = [
    ...[3, 3, ...new Array(32).fill(7)],
    ...sized(1, 1, 2, 3),
    ...sized(2, 0x13, 0x01),
    ...sized(1, 0),
    ...sized(2, ...extensions),
  ];
  return new Uint8Array([1, ...sized(3, ...message)]);
}

/** Puts a message into records of so many bytes (RFC 8446 §5.1). */
function records(message: Uint8Array, size = 16_384): Uint8Array {
  const pieces: number[] = [];
  for (let at = 0; at < message.length; at += size) {
    pieces.push(22, 3, 1, ...sized(2, ...message.subarray(at, at + size)));
  }
  return new Uint8Array(pieces);
}

const named = (name: string) => [0, 0, ...sized(2, ...sized(2, 0, ...sized(2, ...bytes(name))))];
const OTHER = [0, 16, ...sized(2, 1, 2, 3)];
/** Without what else stands there. */
const onlyName = (asked: Asked): Asked =>
  asked === "more" ? asked : { serverName: asked.serverName };
const asks = (serverName: string | undefined): Asked => ({ serverName });

Deno.test("the name is found, whatever stands before it, and however it is cut", () => {
  const message = hello(...OTHER, ...named("mail.example.org"), ...OTHER);
  for (const size of [1, 3, 40, 16_384]) {
    const whole = records(message, size);
    assert.deepEqual(onlyName(askedFor(whole)), asks("mail.example.org"));
    for (let length = 0; length < whole.length; length++) {
      assert.equal(askedFor(whole.subarray(0, length)), "more", `${length} bytes`);
    }
  }
});

Deno.test("no name is no name", () => {
  const cases: Uint8Array[] = [
    records(hello()),
    records(hello(...OTHER)),
    records(hello(0, 0, 0, 0)),
    records(hello(0, 0, ...sized(2, ...sized(2, 9, ...sized(2, 65))))),
    // Lengths that lead past the end.
    records(hello(0, 0, 255, 255, 255, 255, 0)),
    records(hello(0, 16, 255, 255)),
    // Another message, another kind of record, text.
    records(new Uint8Array([2, 0, 0, 0])),
    new Uint8Array([21, 3, 3, 0, 2, 2, 40]),
    bytes("GET / HTTP/1.1\r\n"),
    // A message that would be longer than any.
    records(new Uint8Array([1, 255, 255, 255])),
    records(new Uint8Array([1, 0, 255, 253, ...new Array(100).fill(0)])),
  ];
  for (const bytes of cases) assert.deepEqual(onlyName(askedFor(bytes)), asks(undefined));
});

tlsTest("the name of a real client is found", async () => {
  const [near, far] = memoryPair();
  const shaking = startTlsClient(near, { serverHostname: "Mail.Example.org" }).catch(() => {});
  const buffer = new Uint8Array(4096);
  const count = await far.read(buffer);
  assert.deepEqual(onlyName(askedFor(buffer.subarray(0, count!))), asks("mail.example.org"));
  far.close();
  await shaking;
});
