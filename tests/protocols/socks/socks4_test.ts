import assert from "node:assert/strict";
import { SocksReplyError, SocksSyntaxError } from "../../../protocols/socks/errors.ts";
import { Socks4Client } from "../../../protocols/socks/socks4.ts";
import { sameHoweverCut } from "../../codec.ts";

function answered(answers: readonly number[]) {
  return sameHoweverCut(Uint8Array.from(answers), (pieces) => {
    const client = new Socks4Client({ hostname: "192.0.2.1", port: 80 });
    client.start();
    const rest: number[] = [];
    for (const piece of pieces) rest.push(...piece.subarray(client.push(piece).consumed));
    return { bound: client.bound, wanted: client.wanted, rest };
  });
}

Deno.test("an address, a name, and a user", () => {
  const start = (hostname: string, user?: string) => [
    ...new Socks4Client({ hostname, port: 258 }, user).start(),
  ];
  assert.deepEqual(start("192.0.2.1"), [4, 1, 1, 2, 192, 0, 2, 1, 0]);
  assert.deepEqual(start("a.b", "me"), [
    ...[4, 1, 1, 2, 0, 0, 0, 1, 109, 101, 0, 97, 46, 98, 0],
  ]);
});

Deno.test("the reply, however it is cut, and what follows it", () => {
  assert.deepEqual(answered([0, 90, 0, 80, 192, 0, 2, 9, 50, 50]), {
    bound: { hostname: "192.0.2.9", port: 80 },
    wanted: 0,
    rest: [50, 50],
  });
  assert.equal(answered([0, 90, 0]).wanted, 5);
});

Deno.test("no, and what is no SOCKS 4", () => {
  for (const [reply, code] of [[91, "ERR_PROXY_FAILURE"], [93, "ERR_PROXY_AUTH"]] as const) {
    assert.throws(() => answered([0, reply, 0, 0, 0, 0, 0, 0]), (error) => {
      assert.ok(error instanceof SocksReplyError);
      assert.deepEqual([error.reply, error.code], [reply, code]);
      return true;
    });
  }
  assert.throws(() => answered([5, 90, 0, 0, 0, 0, 0, 0]), SocksSyntaxError);
  const client = new Socks4Client({ hostname: "a", port: 1 });
  assert.throws(() => client.push(new Uint8Array(8).fill(5)), SocksSyntaxError);
  assert.throws(() => client.push(new Uint8Array(8)), /failed before/);
});

Deno.test("what cannot be sent is refused before anything is", () => {
  assert.throws(() => new Socks4Client({ hostname: "::1", port: 80 }), TypeError);
  assert.throws(() => new Socks4Client({ hostname: "a", port: 80 }, "a\0b"), TypeError);
  assert.throws(() => new Socks4Client({ hostname: "a", port: 80 }, "ž"), TypeError);
  assert.throws(() => new Socks4Client({ hostname: "a", port: 80 }, "x".repeat(256)), RangeError);
});
