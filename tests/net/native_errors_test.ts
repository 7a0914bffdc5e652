import assert from "node:assert/strict";
import { ConnectionError, OSError, SSLError } from "../../net/errors.ts";
import { fromNative, hostAndPort } from "../../net/native_errors.ts";

const PLACE = { hostname: "mail.example.org", port: 25 };

/** The error that the system would throw, and what is made of it. */
const CASES: [Error, { name: string; code?: string; message: RegExp }][] = [
  [new Deno.errors.ConnectionRefused("x"), {
    name: "ConnectionRefusedError",
    code: "ECONNREFUSED",
    message: /^Cannot connect to mail\.example\.org:25: connection refused/,
  }],
  [new Deno.errors.ConnectionReset("x"), {
    name: "ConnectionResetError",
    code: "ECONNRESET",
    message: /reset/,
  }],
  [new Deno.errors.ConnectionAborted("x"), {
    name: "ConnectionAbortedError",
    code: "ECONNABORTED",
    message: /aborted/,
  }],
  [new Deno.errors.BrokenPipe("x"), { name: "BrokenPipeError", code: "EPIPE", message: /closed/ }],
  [new Deno.errors.Interrupted("x"), {
    name: "ConnectionAbortedError",
    code: "ECONNABORTED",
    message: /on our side/,
  }],
  [new Deno.errors.BadResource("x"), {
    name: "ConnectionAbortedError",
    code: "ECONNABORTED",
    message: /on our side/,
  }],
  [new Deno.errors.NotCapable("x"), {
    name: "PermissionError",
    code: "EACCES",
    message: /--allow-net=mail\.example\.org:25$/,
  }],
  [new Deno.errors.TimedOut("x"), { name: "TimeoutError", message: /gave up/ }],
  [Object.assign(new Error("No route"), { code: "EHOSTUNREACH" }), {
    name: "ConnectionError",
    code: "EHOSTUNREACH",
    message: /no route/,
  }],
  [Object.assign(new Error("unreachable"), { code: "ENETUNREACH" }), {
    name: "ConnectionError",
    code: "ENETUNREACH",
    message: /no route/,
  }],
  [Object.assign(new Error("Too many open files (os error 24)"), { code: "EMFILE" }), {
    name: "ConnectionError",
    code: "EMFILE",
    message: /Too many open files/,
  }],
  [new Error("failed to lookup address information: Name or service not known"), {
    name: "ResolveError",
    code: "ENOTFOUND",
    message: /"mail\.example\.org" could not be resolved/,
  }],
  [new Deno.errors.InvalidData("received fatal alert: HandshakeFailure"), {
    name: "SSLError",
    code: "ERR_TLS_ALERT",
    message: /the peer ended TLS: there is no encryption that both sides speak.*HandshakeFailure/,
  }],
  [new Deno.errors.InvalidData("invalid peer certificate: Revoked"), {
    name: "SSLCertVerificationError",
    code: "ERR_TLS_CERTIFICATE",
    message: /Revoked/,
  }],
];

for (const [native, expected] of CASES) {
  Deno.test(`${native.name} (${native.message}) becomes ${expected.name}`, () => {
    const error = fromNative(native, "connect to", PLACE) as OSError;
    assert.equal(error.name, expected.name);
    assert.match(error.message, expected.message);
    assert.equal(error.cause, native);
    if (expected.code === undefined) return;
    assert.ok(error instanceof OSError);
    assert.equal(error.code, expected.code);
    assert.equal(error.hostname, PLACE.hostname);
    assert.equal(error.port, PLACE.port);
  });
}

Deno.test("what is no failure of a connection stays what it is", () => {
  for (const error of [new TypeError("x"), "text", undefined, new SSLError("ours")]) {
    assert.equal(fromNative(error, "connect to", PLACE), error);
  }
});

Deno.test("errors are in Python's tree", () => {
  const reset = fromNative(new Deno.errors.ConnectionReset(), "read from", PLACE);
  assert.ok(reset instanceof ConnectionError && reset instanceof OSError);
});

Deno.test("hosts and ports are written as in URLs", () => {
  assert.equal(hostAndPort({ hostname: "::1", port: 25 }), "[::1]:25");
  assert.equal(hostAndPort(PLACE), "mail.example.org:25");
});
