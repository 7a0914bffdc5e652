import assert from "node:assert/strict";
import { tlsTest } from "../net/tls/pairs.ts";
import { everyStarttlsAttack } from "../peers/starttls_rig.ts";
import { ftpStarttls } from "./ftp_starttls.ts";
import { smtpStarttls } from "./smtp_starttls.ts";

Deno.test("smtplib: every attack on STARTTLS ends the session, and nothing secret is said", async () => {
  const ends = await everyStarttlsAttack(await smtpStarttls());
  assert.equal(ends.get("stripped from what the server can do"), "SMTPNotSupportedError");
  assert.equal(ends.get("refused: 454 4.7.0 not now"), "SMTPResponseException");
  assert.equal(ends.get("answered with 250 go ahead"), "SMTPResponseException");
  assert.equal(ends.get("a handshake that is expired"), "SSLCertVerificationError");
  assert.equal(ends.get("a handshake that is old"), "SSLError");
  assert.equal(ends.get("a handshake that stalls"), "TimeoutError");
  assert.ok(ends.size > 30, `${ends.size} attacks`);
});

tlsTest(
  "ftplib: every attack on AUTH TLS ends the session, and nothing secret is said",
  async () => {
    const ends = await everyStarttlsAttack(await ftpStarttls());
    assert.equal(ends.get("stripped from what the server can do"), "ErrorPerm");
    assert.equal(ends.get("refused: 431 not now"), "ErrorTemp");
    assert.equal(ends.get("answered with 230 in"), "ErrorReply");
    assert.equal(ends.get("a handshake that is expired"), "SSLCertVerificationError");
    assert.equal(ends.get("a handshake that is old"), "SSLError");
    assert.equal(ends.get("a handshake that stalls"), "TimeoutError");
    assert.ok(ends.size > 30, `${ends.size} attacks`);
  },
);
