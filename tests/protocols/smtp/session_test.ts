import assert from "node:assert/strict";
import { ProtocolError } from "../../../protocols/errors.ts";
import {
  CommandError,
  parseAuth,
  parseAuthResponse,
  parseBdat,
  parseCommand,
  parseHelo,
  parseMail,
  parseRcpt,
  refusalOf,
  type SessionState,
  stateAfter,
} from "../../../protocols/smtp/session.ts";

const ALL = new Set(["SIZE", "BODY", "SMTPUTF8", "RET", "ENVID", "NOTIFY", "ORCPT", "AUTH"]);

/** Checks that a command is refused with a code, and with an enhanced one of the same class. */
function refuses(run: () => unknown, code: number, about?: string): void {
  assert.throws(run, (error) => {
    assert.ok(error instanceof CommandError && error instanceof ProtocolError, about);
    assert.equal(error.reply.code, code, about);
    assert.match(
      error.reply.lines[0]!,
      new RegExp(`^${Math.floor(code / 100)}\\.\\d\\.\\d `),
      about,
    );
    return true;
  });
}

Deno.test("parseCommand splits a line", () => {
  assert.deepEqual(parseCommand("mail FROM:<a@b.c>  "), { verb: "MAIL", argument: "FROM:<a@b.c>" });
  assert.deepEqual(parseCommand("QUIT"), { verb: "QUIT", argument: "" });
  assert.deepEqual(parseCommand("EHLO   x "), { verb: "EHLO", argument: "x" });
});

Deno.test("parseCommand refuses what is no command", () => {
  for (
    const line of [
      "",
      " ",
      " EHLO x",
      "\x16\x03\x01",
      "EHLO\tx",
      "MAIL:x",
      "É",
      "EHLO a\0b",
      "NOOP \x1b[2J",
      "NOOP a\nRSET",
    ]
  ) {
    refuses(() => parseCommand(line), 500, JSON.stringify(line));
  }
});

Deno.test("parseCommand bounds a line, and gives AUTH more", () => {
  assert.ok(parseCommand(`NOOP ${"x".repeat(2041)}`));
  refuses(() => parseCommand(`NOOP ${"x".repeat(2042)}`), 500);
  assert.ok(parseCommand(`auth PLAIN ${"x".repeat(12_000)}`));
  refuses(() => parseCommand(`AUTH PLAIN ${"x".repeat(12_300)}`), 500);
  refuses(() => parseCommand("NOOP xxx", { maxLength: 9 }), 500);
  assert.throws(() => parseCommand("NOOP", { maxLength: 0 }), RangeError);
  assert.throws(() => parseCommand("NOOP", { maxAuthLength: NaN }), RangeError);
});

Deno.test("parseMail reads sender and parameters", () => {
  const { sender, parameters, words } = parseMail(
    "FROM:<a@b.c> SIZE=10 BODY=8BITMIME RET=HDRS",
    ALL,
  );
  assert.equal(sender?.text, "a@b.c");
  assert.deepEqual(parameters, { size: 10, body: "8BITMIME", ret: "HDRS" });
  assert.equal(words.get("SIZE"), "10");
  assert.equal(parseMail("from:<>", ALL).sender, null);
  assert.equal(parseMail("FROM: <a@b.c>", ALL).sender?.text, "a@b.c");
  assert.equal(parseMail("FROM:<@relay:a@b.c>", ALL).sender?.text, "a@b.c");
  assert.equal(parseMail("FROM:<é@b.c> SMTPUTF8", ALL).sender?.utf8, true);
});

Deno.test("parseMail says what is wrong: 501, 553, 555 (RFC 5321 §4.2.4, §4.1.1.11)", () => {
  for (
    const argument of [
      ...[
        "",
        "TO:<a@b.c>",
        "FROM",
        "FROM:",
        "FROM:a@b.c",
        "FROM <a@b.c>",
        "FROM:<a@b.c",
        "FROM:<a b@c>",
      ],
      ...[
        "FROM:<a@b.c>SIZE=1",
        "FROM:<a@b.c> SIZE=x",
        "FROM:<a@b.c> SIZE=1 SIZE=2",
        "FROM:<a@b.c> =",
      ],
      ...["FROM:<a@b.c> BODY=9BIT", "FROM:<a@b.c>\tSIZE=1", "FROM:<a@b.c>> ", "FROM:<<a@b.c>>"],
    ]
  ) {
    refuses(() => parseMail(argument, ALL), 501, argument);
  }
  refuses(() => parseMail("FROM:<a@b.c> FOO=1", ALL), 555);
  refuses(() => parseMail("FROM:<a@b.c> SIZE=1", new Set()), 555);
  refuses(() => parseMail("FROM:<é@b.c>", ALL), 553);
});

