import assert from "node:assert/strict";
import { ReplyError } from "../../../stdlib/_server/reply_error.ts";
import { sameSecret } from "../../../stdlib/_server/secrets.ts";
import { FTPReplyError } from "../../../stdlib/ftplib/server/errors.ts";
import { SMTPReplyError } from "../../../stdlib/smtpd/errors.ts";

Deno.test("ReplyError carries a reply, and says it in its message", () => {
  const cause = new Error("disk");
  const error = new ReplyError(552, ["Too much", "Try less"], { cause });
  assert.equal(error.code, 552);
  assert.deepEqual(error.lines, ["Too much", "Try less"]);
  assert.equal(error.message, "552 Too much / Try less");
  assert.equal(error.cause, cause);
  assert.equal(error.origin, "peer");
});

Deno.test("ReplyError takes only codes that end a command", () => {
  for (const code of [0, 99, 150, 199, 600, 250.5, NaN]) {
    assert.throws(() => new ReplyError(code, "x"), RangeError, String(code));
  }
});

Deno.test("ReplyError lets nothing through that ends the line", () => {
  for (const text of ["a\r\n250 b", "a\nb", "a\rb", "a\0b"]) {
    assert.throws(() => new ReplyError(550, text), TypeError);
    assert.throws(() => new ReplyError(550, ["fine", text]), TypeError);
    assert.throws(() => new SMTPReplyError(550, text), TypeError);
    assert.throws(() => new FTPReplyError(550, text), TypeError);
  }
  assert.throws(() => new ReplyError(550, []), TypeError);
});

Deno.test("SMTPReplyError puts its enhanced code before every line (RFC 2034 §4)", () => {
  assert.deepEqual(new SMTPReplyError(550, ["No", "Go away"], "5.1.1").lines, [
    "5.1.1 No",
    "5.1.1 Go away",
  ]);
  assert.deepEqual(new SMTPReplyError(451, "Later").lines, ["4.0.0 Later"]);
  assert.equal(new SMTPReplyError(451, "Later").enhancedCode, "4.0.0");
});

Deno.test("SMTPReplyError refuses an enhanced code of another class, or that is none", () => {
  for (const enhanced of ["4.1.1", "5.1", "5.1.1 x", "", "5.1.1\r\n"]) {
    assert.throws(() => new SMTPReplyError(550, "No", enhanced), TypeError, enhanced);
  }
});

Deno.test("sameSecret is true for the same text alone", () => {
  const secrets = ["", "a", "aa", "ab", "secret", "secretsecret", "sécret", "\0"];
  for (const given of secrets) {
    for (const right of secrets) {
      assert.equal(sameSecret(given, right), given === right, `${given} ${right}`);
    }
  }
});
