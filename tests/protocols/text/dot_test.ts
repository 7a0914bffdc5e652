import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { ProtocolError } from "../../../protocols/errors.ts";
import {
  BareNewlineError,
  DotDecoder,
  type DotDecoderOptions,
  DotEncoder,
  dotStuff,
} from "../../../protocols/text/dot.ts";
import { decodeLatin1, encodeLatin1 } from "../../../protocols/text/latin1.ts";
import { normalizeNewlines } from "../../../protocols/text/lines.ts";
import { roundTrip, sameHoweverCut } from "../../codec.ts";

const anyText = fc.string({ unit: fc.constantFrom(..."a.\r\n"), maxLength: 12 });

function encode(text: string, bare?: "normalize" | "reject"): string {
  return sameHoweverCut(text, (pieces) => {
    const encoder = new DotEncoder({ bare });
    const encoded = pieces.map((piece) => decodeLatin1(encoder.encode(piece))).join("");
    return encoded + decodeLatin1(encoder.finish());
  });
}

interface Decoded {
  text: string;
  rest: string;
  done: boolean;
  bareNewlines: number;
}

function decode(wire: string, options?: DotDecoderOptions): Decoded {
  return sameHoweverCut(wire, (pieces) => {
    const decoder = new DotDecoder(options);
    const decoded = { text: "", rest: "", done: false, bareNewlines: 0 };
    for (const piece of pieces) {
      if (decoded.done) {
        decoded.rest += decodeLatin1(piece);
        continue;
      }
      const { data, consumed, done } = decoder.push(piece);
      decoded.text += decodeLatin1(data);
      decoded.rest += decodeLatin1(piece, consumed);
      decoded.done = done;
    }
    decoded.bareNewlines = decoder.bareNewlines;
    assert.equal(decoder.size, decoded.text.length);
    assert.equal(decoder.done, decoded.done);
    return decoded;
  });
}

Deno.test("DotEncoder doubles dots at the start of lines, and ends the text (RFC 5321 §4.5.2)", () => {
  assert.equal(encode(""), ".\r\n");
  assert.equal(encode("a"), "a\r\n.\r\n");
  assert.equal(encode("a\r\n"), "a\r\n.\r\n");
  assert.equal(encode("."), "..\r\n.\r\n");
  assert.equal(encode(".\r\n.a\r\n..\r\na.b"), "..\r\n..a\r\n...\r\na.b\r\n.\r\n");
});

// Python: smtplib.quotedata(text), and what smtplib.SMTP.data() sends after it.
Deno.test("DotEncoder sends what Python's smtplib sends", () => {
  const sent: [string, string][] = [
    ["\n.\n", "\r\n..\r\n.\r\n"],
    ["\r.\r", "\r\n..\r\n.\r\n"],
    ["a\n\rb", "a\r\n\r\nb\r\n.\r\n"],
    ["a\r\n.b\n.c\r.d", "a\r\n..b\r\n..c\r\n..d\r\n.\r\n"],
    ["\r\r\n", "\r\n\r\n.\r\n"],
    ["..\n.", "...\r\n..\r\n.\r\n"],
  ];
  for (const [text, wire] of sent) assert.equal(encode(text), wire, JSON.stringify(text));
});

Deno.test("DotEncoder: no text contains its own end", () => {
  fc.assert(fc.property(anyText, (text) => {
    const wire = encode(text);
    assert.equal(`\r\n${wire}`.indexOf("\r\n.\r\n"), wire.length - 3);
    assert.doesNotMatch(wire, /\r(?!\n)|(?<!\r)\n/);
  }));
});

Deno.test("DotEncoder refuses lone newlines where it is told to", () => {
  assert.equal(encode("a\r\n.\r\n", "reject"), "a\r\n..\r\n.\r\n");
  for (const text of ["a\n.\nb", "\n", "a\r.\rb", "\r\r\n", "a\r"]) {
    assert.throws(() => encode(text, "reject"), TypeError, JSON.stringify(text));
  }
});

Deno.test("DotEncoder copies nothing where nothing has to be added, and can begin again", () => {
  const encoder = new DotEncoder();
  const chunk = encodeLatin1("a\r\nb");
  assert.equal(encoder.encode(chunk), chunk);
  encoder.finish();
  assert.equal(decodeLatin1(encoder.encode(encodeLatin1("."))), "..");
});

Deno.test("dotStuff encodes at once, strings as UTF-8", () => {
  assert.equal(decodeLatin1(dotStuff(".é\n")), "..\xc3\xa9\r\n.\r\n");
  assert.deepEqual(dotStuff(encodeLatin1(".a")), encodeLatin1("..a\r\n.\r\n"));
});

Deno.test("DotDecoder gives the text up to its end, and leaves the rest", () => {
  assert.deepEqual(decode("Hello\r\n..\r\n...a\r\n.b\r\n.\r\nQUIT\r\n"), {
    text: "Hello\r\n.\r\n..a\r\nb\r\n",
    rest: "QUIT\r\n",
    done: true,
    bareNewlines: 0,
  });
  assert.deepEqual(decode(".\r\n"), { text: "", rest: "", done: true, bareNewlines: 0 });
  assert.deepEqual(decode("a\r\n.\r"), { text: "a\r\n", rest: "", done: false, bareNewlines: 0 });
});

