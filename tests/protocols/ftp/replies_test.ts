import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { ProtocolError } from "../../../protocols/errors.ts";
import {
  format227,
  format229,
  format257,
  formatFeat,
  formatMdtm,
  parse150,
  parse227,
  parse229,
  parse257,
  parseFeat,
  parseMdtm,
  parseSize,
  UnexpectedReplyError,
} from "../../../protocols/ftp/replies.ts";
import {
  encodeReply,
  type Reply,
  ReplyDecoder,
  ReplySyntaxError,
} from "../../../protocols/text/reply.ts";
import { roundTrip } from "../../codec.ts";

function reply(code: number, ...lines: string[]): Reply {
  return { code, lines };
}

/** By way of the wire and back. */
function sent(reply: Reply): Reply {
  const decoder = new ReplyDecoder();
  const lines = encodeReply(reply.code, reply.lines, "free").split("\r\n").slice(0, -1);
  return lines.map((line) => decoder.push(line)).at(-1) as Reply;
}

Deno.test("every parser refuses another reply, and keeps it in the error", () => {
  for (const parse of [parse150, parse227, parse229, parse257, parseSize, parseMdtm, parseFeat]) {
    const given = reply(550, "No \x1b[31m such file");
    assert.throws(
      () => parse(given),
      (error) =>
        error instanceof UnexpectedReplyError && error instanceof ProtocolError &&
        error.reply === given && error.origin === "peer" && !error.message.includes("\x1b"),
      parse.name,
    );
  }
});

// Values of Python's ftplib.parse150.
Deno.test("parse150 finds the size where it is told, and only there", () => {
  assert.equal(
    parse150(reply(150, "Opening BINARY mode data connection for a (1234 bytes).")),
    1234,
  );
  assert.equal(parse150(reply(150, "x (12 BYTES)")), 12);
  assert.equal(parse150(reply(150, "a (9 bytes) b (7 bytes)")), 7);
  for (
    const text of [
      "(5 bytes)",
      "a (\uff19 bytes)",
      "a (5 byte)",
      "a (1,234 bytes)",
      "a (-1 bytes)",
      "",
    ]
  ) {
    assert.equal(parse150(reply(150, text)), undefined, text);
  }
  assert.equal(parse150(reply(150, "a (99999999999999999999 bytes)")), undefined);
  assert.equal(parse150(reply(150, "Accepted", " for a (3 bytes)")), 3);
  assert.equal(parse150(reply(125, "Open, for a (3 bytes)")), 3);
});

// Values of Python's ftplib.parse227, but for those that are no address.
Deno.test("parse227 takes the first six numbers, wherever they stand (RFC 1123 §4.1.2.6)", () => {
  const address = { hostname: "127.0.0.1", port: 1025 };
  for (
    const text of [
      "Entering Passive Mode (127,0,0,1,4,1).",
      "Entering Passive Mode (127,0,0,1,4,1",
      "Entering Passive Mode. 127,0,0,1,4,1",
      "=127,0,0,1,4,1",
      "127,0,0,1,4,1,7,8",
    ]
  ) {
    assert.deepEqual(parse227(reply(227, text)), address, text);
  }
  assert.deepEqual(parse227(reply(227, "(255,255,255,255,255,255)")), {
    hostname: "255.255.255.255",
    port: 65_535,
  });
});

Deno.test("parse227 refuses numbers that no address has", () => {
  for (
    const text of [
      "(256,0,0,1,4,1)",
      "(127,0,0,1,256,1)",
      "(127,0,0,1,0,0)",
      "(1234,0,0,1,4,1)",
      "(127,0,0,1,4,1000)",
      "(1,2,3,4,5)",
      "(127, 0, 0, 1, 4, 1)",
      "",
    ]
  ) {
    assert.throws(() => parse227(reply(227, text)), ReplySyntaxError, text);
  }
});

// Values of Python's ftplib.parse229, but for those that are no port.
Deno.test("parse229 takes any delimiter, and only the port (RFC 2428 §3)", () => {
  assert.equal(parse229(reply(229, "Entering Extended Passive Mode (|||6446|)")), 6446);
  assert.equal(parse229(reply(229, "(!!!6446!)")), 6446);
  assert.equal(parse229(reply(229, "(|1|203.0.113.7|6446|)")), 6446);
  assert.equal(parse229(reply(229, "(|||65535|)")), 65_535);
  for (
    const text of [
      ...["|||6446|", "(|||6446)", "(||6446|)", "(|||x|)", "(|||0|)", "(|||65536|)", "(|||-1|)"],
      ...[
        "(||| 6446 |)",
        "()",
        "(",
        "(1116446 1)",
        "(   6446 )",
        "(a) (|||6446|)",
        "(||||6446|)",
        "",
      ],
    ]
  ) {
    assert.throws(() => parse229(reply(229, text)), ReplySyntaxError, text);
  }
});

// Python: test_parse257 of its test_ftplib.py.
Deno.test("parse257 undoubles quotes, as Python does", () => {
  assert.equal(parse257(reply(257, '"/foo/bar"')), "/foo/bar");
  assert.equal(parse257(reply(257, '"/foo/bar" created')), "/foo/bar");
  assert.equal(parse257(reply(257, '""')), "");
  assert.equal(parse257(reply(257, '"" created')), "");
  assert.equal(parse257(reply(257, '"/foo/b""ar"')), '/foo/b"ar');
  assert.equal(parse257(reply(257, '"/foo/b""ar" created')), '/foo/b"ar');
  assert.equal(parse257(reply(257, '"""q""" x "y"')), '"q"');
});

