import assert from "node:assert/strict";
import { SocksSyntaxError } from "../../../protocols/socks/errors.ts";
import {
  encodeReply,
  Socks5Server,
  type Socks5ServerOptions,
} from "../../../protocols/socks/server.ts";
import { sameHoweverCut } from "../../codec.ts";

function listen(said: readonly number[], options?: Socks5ServerOptions) {
  return sameHoweverCut(Uint8Array.from(said), (pieces) => {
    const server = new Socks5Server(options);
    const sent: number[] = [];
    const rest: number[] = [];
    for (let piece of pieces) {
      for (;;) {
        const { consumed, send } = server.push(piece);
        sent.push(...send ?? []);
        piece = piece.subarray(consumed);
        if (send === undefined) break;
      }
      rest.push(...piece);
    }
    return { sent, rest, request: server.request, refused: server.refused };
  });
}

Deno.test("a client without a password, and what it says through the connection", () => {
  assert.deepEqual(listen([5, 3, 1, 0, 2, 5, 1, 0, 1, 192, 0, 2, 1, 0, 80, 72]), {
    sent: [5, 0],
    rest: [72],
    request: { command: 1, target: { hostname: "192.0.2.1", port: 80 } },
    refused: false,
  });
});

Deno.test("a client with a password that is right, or wrong, or with none", () => {
  const check = ({ username, password }: { username: string; password: string }) =>
    username === "me" && password === "ü";
  const right = [5, 1, 2, 1, 2, 109, 101, 2, 0xc3, 0xbc];
  assert.deepEqual(listen([...right, 5, 1, 0, 3, 1, 97, 0, 1], { check }), {
    sent: [5, 2, 1, 0],
    rest: [],
    request: { command: 1, target: { hostname: "a", port: 1 } },
    refused: false,
  });
  const refused = { rest: [], request: undefined, refused: true };
  assert.deepEqual(listen([5, 1, 2, 1, 1, 109, 0], { check }), { sent: [5, 2, 1, 1], ...refused });
  assert.deepEqual(listen([5, 1, 0], { check }), { sent: [5, 255], ...refused });
  assert.deepEqual(listen([5, 0], { check }), { sent: [5, 255], ...refused });
  assert.deepEqual(listen([5, 1, 2]), { sent: [5, 255], ...refused });
});

Deno.test("what is no SOCKS is refused", () => {
  for (const said of [[4, 1], [71, 69], [5, 1, 0, 5, 1, 0, 2, 0], [5, 1, 0, 4, 1, 0, 1, 0]]) {
    assert.throws(() => listen(said), SocksSyntaxError, said.join());
  }
  assert.throws(() => listen([5, 1, 2, 9, 0], { check: () => true }), SocksSyntaxError);
});

Deno.test("encodeReply refuses what is no reply", () => {
  assert.deepEqual([...encodeReply(5)], [5, 5, 0, 1, 0, 0, 0, 0, 0, 0]);
  for (const reply of [-1, 256, 1.5]) assert.throws(() => encodeReply(reply), RangeError);
  assert.throws(() => encodeReply(0, { hostname: "a b", port: 0 }), TypeError);
});
