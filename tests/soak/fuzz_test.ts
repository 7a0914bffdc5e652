import assert from "node:assert/strict";
import { ProtocolError } from "../../protocols/errors.ts";
import { envelopeAddress, parseMailbox, parsePath } from "../../protocols/smtp/address.ts";
import { authMechanisms, maximumSize, parseEhlo } from "../../protocols/smtp/ehlo.ts";
import { splitEnhanced } from "../../protocols/smtp/enhanced.ts";
import { mailCommand } from "../../protocols/smtp/commands.ts";
import {
  parseAuth,
  parseBdat,
  parseCommand,
  parseHelo,
  parseMail,
  parseRcpt,
} from "../../protocols/smtp/session.ts";
import { decodeXtext, encodeXtext } from "../../protocols/smtp/xtext.ts";
import { type Reply, ReplyDecoder } from "../../protocols/text/reply.ts";
import { latin1ToUtf8 } from "../../protocols/text/utf8.ts";
import { DotDecoder, DotEncoder } from "../../protocols/text/dot.ts";
import { encodeLatin1 } from "../../protocols/text/latin1.ts";
import { decodeHead } from "../../protocols/dns/question.ts";
import { HttpConnectClient } from "../../protocols/http_connect/client.ts";
import { Socks4Client } from "../../protocols/socks/socks4.ts";
import { Socks5Client } from "../../protocols/socks/socks5.ts";
import { Socks5Server } from "../../protocols/socks/server.ts";
import type { HandshakeStep } from "../../protocols/handshake.ts";
import { decodeBase64, encodeBase64 } from "../../protocols/text/base64.ts";
import { LoginServer } from "../../protocols/sasl/login.ts";
import { PlainServer } from "../../protocols/sasl/plain.ts";
import { quote } from "../../protocols/text/quote.ts";
import { Random } from "../peers/random.ts";
import { mutate } from "../peers/mutate.ts";
import { withFailedSeeds } from "./seeds.ts";

/** What reads a peer's words, and samples of what it is made for. */
interface Target {
  read(text: string): unknown;
  samples: string[];
}

const ADDRESSES = [
  ...[
    "a@example.org",
    '"a @ b"@example.org',
    "a@[127.0.0.1]",
    "a@[IPv6:::1]",
    "j\xfcrg@b\xfcro.de",
  ],
  ...["<a@example.org>", "a.b+c@sub.example.org", '"\\""@example.org'],
];

const PLACE = { hostname: "a.b", port: 80 };

const SUPPORTED = new Set(["SIZE", "BODY", "SMTPUTF8", "RET", "ENVID", "NOTIFY", "ORCPT", "AUTH"]);