Deno.test("parseRcpt reads recipient and parameters", () => {
  const { recipient, parameters } = parseRcpt("TO:<a@b.c> NOTIFY=DELAY ORCPT=rfc822;x+40y", ALL);
  assert.equal(recipient.text, "a@b.c");
  assert.deepEqual(parameters, { notify: ["DELAY"], orcpt: { type: "rfc822", address: "x@y" } });
  assert.equal(parseRcpt("TO:<Postmaster>", ALL).recipient.domain, "");
  assert.ok(parseRcpt("TO:<é@b.c>", ALL, true));
  refuses(() => parseRcpt("TO:<é@b.c>", ALL), 553);
  refuses(() => parseRcpt("TO:<>", ALL), 501);
  refuses(() => parseRcpt("FROM:<a@b.c>", ALL), 501);
  refuses(() => parseRcpt("TO:<a@b.c> NOTIFY=x", ALL), 501);
  refuses(() => parseRcpt("TO:<a@b.c> X-Y", ALL), 555);
});

Deno.test("parseHelo takes what clients call themselves", () => {
  for (const name of ["localhost", "[127.0.0.1]", "my-pc.", "127.0.0.1", "::1", "a_b"]) {
    assert.equal(parseHelo(name), name);
  }
  for (const name of ["", "a b", "bücher", "x".repeat(256)]) {
    refuses(() => parseHelo(name), 501, name);
  }
});

Deno.test("parseBdat, parseAuth and parseAuthResponse", () => {
  assert.deepEqual(parseBdat("86 last"), { size: 86, last: true });
  assert.deepEqual(parseBdat("0"), { size: 0, last: false });
  for (const argument of ["", "-1", "1.5", "LAST", "1 LAST x", "1LAST", "9".repeat(16), "0x10"]) {
    refuses(() => parseBdat(argument), 501, argument);
  }
  assert.deepEqual(parseAuth("plain"), { mechanism: "PLAIN", initialResponse: undefined });
  assert.deepEqual(parseAuth("PLAIN AGEAYg=="), {
    mechanism: "PLAIN",
    initialResponse: "AGEAYg==",
  });
  assert.deepEqual(parseAuth("EXTERNAL ="), { mechanism: "EXTERNAL", initialResponse: "" });
  for (const argument of ["", "PLAIN a b", "PLAIN é", "P+X", "PLAIN ==="]) {
    refuses(() => parseAuth(argument), 501, argument);
  }
  assert.deepEqual(parseAuthResponse("AGEAYg=="), new Uint8Array([0, 97, 0, 98]));
  assert.deepEqual(parseAuthResponse(""), new Uint8Array());
  assert.equal(parseAuthResponse("*"), undefined);
  for (const line of ["a", "!", "**", "AGEAYg", "AGEAYg==\n"]) {
    refuses(() => parseAuthResponse(line), 501, line);
  }
});

Deno.test("a session goes through its states (RFC 5321 §4.1.4)", () => {
  const play = (...verbs: string[]) => {
    let state: SessionState = "connected";
    for (const verb of verbs) {
      assert.equal(refusalOf(state, verb), undefined, `${verb} in ${state}`);
      state = stateAfter(state, verb);
    }
    return state;
  };
  assert.equal(play("EHLO", "MAIL", "RCPT", "RCPT", "DATA"), "ready");
  assert.equal(play("EHLO", "MAIL", "RSET", "MAIL", "EHLO"), "ready");
  assert.equal(play("EHLO", "STARTTLS"), "connected");
  assert.equal(play("EHLO", "AUTH", "MAIL", "RCPT", "BDAT", "BDAT"), "chunks");
  assert.equal(stateAfter("chunks", "BDAT", true), "ready");
  assert.equal(play("NOOP", "RSET", "HELP", "VRFY", "QUIT"), "connected");
  assert.equal(play("LHLO", "MAIL", "NOOP", "VRFY"), "mail");
});

Deno.test("what comes out of order is refused with 503, what nobody knows with 500", () => {
  const outOfOrder: [SessionState, string[]][] = [
    ["connected", ["MAIL", "RCPT", "DATA", "BDAT", "AUTH", "STARTTLS"]],
    ["ready", ["RCPT", "DATA", "BDAT"]],
    ["mail", ["MAIL", "DATA", "BDAT", "AUTH", "STARTTLS"]],
    ["recipients", ["MAIL", "AUTH", "STARTTLS"]],
    ["chunks", ["MAIL", "RCPT", "DATA", "AUTH", "STARTTLS", "VRFY", "HELP"]],
  ];
  for (const [state, verbs] of outOfOrder) {
    for (const verb of verbs) {
      const refusal = refusalOf(state, verb);
      assert.equal(refusal?.code, 503, `${verb} in ${state}`);
      assert.match(refusal.lines[0]!, /^5\.5\.1 /);
    }
  }
  for (const verb of ["FROB", "constructor", "GET", "toString"]) {
    assert.equal(refusalOf("ready", verb)?.code, 500, verb);
  }
});
