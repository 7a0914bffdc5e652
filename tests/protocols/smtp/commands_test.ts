import assert from "node:assert/strict";
import { envelopeAddress, type Mailbox, parseMailbox } from "../../../protocols/smtp/address.ts";
import {
  authCommand,
  bdatCommand,
  command,
  heloCommand,
  mailCommand,
  rcptCommand,
} from "../../../protocols/smtp/commands.ts";

const ann = parseMailbox("ann@example.org");

Deno.test("commands are built as RFC 5321 §4.1.1 has them", () => {
  assert.equal(heloCommand("EHLO", "mail.example.org"), "EHLO mail.example.org");
  assert.equal(heloCommand("LHLO", "[IPv6:::1]"), "LHLO [IPv6:::1]");
  assert.equal(
    mailCommand(ann, ["SIZE=1024", "BODY=8BITMIME"]),
    "MAIL FROM:<ann@example.org> SIZE=1024 BODY=8BITMIME",
  );
  assert.equal(mailCommand(null), "MAIL FROM:<>");
  assert.equal(rcptCommand(ann, ["NOTIFY=NEVER"]), "RCPT TO:<ann@example.org> NOTIFY=NEVER");
  assert.equal(command("RSET"), "RSET");
  assert.equal(command("VRFY", "Ann Bee"), "VRFY Ann Bee");
  assert.equal(authCommand("plain"), "AUTH plain");
  assert.equal(authCommand("PLAIN", "AGEAYg=="), "AUTH PLAIN AGEAYg==");
  assert.equal(authCommand("EXTERNAL", ""), "AUTH EXTERNAL =");
  assert.equal(bdatCommand(0, true), "BDAT 0 LAST");
  assert.equal(bdatCommand(1024), "BDAT 1024");
});

// bpo-43124, GHSA-v3q9-hj7j-63hq, GHSA-vvjj-xcjg-gr5g: each place where a line end could come in.
Deno.test("no argument becomes a second command", () => {
  for (const end of ["\r\n", "\n", "\r", "\0", "\x1b", "\x7f"]) {
    assert.throws(() => command("VRFY", `a${end}RSET`), TypeError);
    assert.throws(() => command(`RSET${end}`), TypeError);
    assert.throws(() => heloCommand("EHLO", `a${end}b`), TypeError);
    assert.throws(() => mailCommand(ann, [`SIZE=1${end}`]), TypeError);
    assert.throws(() => mailCommand(ann, [`ENVID=a${end}RCPT TO:<x>`]), TypeError);
    assert.throws(() => rcptCommand(ann, [`X${end}`]), TypeError);
    assert.throws(() => authCommand(`PLAIN${end}`), TypeError);
    assert.throws(() => authCommand("PLAIN", `AA==${end}`), TypeError);
    const forged: Mailbox = { ...ann, text: `a@b>${end}RCPT TO:<c@d` };
    assert.throws(() => mailCommand(forged), TypeError);
    assert.throws(() => rcptCommand(forged), TypeError);
  }
});

Deno.test("what is no argument of its command is refused", () => {
  for (const name of ["", "a b", "bücher.de", "::1", "[::1]", "a..b"]) {
    assert.throws(() => heloCommand("EHLO", name), TypeError, name);
  }
  for (const word of ["", "A B", "=1", "A=", "A=b=c", "A =b", "-A", "A=\u2028"]) {
    assert.throws(() => mailCommand(ann, [word]), TypeError, word);
  }
  assert.throws(() => mailCommand(ann, [5 as unknown as string]), TypeError);
  for (const mechanism of ["", "A B", "X".repeat(21)]) {
    assert.throws(() => authCommand(mechanism), TypeError);
  }
  for (const base64 of ["a b", "=", "====", "é"]) {
    assert.throws(() => authCommand("PLAIN", base64), TypeError, base64);
  }
  for (const size of [-1, 1.5, NaN, Infinity]) assert.throws(() => bdatCommand(size), RangeError);
  for (const verb of ["", "A B", "1"]) assert.throws(() => command(verb), TypeError);
});

Deno.test("addresses in UTF-8 go out as they are (RFC 6531)", () => {
  assert.equal(
    mailCommand(envelopeAddress("Jürgen <jürgen@bücher.example>"), ["SMTPUTF8"]),
    "MAIL FROM:<jürgen@bücher.example> SMTPUTF8",
  );
});