const TARGETS: Record<string, Target> = {
  ReplyDecoder: {
    read: (text) => decode(new ReplyDecoder(), text),
    samples: ["220 ready", "250-a\n250-b\n250 c", "211-Features:\n MDTM\n SIZE\n211 End", "421"],
  },
  "ReplyDecoder, free lines": {
    read: (text) => decode(new ReplyDecoder({ style: "free" }), text),
    samples: ["123-First\nSecond\n  234 numbers\n123 last", "220-a\n220 b"],
  },
  parseEhlo: {
    read(text) {
      const { features } = parseEhlo(reply(250, text));
      authMechanisms(features);
      maximumSize(features);
    },
    samples: ["mail.example.org\nSIZE 1000\nAUTH PLAIN LOGIN\nAUTH=LOGIN\nPIPELINING"],
  },
  splitEnhanced: {
    read: (text) => splitEnhanced(reply(550, text)),
    samples: ["5.1.1 no such user\n5.1.1 here", "2.0.0", "plain"],
  },
  parseMailbox: { read: parseMailbox, samples: ADDRESSES },
  envelopeAddress: {
    // The caller's address: refused by a TypeError, or one command and no more.
    read(text) {
      try {
        assert.match(mailCommand(envelopeAddress(text)), /^MAIL FROM:<[^\r\n\0]*>$/);
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
      }
    },
    samples: [...ADDRESSES, "Name <a@example.org>", ""],
  },
  parsePath: { read: parsePath, samples: ["<a@example.org> SIZE=1", "<@relay:a@b.c>", "<>"] },
  "SMTP parseCommand": { read: (text) => parseCommand(text), samples: ["MAIL FROM:<a@b.c>"] },
  parseMail: {
    read: (text) => parseMail(text, SUPPORTED),
    samples: ["FROM:<a@b.c> SIZE=1 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=a+2B", "FROM:<>"],
  },
  parseRcpt: {
    read: (text) => parseRcpt(text, SUPPORTED, true),
    samples: ["TO:<a@b.c> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a+40b", "TO:<Postmaster>"],
  },
  parseHelo: { read: parseHelo, samples: ["example.org", "[127.0.0.1]", "[IPv6:::1]"] },
  parseBdat: { read: parseBdat, samples: ["86 LAST", "1000000"] },
  parseAuth: { read: parseAuth, samples: ["PLAIN AGEAYg==", "LOGIN", "XOAUTH2 ="] },
  xtext: {
    read(text) {
      const plain = decodeXtext(text);
      if (plain !== undefined) assert.equal(decodeXtext(encodeXtext(plain)), plain);
    },
    samples: ["a+2Bb+3D", "plain"],
  },
  base64: {
    read: (text) =>
      assert.deepEqual(decodeBase64(encodeBase64(decodeBase64(text))), decodeBase64(text)),
    samples: ["AGEAYg==", "dXNlcg==", ""],
  },
  PlainServer: {
    read: (text) => new PlainServer().step(encodeLatin1(text)),
    samples: ["\0me\0secret", "admin\0me\0secret", "\0j\xc3\xbc\0x"],
  },
  LoginServer: {
    read(text) {
      const server = new LoginServer();
      for (const answer of text.split("|")) server.step(encodeLatin1(answer));
    },
    samples: ["me|secret", "j\xc3\xbc|x"],
  },
  "dots, decoded": {
    read: (text) => undot(encodeLatin1(text), new Random(text.length)),
    samples: ["a\r\n..b\r\n.\r\nQUIT\r\n", "\n.\n", "\r\n.\n.\r\n", ".\r\n"],
  },
  "dots, encoded and decoded": {
    // Whatever is sent is one text, and its lines are what went in: nothing is smuggled.
    read(text) {
      const random = new Random(text.length);
      const encoder = new DotEncoder();
      const encoded = cut(encodeLatin1(text), random).map((piece) => encoder.encode(piece).slice());
      const bytes = concat([...encoded, encoder.finish()]);
      const whole = text.replace(/\r?\n|\r/g, "\r\n");
      const lines = whole === "" || whole.endsWith("\r\n") ? whole : `${whole}\r\n`;
      assert.deepEqual(undot(bytes, random), { data: encodeLatin1(lines), left: 0 });
    },
    samples: ["a\n.b\n", ".\r\n.\r\nMAIL FROM:<x>", "\r.\r", "\n.\n"],
  },
  Socks5Client: {
    read: (text) => shake(new Socks5Client(PLACE, { username: "me", password: "x" }), text),
    samples: [
      "\x05\0\x05\0\0\x01\x7f\0\0\x01\0P",
      "\x05\x02\x01\0\x05\0\0\x03\x03a.b\0P",
      "\x05\xff",
    ],
  },
  Socks4Client: {
    read: (text) => shake(new Socks4Client(PLACE), text),
    samples: ["\0Z\0P\x7f\0\0\x01", "\0[\0\0\0\0\0\0"],
  },
  Socks5Server: {
    read: (text) => shake(new Socks5Server({ check: () => true }), text),
    samples: ["\x05\x01\x02\x01\x01m\x01x\x05\x01\0\x03\x03a.b\0P", "\x05\x01\0"],
  },
  "DNS decodeHead": {
    read: (text) => decodeHead(encodeLatin1(text), 0x6162),
    samples: ["\0\x1dab\x81\x83\0\x01\0\0\0\0\0\0", "\0\x0cab\x80\0\0\0\0\0\0\0\0\0"],
  },
  HttpConnectClient: {
    read: (text) => shake(new HttpConnectClient(PLACE), text),
    samples: [
      "HTTP/1.1 200 OK\r\nA: b\r\n\r\n220 ready\r\n",
      "HTTP/1.0 407 No\nProxy-Authenticate: Basic realm=x\n\n",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    ],
  },
  latin1ToUtf8: { read: (text) => latin1ToUtf8(text), samples: ["caf\xc3\xa9", "plain", "\xff"] },
  quote: {
    read: (text) => {
      const quoted = quote(text);
      // deno-lint-ignore no-control-regex
      assert.doesNotMatch(quoted, /[\x00-\x1f\x7f-\x9f]/);
    },
    samples: ["a peer's words", "\x1b[31mred", "\u{9b}31m"],
  },
};

