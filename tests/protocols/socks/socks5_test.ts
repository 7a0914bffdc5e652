import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import type { HandshakeStep } from "../../../protocols/handshake.ts";
import type { SocksAddress } from "../../../protocols/socks/address.ts";
import {
  SocksAuthError,
  SocksReplyError,
  SocksSyntaxError,
} from "../../../protocols/socks/errors.ts";
import { encodeReply, Socks5Server } from "../../../protocols/socks/server.ts";
import { Socks5Client, type SocksCredentials } from "../../../protocols/socks/socks5.ts";
import { sameHoweverCut } from "../../codec.ts";

const TARGET = { hostname: "example.org", port: 80 };
const ME = { username: "me", password: "secret" };
const DOMAIN_REQUEST = [5, 1, 0, 3, 11, ...new TextEncoder().encode("example.org"), 0, 80];

interface Outcome {
  sent: number[];
  rest: number[];
  wanted: number;
}

/** Feeds pieces to one side, as a driver does that reads more than is wanted. */
function feed(
  side: { push(data: Uint8Array): HandshakeStep; readonly wanted: number },
  pieces: readonly Uint8Array[],
): Outcome {
  const sent: number[] = [];
  const rest: number[] = [];
  for (let piece of pieces) {
    for (;;) {
      const { consumed, send } = side.push(piece);
      if (send !== undefined) sent.push(...send);
      piece = piece.subarray(consumed);
      if (send === undefined) break;
    }
    rest.push(...piece);
  }
  return { sent, rest, wanted: side.wanted };
}

function talk(
  answers: readonly number[],
  { target = TARGET, me }: { target?: SocksAddress; me?: SocksCredentials } = {},
): Outcome & { bound: unknown } {
  return sameHoweverCut(Uint8Array.from(answers), (pieces) => {
    const client = new Socks5Client(target, me);
    const start = [...client.start()];
    const outcome = feed(client, pieces);
    return { ...outcome, sent: [...start, ...outcome.sent], bound: client.bound };
  });
}

Deno.test("a name is left to the server, and what follows its reply is not consumed (RFC 1928)", () => {
  const answers = [5, 0, 5, 0, 0, 1, 192, 0, 2, 7, 0x1f, 0x90];
  assert.deepEqual(talk([...answers, 50, 50, 48]), {
    sent: [5, 1, 0, ...DOMAIN_REQUEST],
    rest: [50, 50, 48],
    wanted: 0,
    bound: { hostname: "192.0.2.7", port: 8080 },
  });
});

Deno.test("addresses are sent as such", () => {
  const { sent } = talk([5, 0], { target: { hostname: "192.0.2.1", port: 65_535 } });
  assert.deepEqual(sent.slice(3), [5, 1, 0, 1, 192, 0, 2, 1, 255, 255]);
  const six = talk([5, 0], { target: { hostname: "2001:db8::1", port: 1 } });
  assert.deepEqual(six.sent.slice(3), [
    ...[5, 1, 0, 4, 0x20, 0x01, 0x0d, 0xb8, ...new Array(11).fill(0), 1, 0, 1],
  ]);
});

Deno.test("user and password go out where the server asks for them (RFC 1929)", () => {
  const answers = [5, 2, 1, 0, 5, 0, 0, 3, 4, 97, 46, 98, 99, 0, 25];
  assert.deepEqual(talk(answers, { me: ME }), {
    sent: [
      ...[5, 2, 0, 2],
      ...[1, 2, ...new TextEncoder().encode("me"), 6, ...new TextEncoder().encode("secret")],
      ...DOMAIN_REQUEST,
    ],
    rest: [],
    wanted: 0,
    bound: { hostname: "a.bc", port: 25 },
  });
  // And where it does not, they stay here.
  assert.deepEqual(talk([5, 0], { me: ME }).sent, [5, 2, 0, 2, ...DOMAIN_REQUEST]);
});

Deno.test("an IPv6 address in the reply, whole and cut", () => {
  const { bound } = talk([5, 0, 5, 0, 0, 4, ...new Array(15).fill(0), 1, 0, 80]);
  assert.deepEqual(bound, { hostname: "::1", port: 80 });
});

Deno.test("the server's no is told by number, code and words", () => {
  for (
    const [reply, code] of [
      [1, "ERR_PROXY_FAILURE"],
      [2, "ERR_PROXY_DENIED"],
      [3, "ENETUNREACH"],
      [4, "EHOSTUNREACH"],
      [5, "ECONNREFUSED"],
      [6, "EHOSTUNREACH"],
      [7, "ERR_PROXY_UNSUPPORTED"],
      [8, "ERR_PROXY_UNSUPPORTED"],
      [200, "ERR_PROXY_FAILURE"],
    ] as const
  ) {
    assert.throws(() => talk([5, 0, 5, reply, 0, 1, 0, 0, 0, 0, 0, 0]), (error) => {
      assert.ok(error instanceof SocksReplyError);
      assert.equal(error.reply, reply);
      assert.equal(error.code, code);
      assert.equal(error.origin, "peer");
      return true;
    });
  }
});

