import assert from "node:assert/strict";
import {
  allErrors,
  ErrorPerm,
  ErrorProto,
  ErrorReply,
  ErrorTemp,
  faultError,
  FTPError,
  quoteCommand,
  replyError,
  SessionClosedError,
} from "../../../stdlib/ftplib/errors.ts";
import { CancelledError, TimeoutError } from "../../../loop/exceptions.ts";
import { ConnectionResetError, IncompleteReadError } from "../../../net/errors.ts";

Deno.test("replyError: the class follows the first digit, the advice what failed", () => {
  const cases: [number, string, string, typeof FTPError, RegExp][] = [
    [421, "Timeout", "NOOP", ErrorTemp, /try again later/],
    [425, "Cannot open data connection", "LIST", ErrorTemp, /firewall may block its passive ports/],
    [425, "TLS session of data connection not resumed", "LIST", ErrorTemp, /demands TLS here/],
    [426, "Connection closed", "RETR f", ErrorTemp, /`offset` to resume/],
    [452, "Disk full", "STOR f", ErrorTemp, /no space/],
    [500, "Unknown command.", "FOO", ErrorPerm, /does not know this command/],
    [501, "no", "REST 5", ErrorPerm, /cannot resume/],
    [522, "SSL connection failed: session reuse required", "LIST", ErrorPerm, /demands TLS here/],
    [522, "Network protocol not supported", "PASV", ErrorPerm, /IPv6 takes EPSV/],
    [521, "PROT P required", "LIST", ErrorPerm, /data connection with TLS/],
    [530, "Login incorrect.", "PASS secret", ErrorPerm, /check user and password/],
    [530, "Non-anonymous sessions must use encryption.", "USER u", ErrorPerm, /demands TLS here/],
    [530, "Please login with USER and PASS.", "LIST", ErrorPerm, /log in first/],
    [550, "Failed to open file.", "RETR f", ErrorPerm, /no such file/],
    [550, "No", "CWD d", ErrorPerm, /no such directory/],
    [553, "No", "STOR d/f", ErrorPerm, /directory is missing/],
    [350, "Ready", "DELE f", ErrorReply, /unexpected reply 350/],
  ];
  for (const [code, text, command, type, message] of cases) {
    const error = replyError({ code, lines: [text] }, command);
    assert.equal(error.constructor, type, error.message);
    assert.match(error.message, message);
    assert.deepEqual([error.code, error.text, error.origin], [code, text, "peer"]);
  }
});

Deno.test("replyError: a refusal without known advice stands for itself; several lines are joined", () => {
  const error = replyError({ code: 599, lines: ["One", "two"] }, "SITE X");
  assert.equal(error.message, 'SITE X failed: 599 "One\\ntwo"');
  assert.equal(error.text, "One\ntwo");
});

Deno.test("errors show no secret, and commands no control characters", () => {
  for (const command of ["PASS geheim", "pass ge heim", "ACCT geheim"]) {
    const error = replyError({ code: 530, lines: ["no"] }, command);
    assert.doesNotMatch(Deno.inspect(error, { depth: 9 }), /heim/);
    assert.match(error.command!, /\*\*\*$/);
  }
  assert.equal(quoteCommand("RETR a\x1b[2Jb"), "RETR a\\x1b[2Jb");
  assert.equal(quoteCommand('RETR "quoted"'), 'RETR "quoted"');
});

Deno.test("faultError: what ended the session decides the class", () => {
  const fault = { message: "m", origin: "peer", cause: new Error("c") } as const;
  assert.ok(faultError({ ...fault, kind: "protocol" }) instanceof ErrorProto);
  assert.ok(faultError({ ...fault, kind: "closed" }) instanceof SessionClosedError);
  const error = faultError({ ...fault, kind: "disconnected", origin: "transport" });
  assert.ok(error instanceof SessionClosedError);
  assert.deepEqual([error.origin, error.cause], ["transport", fault.cause]);
});

Deno.test("allErrors holds what goes wrong, and not what the program does", () => {
  const among = (error: unknown) => allErrors.some((type) => error instanceof type);
  for (
    const error of [
      new FTPError("x"),
      new ErrorPerm("x"),
      new ConnectionResetError("x"),
      new IncompleteReadError(new Uint8Array(), 1),
      new TimeoutError("x"),
    ]
  ) assert.ok(among(error), error.name);
  for (const error of [new TypeError("x"), new RangeError("x"), new CancelledError("x")]) {
    assert.ok(!among(error), error.name);
  }
});