/** Seeds that have found something once, or stand for a kind of input: always tried. */
const KEPT_SEEDS = withFailedSeeds([1, 2, 3, 20_261, 959, 5_321]);

/** How long each target is tried with new seeds, and the most that one text may take; milliseconds. */
const BUDGET = 4_000;
const STUCK = 1_000;

for (const [name, target] of Object.entries(TARGETS)) {
  Deno.test(`${name}: whatever it is fed, a result or a typed error, and soon`, () => {
    const end = performance.now() + BUDGET;
    for (const seed of KEPT_SEEDS) attempt(name, target, seed);
    const first = crypto.getRandomValues(new Uint32Array(1))[0]!;
    for (let seed = first; performance.now() < end; seed++) attempt(name, target, seed);
  });
}

function attempt(name: string, { read, samples }: Target, seed: number): void {
  const text = mutate(new Random(seed), samples);
  const start = performance.now();
  try {
    read(text);
  } catch (error) {
    if (!(error instanceof ProtocolError)) {
      const input = JSON.stringify(text.slice(0, 500));
      throw new Error(`${name}, seed ${seed}, ${input}`, { cause: error });
    }
    assert.equal(error.origin, "peer");
  }
  const took = performance.now() - start;
  assert.ok(took < STUCK, `${name}, seed ${seed}: ${text.length} characters took ${took} ms`);
}

function decode(decoder: ReplyDecoder, text: string): void {
  for (const line of text.split("\n")) decoder.push(line);
}

/** Decodes in pieces, as they come from a network; what the text is and how much follows it. */
function undot(bytes: Uint8Array, random: Random): { data: Uint8Array; left: number } {
  const decoder = new DotDecoder();
  const data: Uint8Array[] = [];
  let left = bytes.length;
  for (const piece of cut(bytes, random)) {
    const chunk = decoder.push(piece);
    data.push(chunk.data.slice());
    left -= chunk.consumed;
    if (chunk.done) break;
  }
  return { data: concat(data), left };
}

/** Shakes hands in pieces; as much is wanted as is consumed at the most, and never after the end. */
function shake(
  side: { push(data: Uint8Array): HandshakeStep; readonly wanted: number },
  text: string,
): void {
  for (let piece of cut(encodeLatin1(text), new Random(text.length))) {
    while (piece.length > 0 && side.wanted > 0) {
      const { wanted } = side;
      const { consumed } = side.push(piece);
      assert.ok(consumed >= Math.min(wanted, piece.length) && consumed <= piece.length);
      piece = piece.subarray(consumed);
    }
    if (side.wanted === 0) assert.equal(side.push(piece).consumed, 0);
  }
}

function cut(bytes: Uint8Array, random: Random): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = 1 + random.below(random.pick([1, 4, 4_096]));
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return pieces;
}

function concat(pieces: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function reply(code: number, text: string): Reply {
  return { code, lines: text.split("\n") };
}
