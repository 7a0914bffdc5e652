import assert from "node:assert/strict";
import type { SMTPServerOptions } from "../../../stdlib/smtpd/options.ts";
import { session } from "./session.ts";

const encode = (text: string) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

const KNOWN: SMTPServerOptions = {
  allowInsecureAuth: true,
  authenticate: (user, password) =>
    Promise.resolve(
      user === "ünï" ? password === "pässwörd" : `${user}:${password}` === "ada:love",
    ),
};

Deno.test("SMTPServer takes AUTH PLAIN, with and without initial response (RFC 4954 §4)", async () => {
  for (const [user, password] of [["ada", "love"], ["ünï", "pässwörd"]]) {
    const message = encode(`\0${user}\0${password}`);
    await session(KNOWN, async (client) => {
      assert.match(await client.ask("EHLO x") ?? "", /\n250 AUTH PLAIN LOGIN$/);
      assert.equal(await client.ask(`AUTH PLAIN ${message}`), "235 2.7.0 Logged in");
      assert.match(await client.ask(`AUTH PLAIN ${message}`) ?? "", /^503 5\.5\.1 /);
    });
    await session(KNOWN, async (client) => {
      assert.equal(await client.ask("EHLO x", "auth plain"), "334 ");
      assert.equal(await client.ask(message), "235 2.7.0 Logged in");
    });
  }
});

Deno.test("SMTPServer takes AUTH LOGIN", () =>
  session(KNOWN, async (client) => {
    await client.ask("EHLO x");
    assert.equal(await client.ask("AUTH LOGIN"), `334 ${encode("Username:")}`);
    assert.equal(await client.ask(encode("ada")), `334 ${encode("Password:")}`);
    assert.equal(await client.ask(encode("love")), "235 2.7.0 Logged in");
  }));

Deno.test("SMTPServer refuses passwords in the clear, and does not offer to take them", () =>
  session({ ...KNOWN, allowInsecureAuth: false }, async (client) => {
    assert.ok(!(await client.ask("EHLO x"))?.includes("AUTH"));
    assert.equal(
      await client.ask(`AUTH PLAIN ${encode("\0ada\0love")}`),
      "538 5.7.11 Encryption is required",
    );
    assert.match(await client.ask("MAIL FROM:<a@b.test> AUTH=<>") ?? "", /^555 /);
  }));

Deno.test("SMTPServer wants a login before mail where it was told so", () =>
  session({ ...KNOWN, authRequired: true }, async (client) => {
    await client.ask("EHLO x");
    assert.equal(await client.ask("MAIL FROM:<a@b.test>"), "530 5.7.0 Log in first");
    await client.ask(`AUTH PLAIN ${encode("\0ada\0love")}`);
    assert.match(await client.ask("MAIL FROM:<a@b.test> AUTH=<>") ?? "", /^250 /);
    assert.match(await client.ask("AUTH PLAIN") ?? "", /^503 /);
  }));

Deno.test("SMTPServer refuses what is wrong, malformed, cancelled or not known", () =>
  session({ ...KNOWN, maxLoginFailures: 100 }, async (client) => {
    assert.match(await client.ask("AUTH PLAIN") ?? "", /^503 /);
    await client.ask("EHLO x");
    for (
      const wrong of [
        "\0ada\0wrong",
        "\0eve\0love",
        "\0ADA\0love",
        "boss\0ada\0love",
        "\0ada\0lovelace",
      ]
    ) {
      assert.match(await client.ask(`AUTH PLAIN ${encode(wrong)}`) ?? "", /^535 5\.7\.8 /, wrong);
    }
    for (const malformed of ["ada", "\0ada", "\0\0love", "\0ada\0love\0more"]) {
      assert.match(await client.ask(`AUTH PLAIN ${encode(malformed)}`) ?? "", /^501 5\.5\.2 /);
    }
    assert.match(await client.ask("AUTH") ?? "", /^501 /);
    assert.match(await client.ask("AUTH PLAIN a b") ?? "", /^501 /);
    assert.match(await client.ask("AUTH PLAIN !!!!") ?? "", /^501 /);
    assert.match(await client.ask("AUTH PLAIN", "!!!!") ?? "", /^501 5\.5\.2 /);
    assert.match(await client.ask("AUTH PLAIN AAA") ?? "", /^501 5\.5\.2 /);
    assert.match(await client.ask("AUTH LOGIN", "*") ?? "", /^501 5\.7\.0 Login cancelled/);
    assert.match(await client.ask("AUTH CRAM-MD5") ?? "", /^504 5\.5\.4 /);
    assert.match(await client.ask("AUTH toString") ?? "", /^504 5\.5\.4 /);
    assert.match(await client.ask("NOOP") ?? "", /^250 /);
  }));

Deno.test("SMTPServer sends away who guesses passwords", () =>
  session(KNOWN, async (client) => {
    await client.ask("EHLO x");
    const wrong = `AUTH PLAIN ${encode("\0ada\0wrong")}`;
    for (let guess = 0; guess < 3; guess++) assert.match(await client.ask(wrong) ?? "", /^535 /);
    assert.match(await client.ask(wrong) ?? "", /^421 4\.7\.0 /);
    assert.equal(await client.reply(), null);
  }));

Deno.test("SMTPServer takes long logins, and no longer ones (RFC 4954 §4)", () =>
  session({
    allowInsecureAuth: true,
    authenticate: (_user, password) => password.length === 1000,
  }, async (client) => {
    await client.ask("EHLO x");
    assert.match(
      await client.ask(`AUTH PLAIN ${encode(`\0a\0${"p".repeat(1000)}`)}`) ?? "",
      /^235 /,
    );
  }));

Deno.test("SMTPServer says 451 where its hook fails, and tells who runs it", async () => {
  const errors: string[] = [];
  await session({
    allowInsecureAuth: true,
    authenticate() {
      throw new Error("no database");
    },
    onError: (error) => errors.push(String(error)),
  }, async (client) => {
    await client.ask("EHLO x");
    assert.match(await client.ask(`AUTH PLAIN ${encode("\0ada\0love")}`) ?? "", /^451 4\.3\.0 /);
  });
  assert.deepEqual(errors, ["Error: no database"]);
});
