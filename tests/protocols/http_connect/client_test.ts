import assert from "node:assert/strict";
import { LimitError } from "../../../protocols/errors.ts";
import { HttpConnectClient } from "../../../protocols/http_connect/client.ts";
import { HttpConnectError, HttpSyntaxError } from "../../../protocols/http_connect/errors.ts";
import { encodeConnect, type HttpConnectRequest } from "../../../protocols/http_connect/request.ts";
import { decodeLatin1, encodeLatin1 } from "../../../protocols/text/latin1.ts";
import { sameHoweverCut } from "../../codec.ts";

const TARGET = { hostname: "server.example.com", port: 80 };

/** What came of an answer: how much belongs to it, and how much is still wanted. */
function answered(answer: string, maxHeadBytes?: number) {
  return sameHoweverCut(answer, (pieces) => {
    const client = new HttpConnectClient(TARGET, { maxHeadBytes });
    let rest = "";
    for (const piece of pieces) rest += decodeLatin1(piece, client.push(piece).consumed);
    return { rest, done: client.wanted === 0 };
  });
}

function request(request: Partial<HttpConnectRequest>): string {
  return decodeLatin1(encodeConnect({ ...TARGET, ...request }));
}

Deno.test("the request of RFC 9110 §9.3.6", () => {
  assert.equal(
    request({ headers: { "Proxy-Authorization": "basic aGVsbG86d29ybGQ=" } }),
    "CONNECT server.example.com:80 HTTP/1.1\r\nHost: server.example.com:80\r\n" +
      "Proxy-Authorization: basic aGVsbG86d29ybGQ=\r\n\r\n",
  );
  assert.match(request({ hostname: "2001:db8::1", port: 443 }), /^CONNECT \[2001:db8::1\]:443 /);
});

Deno.test("user and password of RFC 7617 §2 and §2.1", () => {
  assert.match(
    request({ username: "Aladdin", password: "open sesame" }),
    /\r\nProxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n$/,
  );
  assert.match(request({ username: "test", password: "123£" }), /: Basic dGVzdDoxMjPCow==\r\n/);
  assert.match(request({ username: "test" }), /: Basic dGVzdDo=\r\n/);
});

Deno.test("any 2xx opens the tunnel, and what follows the head came through it", () => {
  for (
    const head of [
      "HTTP/1.1 200 Connection established\r\n\r\n",
      "HTTP/1.0 200 OK\r\nProxy-agent: tinyproxy/1.11.1\r\n\r\n",
      "HTTP/1.1 204\r\n\r\n",
      "HTTP/1.1 200 \r\nContent-Length: 10\r\nTransfer-Encoding: chunked\r\n\r\n",
      "HTTP/1.1 200\n\n",
      "HTTP/1.1 200 OK\nX: a\n b\n\n",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hm\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    ]
  ) {
    assert.deepEqual(answered(head), { rest: "", done: true }, head);
    assert.deepEqual(answered(`${head}220 ready\r\n`), { rest: "220 ready\r\n", done: true });
    assert.equal(answered(head.slice(0, -1)).done, false);

    // And whoever reads only what is wanted never reads past the end.
    const client = new HttpConnectClient(TARGET);
    let at = 0;
    while (client.wanted > 0) {
      const piece = encodeLatin1(`${head}220 ready\r\n`.slice(at, at + client.wanted));
      assert.equal(client.push(piece).consumed, piece.length);
      at += piece.length;
    }
    assert.equal(at, head.length);
  }
});

Deno.test("the proxy's no is told by status, words and ways to authenticate", () => {
  assert.throws(
    () =>
      answered(
        "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Digest realm=x,\r\n" +
          "\tnonce=y\r\nproxy-authenticate: Basic realm=x\r\nContent-Length: 3\r\n\r\nno!",
      ),
    (error) => {
      assert.ok(error instanceof HttpConnectError);
      assert.equal(error.status, 407);
      assert.equal(error.reason, "Proxy Authentication Required");
      assert.deepEqual(error.challenges, ["Digest realm=x, nonce=y", "Basic realm=x"]);
      assert.equal(error.origin, "peer");
      return true;
    },
  );
  for (const status of [302, 403, 502, 599]) {
    assert.throws(() => answered(`HTTP/1.1 ${status} \x1b[31mNo\r\n\r\n`), (error) => {
      assert.ok(error instanceof HttpConnectError);
      assert.equal(error.status, status);
      assert.equal(error.message, `the proxy answers ${status} "\\x1b[31mNo"`);
      return true;
    });
  }
});

