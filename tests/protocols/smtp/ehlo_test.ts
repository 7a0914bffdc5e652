import assert from "node:assert/strict";
import {
  authMechanisms,
  formatEhlo,
  maximumSize,
  parseEhlo,
} from "../../../protocols/smtp/ehlo.ts";
import { ReplySyntaxError } from "../../../protocols/text/reply.ts";
import { roundTrip } from "../../codec.ts";

const features = (...lines: string[]) =>
  Object.fromEntries(parseEhlo({ code: 250, lines: ["mail.example.org", ...lines] }).features);

// Values of Python's smtplib, but for the spaces that it leaves around mechanisms.
Deno.test("parseEhlo reads what Python's esmtp_features has", () => {
  assert.deepEqual(features("SIZE 100", "AUTH PLAIN LOGIN", "AUTH=LOGIN", "8BITMIME"), {
    "size": "100",
    "auth": "PLAIN LOGIN",
    "8bitmime": "",
  });
  assert.deepEqual(
    features("SIZE", "size 5", "X-FOO a b ", " bad", "-x", "AUTH=CRAM-MD5", "STARTTLS "),
    {
      "size": "5",
      "x-foo": "a b",
      "auth": "CRAM-MD5",
      "starttls": "",
    },
  );
  assert.deepEqual(features("AUTH LOGIN", "AUTH PLAIN"), { auth: "LOGIN PLAIN" });
  assert.deepEqual(features(), {});
});

Deno.test("parseEhlo passes over what is no feature", () => {
  assert.deepEqual(features("", "=", "X_Y z", "SIZE=100", "é", "__proto__ x"), {});
  assert.equal(features("CONSTRUCTOR a").constructor, "a" as never);
});

Deno.test("parseEhlo tells the server's name from its greeting", () => {
  const { domain, greeting } = parseEhlo({ code: 250, lines: ["mail.example.org Hello  [::1]"] });
  assert.deepEqual([domain, greeting], ["mail.example.org", "Hello  [::1]"]);
  assert.equal(parseEhlo({ code: 250, lines: [""] }).domain, "");
  assert.throws(() => parseEhlo({ code: 502, lines: ["what?"] }), ReplySyntaxError);
});

Deno.test("authMechanisms and maximumSize make sense of the parameters", () => {
  const mechanisms = (auth: string) => authMechanisms(new Map([["auth", auth]]));
  assert.deepEqual(mechanisms(" plain  LOGIN Plain\tXOAUTH2 "), ["PLAIN", "LOGIN", "XOAUTH2"]);
  assert.deepEqual(mechanisms(""), []);
  assert.deepEqual(authMechanisms(new Map()), []);
  const size = (size: string) => maximumSize(new Map([["size", size]]));
  assert.equal(size("10240000"), 10_240_000);
  for (const text of ["", "0", "-1", "1e9", "junk", "99999999999999999999"]) {
    assert.equal(size(text), undefined);
  }
  assert.equal(maximumSize(new Map()), undefined);
});

Deno.test("formatEhlo writes what parseEhlo reads", () => {
  const value = {
    domain: "mail.example.org",
    greeting: "at your service",
    features: new Map([["size", "1000"], ["8bitmime", ""], ["auth", "PLAIN LOGIN"]]),
  };
  roundTrip(value, (e) => formatEhlo(e.domain, e.features, e.greeting), parseEhlo);
  assert.deepEqual(formatEhlo("x", new Map([["starttls", ""]])).lines, ["x", "STARTTLS"]);
  assert.throws(() => formatEhlo("a b", new Map()), TypeError);
  assert.throws(() => formatEhlo("a\r\n", new Map()), TypeError);
  assert.throws(() => formatEhlo("a", new Map(), "\r\n250 x"), TypeError);
  assert.throws(() => formatEhlo("a", new Map([["x y", ""]])), TypeError);
  assert.throws(() => formatEhlo("a", new Map([["x", "\n"]])), TypeError);
});
