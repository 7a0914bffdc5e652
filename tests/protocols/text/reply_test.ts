import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { LimitError, ProtocolError } from "../../../protocols/errors.ts";
import {
  classifyReply,
  encodeReply,
  type Reply,
  ReplyDecoder,
  type ReplyDecoderOptions,
  type ReplyStyle,
  ReplySyntaxError,
} from "../../../protocols/text/reply.ts";
import { linesOf, roundTrip, sameHoweverCut } from "../../codec.ts";

function decode(lines: readonly string[], options?: ReplyDecoderOptions): Reply[] {
  const decoder = new ReplyDecoder(options);
  return lines.map((line) => decoder.push(line)).filter((reply) => reply !== undefined);
}

function decodeWire(wire: string, options?: ReplyDecoderOptions): Reply[] {
  return sameHoweverCut(wire, (pieces) => decode(linesOf(pieces), options));
}

Deno.test("ReplyDecoder reads replies of one line and of more (RFC 5321 §4.2.1)", () => {
  assert.deepEqual(
    decodeWire(
      "220 ready\r\n250-First line\r\n250-Second line\r\n250 Last line\r\n354\r\n221 \r\n",
    ),
    [
      { code: 220, lines: ["ready"] },
      { code: 250, lines: ["First line", "Second line", "Last line"] },
      { code: 354, lines: [""] },
      { code: 221, lines: [""] },
    ],
  );
});

Deno.test("ReplyDecoder lets free text stand inside a reply (RFC 959 §4.2)", () => {
  const lines = ["123-One", "two", "  234 three", "", "1234 four", "123", "200 ok"];
  assert.deepEqual(decode(lines), [
    { code: 123, lines: ["One", "two", "  234 three", "", "1234 four", ""] },
    { code: 200, lines: ["ok"] },
  ]);
  assert.deepEqual(decode(["211-a", "220 b", "211-c", "211 d"]), [
    { code: 211, lines: ["a", "220 b", "c", "d"] },
  ]);
});

Deno.test("ReplyDecoder in coded style notices at once where a reply breaks off", () => {
  for (const line of ["550 no", "free", "", "2500 x"]) {
    assert.throws(
      () => decode(["250-a", line], { style: "coded" }),
      (error) => error instanceof ReplySyntaxError && error.line === line,
    );
  }
  assert.equal(decode(["250-a", "250-b", "250 c"], { style: "coded" }).length, 1);
});

Deno.test("ReplyDecoder refuses what is no reply", () => {
  for (
    const line of ["", "25", "2500 x", "abc hello", "600 x", "099 x", " 250 x", "250_x", "250\tx"]
  ) {
    assert.throws(
      () => decode([line]),
      (error) =>
        error instanceof ReplySyntaxError && error instanceof ProtocolError &&
        error.origin === "peer",
      JSON.stringify(line),
    );
  }
});

Deno.test("ReplyDecoder names the protocol that the peer speaks instead", () => {
  assert.throws(
    () => decode(["\x15\x03\x03\0\x02\x02F"]),
    /got "\\x15.*speaks TLS.*connect with TLS/,
  );
  assert.throws(() => decode(["HTTP/1.1 400 Bad Request"]), /HTTP server/);
  assert.throws(() => decode(["SSH-2.0-OpenSSH_9.2"]), /SSH server/);
  assert.throws(() => decode(["* OK ready"]), /IMAP/);
  assert.throws(() => decode(["+OK ready"]), /POP3/);
});

Deno.test("ReplyDecoder ends a reply that never ends, by lines and by bytes", () => {
  const endless = (line: string, options?: ReplyDecoderOptions) => {
    const decoder = new ReplyDecoder(options);
    let count = 0;
    assert.throws(() => {
      for (; count < 1e6; count++) decoder.push(line);
    }, LimitError);
    return count;
  };
  assert.equal(endless("220-"), 1000);
  assert.equal(endless("220-a", { maxLines: 3 }), 3);
  assert.equal(endless(`220-${"x".repeat(1018)}`), 64); // 64 lines of 1024 bytes are 64 KiB
  assert.equal(endless("220-", { maxBytes: 12 }), 2);
  const decoder = new ReplyDecoder({ maxBytes: 100 });
  assert.throws(
    () => decoder.push(`220 ${"x".repeat(1e6)}`),
    (error) => error instanceof LimitError && error.limit === "maxBytes" && error.maximum === 100,
  );
});

Deno.test("ReplyDecoder counts each reply from its start", () => {
  const decoder = new ReplyDecoder({ maxBytes: 20, maxLines: 2 });
  for (let round = 0; round < 100; round++) {
    assert.equal(decoder.push("220-hello"), undefined);
    assert.ok(decoder.pending);
    assert.deepEqual(decoder.push("220 you"), { code: 220, lines: ["hello", "you"] });
    assert.ok(!decoder.pending);
  }
});

Deno.test("ReplyDecoder refuses a limit that is none", () => {
  for (const limit of [0, -1, NaN, Infinity, 1.5]) {
    assert.throws(() => new ReplyDecoder({ maxLines: limit }), RangeError);
    assert.throws(() => new ReplyDecoder({ maxBytes: limit }), RangeError);
  }
});

Deno.test("encodeReply writes both styles", () => {
  assert.equal(encodeReply(250, "ok"), "250 ok\r\n");
  assert.equal(encodeReply(250, []), "250 \r\n");
  assert.equal(encodeReply(214, ["a", "b", "c"]), "214-a\r\n214-b\r\n214 c\r\n");
  // RFC 959 §4.2: a line inside that begins with digits is padded.
  assert.equal(
    encodeReply(211, ["a", " b", "211 c", "d"], "free"),
    "211-a\r\n b\r\n 211 c\r\n211 d\r\n",
  );
});

Deno.test("encodeReply refuses what would be another reply", () => {
  for (const code of [99, 600, 250.5, NaN]) assert.throws(() => encodeReply(code, "x"), RangeError);
  for (const style of ["coded", "free"] as ReplyStyle[]) {
    for (const text of ["a\r\n250 b", "a\nb", "\0"]) {
      assert.throws(() => encodeReply(250, ["x", text, "y"], style), TypeError);
      assert.throws(() => encodeReply(250, text, style), TypeError);
    }
  }
});

Deno.test("ReplyDecoder reads back what encodeReply writes", () => {
  const text = fc.string({ unit: fc.constantFrom(..."ab 123-\xff\t") });
  const code = fc.integer({ min: 100, max: 599 });
  const lines = fc.array(text, { minLength: 1, maxLength: 5 });
  fc.assert(fc.property(code, lines, (code, lines) => {
    roundTrip<Reply[], string>(
      [{ code, lines }],
      ([reply]) => encodeReply(reply!.code, reply!.lines),
      (wire) => decode(wire.split("\r\n").slice(0, -1), { style: "coded" }),
    );
  }));
  const free = fc.array(text.filter((line) => !/^\d{3}/.test(line)), {
    minLength: 1,
    maxLength: 5,
  });
  fc.assert(fc.property(code, free, (code, lines) => {
    roundTrip<Reply[], string>(
      [{ code, lines }],
      ([reply]) => encodeReply(reply!.code, reply!.lines, "free"),
      (wire) => decode(wire.split("\r\n").slice(0, -1)),
    );
  }));
});

Deno.test("classifyReply goes by the first digit", () => {
  assert.deepEqual(
    [150, 226, 331, 450, 599].map(classifyReply),
    ["preliminary", "completion", "intermediate", "transient", "permanent"],
  );
  for (const code of [0, 99, 600, NaN]) assert.throws(() => classifyReply(code), RangeError);
});