Deno.test("what is no answer of an HTTP proxy is refused, garbage at its first byte", () => {
  for (
    const [answer, expected] of [
      ["\x15\x03\x01\x00\x02", /https proxy/],
      ["\x05\xff", /SOCKS/],
      ["220 ready\r\n", /Expected the answer of an HTTP proxy, got "2"/],
      ["HTTP/2 200\r\n\r\n", /Expected/],
      ["HTTP/1.1 2000\r\n\r\n", /status line/],
      ["HTTP/1.1 abc\r\n\r\n..", /status line/],
      ["HTTP/1.1 200OK\r\n\r\n", /status line/],
      ["HTTP/1.1 200 OK\r\nno colon\r\n\r\n", /header/],
      ["HTTP/1.1 200 OK\r\nName : x\r\n\r\n", /header/],
      ["HTTP/1.1 200 OK\r\n folded\r\n\r\n", /header/],
      ["HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n", /header/],
      ["HTTP/1.1 200 OK\r\nA: b\0c\r\n\r\n", /header/],
    ] as const
  ) {
    assert.throws(() => answered(answer), (error) => {
      assert.ok(error instanceof HttpSyntaxError, JSON.stringify(answer));
      assert.match(error.message, expected);
      return true;
    });
  }
  const client = new HttpConnectClient(TARGET);
  assert.throws(() => client.push(encodeLatin1("x")), HttpSyntaxError);
  assert.equal(client.wanted, 0);
  assert.throws(() => client.push(encodeLatin1("HTTP/1.1 200\r\n\r\n")), /failed before/);
});

Deno.test("an answer without an end is cut off, in one head and in many", () => {
  const limited = { name: "LimitError", limit: "maxHeadBytes", maximum: 100 };
  assert.throws(() => answered(`HTTP/1.1 200 ${"x".repeat(100)}`, 100), limited);
  assert.throws(() => answered("HTTP/1.1 100 Continue\r\n\r\n".repeat(5), 100), limited);
  const whole = `HTTP/1.1 200 ${"x".repeat(83)}\r\n\r\n`;
  assert.equal(whole.length, 100);
  assert.deepEqual(answered(whole, 100), { rest: "", done: true });
  assert.throws(() => answered(whole, 99), LimitError);
  for (const maxHeadBytes of [0, NaN, -1]) {
    assert.throws(() => new HttpConnectClient(TARGET, { maxHeadBytes }), RangeError);
  }
});

Deno.test("what cannot be sent is refused before anything is, and no secret is repeated", () => {
  const refused: Partial<HttpConnectRequest>[] = [
    ...["", "a b", "a\r\nb", "a/b", "ü.org", "a@b", "a:1", "fe80::1%eth0", "[::1]", "a?b", "a#b"]
      .map((hostname) => ({ hostname })),
    ...["se:cret", "secret\r\n", "secret\0"].map((username) => ({ username })),
    { username: "u", password: "secret\r\nHost: x" },
    { password: "secret" },
    { headers: { "X Y": "1" } },
    { headers: { "": "1" } },
    { headers: { "hOST": "x" } },
    { headers: { "X": "secret\r\nY: 2" } },
    { headers: { "X": "ž" } },
  ];
  for (const request of refused) {
    assert.throws(() => encodeConnect({ ...TARGET, ...request }), (error) => {
      assert.ok(error instanceof TypeError, JSON.stringify(request));
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  }
  assert.throws(() => request({ hostname: "x".repeat(256) }), RangeError);
  for (const port of [0, 65_536, 1.5]) assert.throws(() => request({ port }), RangeError);
});