Deno.test("DotDecoder reads back what DotEncoder writes", () => {
  fc.assert(fc.property(anyText, (text) => {
    const lines = normalizeNewlines(text);
    const value = lines === "" || lines.endsWith("\r\n") ? lines : `${lines}\r\n`;
    roundTrip(value, (text) => encode(text), (wire) => decode(wire).text);
  }));
});

// Each has been the end of a message for some server (CVE-2023-51764, -51765, -51766,
// CVE-2024-27305 and their kin): what follows it was then taken for commands.
const SMUGGLED_ENDS = [
  "\n.\n",
  "\n.\r\n",
  "\r\n.\n",
  "\n.\r",
  "\r.\r",
  "\r.\r\n",
  "\r\n.\r",
  "\r.\n",
  "\n\n.\n\n",
  "\r\r\n.\r\r\n",
  "\r\n.\r\r\n",
  "\n.\r\r\n",
  "\r\n.\n\r\n",
  "\n\r.\n\r",
  "\n\r.\r\n",
  "\r\n\r.\r\n",
  "\r\n.\r\n".replace(".", "\0."),
  "\r\n.\r\n".replace(".", ".\0"),
];

Deno.test("DotDecoder ends a text at CRLF.CRLF and at none of 18 look-alikes", () => {
  assert.equal(SMUGGLED_ENDS.length, new Set(SMUGGLED_ENDS).size);
  for (const end of SMUGGLED_ENDS) {
    const name = JSON.stringify(end);
    const wire = `Hello${end}MAIL FROM:<eve@example.org>\r\n.\r\nQUIT\r\n`;
    // With a CRLF and a dot before a lone CR, the rule of dots takes that dot away.
    const kept = `Hello${end}MAIL FROM:<eve@example.org>\r\n`.replaceAll("\r\n.", "\r\n");
    for (const bare of ["keep", "normalize"] as const) {
      const decoded = decode(wire, { bare });
      assert.equal(decoded.rest, "QUIT\r\n", `${bare} ${name}`);
      assert.equal(
        decoded.text,
        bare === "keep" ? kept : normalizeNewlines(kept),
        `${bare} ${name}`,
      );
    }
    if (/\r(?!\n)|(?<!\r)\n/.test(end)) {
      assert.throws(() => decode(wire), BareNewlineError, name);
    } else {
      assert.equal(decode(wire).rest, "QUIT\r\n", name);
    }
  }
});

Deno.test("DotDecoder counts lone newlines where it lets them pass", () => {
  assert.equal(decode("a\nb\rc\r\n\n\r\n.\r\n", { bare: "keep" }).bareNewlines, 3);
  assert.equal(decode("a\r\nb\r\n.\r\n", { bare: "normalize" }).bareNewlines, 0);
});

Deno.test("DotDecoder agrees with the rule written down plainly, whatever it is fed", () => {
  fc.assert(
    fc.property(anyText, (wire) => {
      const end = `\r\n${wire}`.indexOf("\r\n.\r\n");
      const decoded = decode(wire, { bare: "keep" });
      assert.equal(decoded.done, end >= 0);
      if (end < 0) return;
      const body = `\r\n${wire}`.slice(0, end + 2);
      assert.equal(decoded.text, body.replaceAll("\r\n.", "\r\n").slice(2));
      assert.equal(decoded.rest, wire.slice(end + 3));
    }),
    { numRuns: 2000 },
  );
});

Deno.test("DotDecoder says what was wrong, and takes no more after it", () => {
  const decoder = new DotDecoder();
  assert.throws(
    () => decoder.push(encodeLatin1("a\nb")),
    (error) =>
      error instanceof BareNewlineError && error instanceof ProtocolError && error.byte === "LF",
  );
  assert.throws(() => decoder.push(encodeLatin1("\r\n.\r\n")), TypeError);
  const ended = new DotDecoder();
  ended.push(encodeLatin1(".\r\n"));
  assert.throws(() => ended.push(encodeLatin1("a")), TypeError);
});

Deno.test("DotDecoder hands out a view where it can, and keeps nothing", () => {
  const chunk = encodeLatin1("a\r\nb\r\n");
  assert.equal(new DotDecoder().push(chunk).data.buffer, chunk.buffer);
});

Deno.test("dots: a quarter of a megabyte of the worst is read once", () => {
  const size = 1 << 18;
  for (const unit of ["\n", "\r", ".", "a", "\r\n", "\r\n.", ".\r", "\r\n..", "\n.\r"]) {
    const chunk = encodeLatin1(unit.repeat(size / unit.length));
    new DotEncoder().encode(chunk);
    new DotDecoder({ bare: "normalize" }).push(chunk);
    const far = encodeLatin1(`${"\n".repeat(size)}\r`);
    new DotDecoder({ bare: "keep" }).push(far);
  }
});