Deno.test("parse257 reads what servers make of it", () => {
  // Pure-FTPd doubles nothing.
  assert.equal(parse257(reply(257, '"/pub/d"q" : is the current directory')), '/pub/d"q');
  assert.equal(parse257(reply(257, '"/a"" is current')), '/a"');
  assert.equal(parse257(reply(257, 'Current directory is "/x"')), "/x");
  assert.equal(parse257(reply(257, '"/a b" is "current"')), "/a b");
  assert.equal(parse257(reply(257, '"'.repeat(100_002)))?.length, 50_000);
  assert.equal(parse257(reply(257, '"/a"created')), "/a");
  assert.equal(parse257(reply(257, "Created")), undefined);
  assert.equal(parse257(reply(257, "")), undefined);
});

Deno.test("parse257 refuses a path that never ends", () => {
  for (const text of ['"abc', '"', '"a""b', `"${"x".repeat(1e6)}`]) {
    assert.throws(() => parse257(reply(257, text)), ReplySyntaxError, text.slice(0, 20));
  }
});

Deno.test("parseSize takes a whole number, and no other", () => {
  assert.equal(parseSize(reply(213, "0")), 0);
  assert.equal(parseSize(reply(213, " 1099511627776 ")), 2 ** 40);
  for (const text of ["", "-1", "1.5", "1e3", "0x10", "9007199254740993", "12 34", "abc"]) {
    assert.throws(() => parseSize(reply(213, text)), ReplySyntaxError, text);
  }
});

Deno.test("parseMdtm reads times, with a fraction or without (RFC 3659 §2.3)", () => {
  assert.equal(
    parseMdtm(reply(213, "19980615100045.014")).toISOString(),
    "1998-06-15T10:00:45.014Z",
  );
  assert.equal(parseMdtm(reply(213, "19980615100045")).toISOString(), "1998-06-15T10:00:45.000Z");
  assert.throws(() => parseMdtm(reply(213, "1998-06-15 10:00:45")), ReplySyntaxError);
});

Deno.test("parseFeat gathers features (RFC 2389 §3.2, RFC 3659 §7.8)", () => {
  const features = parseFeat(
    reply(
      211,
      "Extensions supported",
      " MLST size*;create;modify*;perm;media-type",
      " size",
      " AUTH TLS",
      " AUTH SSL",
      " UTF8",
      "",
      "END",
    ),
  );
  assert.deepEqual([...features], [
    ["MLST", "size*;create;modify*;perm;media-type"],
    ["SIZE", ""],
    ["AUTH", "TLS;SSL"],
    ["UTF8", ""],
  ]);
  assert.deepEqual([...parseFeat(reply(211, "No features"))], []);
});

Deno.test("what a server writes, a client reads", () => {
  const port = fc.integer({ min: 1, max: 65_535 });
  fc.assert(fc.property(fc.ipV4(), port, (hostname, port) => {
    roundTrip(
      { hostname, port },
      (a) => format227(a.hostname, a.port),
      (wire) => parse227(sent(wire)),
    );
  }));
  fc.assert(fc.property(port, (port) => {
    roundTrip(port, format229, (wire) => parse229(sent(wire)));
  }));
  const path = fc.string({ unit: fc.constantFrom(...'/a" é') });
  fc.assert(fc.property(path, (path) => {
    roundTrip<string | undefined, Reply>(
      path,
      (path) => format257(path as string, "is current"),
      (wire) => parse257(sent(wire)),
    );
  }));
  const date = fc.date({ min: new Date(0), max: new Date("9999-12-31"), noInvalidDate: true });
  fc.assert(fc.property(date, (date) => {
    roundTrip(date, formatMdtm, (wire) => parseMdtm(sent(wire)));
  }));
  const features = new Map([["SIZE", ""], ["REST", "STREAM"], ["MLST", "type*;size*;"]]);
  roundTrip(features, formatFeat, (wire) => parseFeat(sent(wire)));
});

Deno.test("nothing that would be another reply is written", () => {
  assert.throws(() => format257('a"\r\n230 in'), TypeError);
  assert.throws(() => format257("a", "\n"), TypeError);
  assert.throws(() => formatFeat(new Map([["A", "\r\n211 End"]])), TypeError);
  assert.throws(() => format227("localhost", 21), TypeError);
  assert.throws(() => format227("::1", 21), TypeError);
  for (const port of [0, 65_536, 1.5, NaN]) {
    assert.throws(() => format227("127.0.0.1", port), RangeError);
    assert.throws(() => format229(port), RangeError);
  }
});

Deno.test("a reply of a hundred thousand digits is read once", () => {
  for (const unit of ["1", "11 ", "1,1,1,1,1 ", "(", "(|||", " (1"]) {
    const text = unit.repeat(100_000);
    assert.equal(parse150(reply(150, text)), undefined);
    assert.throws(() => parse227(reply(227, text)), ReplySyntaxError);
    assert.throws(() => parse229(reply(229, text)), ReplySyntaxError);
  }
});