Deno.test("credentials that are missing or refused are told apart", () => {
  const reason = (reason: string) => (error: unknown) => {
    assert.ok(error instanceof SocksAuthError);
    assert.equal(error.reason, reason);
    assert.doesNotMatch(error.message, /secret/);
    return true;
  };
  assert.throws(() => talk([5, 255]), reason("required"));
  assert.throws(() => talk([5, 255], { me: ME }), reason("required"));
  assert.throws(() => talk([5, 2, 1, 1], { me: ME }), reason("refused"));
  assert.throws(() => talk([5, 2, 5, 255], { me: ME }), reason("refused"));
});

Deno.test("a server that lies is believed nothing", () => {
  const lies: [answers: number[], expected: RegExp][] = [
    [[5, 2], /method 2, which was not offered/],
    [[5, 1], /method 1, which was not offered/],
    [[72, 84], /HTTP proxy/],
    [[4, 90], /only SOCKS 4/],
    [[0x15, 3], /TLS/],
    [[5, 0, 4, 0, 0, 1, 0], /Expected SOCKS version 5, got byte 4/],
    [[5, 0, 5, 0, 0, 2, 0], /kind of address 2/],
  ];
  for (const [answers, expected] of lies) {
    assert.throws(() => talk(answers), (error) => {
      assert.ok(error instanceof SocksSyntaxError);
      assert.match(error.message, expected);
      return true;
    });
  }
  const client = new Socks5Client(TARGET);
  assert.throws(() => client.push(Uint8Array.of(9, 9)), SocksSyntaxError);
  assert.equal(client.wanted, 0);
  assert.throws(() => client.push(Uint8Array.of(5, 0)), /failed before/);
});

Deno.test("what cannot be sent is refused before anything is", () => {
  for (const hostname of ["", "a b", "a\r\nb", "a\0b", "ü.org", "fe80::1%eth0", "[::1]", "a:b"]) {
    assert.throws(() => new Socks5Client({ hostname, port: 80 }), TypeError, hostname);
  }
  assert.throws(() => new Socks5Client({ hostname: "x".repeat(256), port: 80 }), RangeError);
  for (const port of [-1, 65_536, 1.5, NaN]) {
    assert.throws(() => new Socks5Client({ hostname: "a", port }), RangeError);
  }
  new Socks5Client({ hostname: "x".repeat(255), port: 80 }, { username: "u", password: "p" });
  for (const length of [0, 256]) {
    const long = "p".repeat(length);
    assert.throws(() => new Socks5Client(TARGET, { username: "u", password: long }), RangeError);
    assert.throws(() => new Socks5Client(TARGET, { username: long, password: "u" }), RangeError);
  }
  const half = { username: "\ud800", password: "secret" };
  assert.throws(() => new Socks5Client(TARGET, half), (error) => {
    assert.ok(error instanceof TypeError);
    assert.doesNotMatch(error.message, /secret/);
    return true;
  });
});

Deno.test("what a client writes a server reads, and the other way round", () => {
  const host = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.string({ unit: fc.constantFrom(..."abc-.09"), minLength: 1, maxLength: 255 }),
  );
  const word = fc.string({ unit: "grapheme-composite", minLength: 1, maxLength: 20 });
  const arbitrary = fc.record({
    hostname: host,
    port: fc.nat(65_535),
    me: fc.option(fc.record({ username: word, password: word }, { noNullPrototype: true }), {
      nil: undefined,
    }),
  });
  fc.assert(fc.property(arbitrary, ({ hostname, port, me }) => {
    const client = new Socks5Client({ hostname, port }, me);
    let heard: SocksCredentials | undefined;
    const check = (credentials: SocksCredentials) => {
      heard = credentials;
      return true;
    };
    const server = new Socks5Server(me && { check });
    let toServer: Uint8Array | undefined = client.start();
    while (toServer !== undefined) {
      const { consumed, send } = server.push(toServer);
      assert.equal(consumed, toServer.length);
      toServer = send && client.push(send).send;
    }
    assert.deepEqual(heard, me);
    const asked = server.request!;
    assert.equal(asked.command, 1);
    assert.equal(asked.target.port, port);
    // An IPv6 address comes out in the form of RFC 5952.
    const shown = asked.target.hostname;
    if (!hostname.includes(":")) assert.equal(shown, hostname);
    else assert.equal(new URL(`http://[${shown}]`).host, new URL(`http://[${hostname}]`).host);
    client.push(encodeReply(0, asked.target));
    assert.deepEqual(client.bound, asked.target);
    assert.equal(client.wanted, 0);
    assert.equal(server.wanted, 0);
  }));
});

Deno.test("whoever reads only what is wanted never reads past the end", () => {
  const answers = [5, 2, 1, 0, 5, 0, 0, 3, 4, 97, 46, 98, 99, 0, 25];
  const client = new Socks5Client(TARGET, ME);
  client.start();
  let at = 0;
  while (client.wanted > 0) {
    const piece = Uint8Array.from(answers.slice(at, at + client.wanted));
    at += piece.length;
    assert.equal(client.push(piece).consumed, piece.length);
  }
  assert.equal(at, answers.length);
});
