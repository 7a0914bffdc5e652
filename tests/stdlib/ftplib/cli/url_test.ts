import assert from "node:assert/strict";
import { UsageError } from "../../../../stdlib/_cli/exit_codes.ts";
import { parseFTPUrl, urlOf, withoutPassword } from "../../../../stdlib/ftplib/cli/url.ts";

Deno.test("a URL names server, user and path (RFC 1738 §3.2)", () => {
  const { pattern, ...url } = parseFTPUrl("ftp://ada@ftp.example.org:2121/pub/a.txt;type=a");
  assert.equal(pattern, undefined);
  assert.deepEqual(url, {
    scheme: "ftp",
    user: "ada",
    password: undefined,
    host: "ftp.example.org",
    port: 2121,
    path: "pub/a.txt",
    directory: "pub",
    name: "a.txt",
    type: "a",
  });
});

Deno.test("the scheme says where TLS begins, and so the port", () => {
  const ports = ["ftp://h", "FTPS://h/", "ftpes://h", "ftps://h:21/"].map((text) => {
    const { scheme, port } = parseFTPUrl(text);
    return `${scheme} ${port}`;
  });
  assert.deepEqual(ports, ["ftp 21", "ftps 990", "ftpes 21", "ftps 21"]);
});

Deno.test("a path begins where the user arrives, or at the root", () => {
  const cases: [string, string, string, string][] = [
    ["ftp://h", "", "", ""],
    ["ftp://h/", "", "", ""],
    ["ftp://h/a", "a", "", "a"],
    ["ftp://h/a/", "a/", "a", ""],
    ["ftp://h//", "/", "/", ""],
    ["ftp://h//etc/motd", "/etc/motd", "/etc", "motd"],
    // The form that RFC 1738 names.
    ["ftp://h/%2Fetc/motd", "/etc/motd", "/etc", "motd"],
    ["ftp://h/what?now#then", "what?now#then", "", "what?now#then"],
  ];
  for (const [text, path, directory, name] of cases) {
    const url = parseFTPUrl(text);
    assert.deepEqual([url.path, url.directory, url.name], [path, directory, name], text);
  }
});

Deno.test("what is encoded is decoded, once", () => {
  const url = parseFTPUrl("ftp://a%40b:p%3a%2fw@h/gr%C3%BC%C3%9Fe%2520/100%25");
  assert.deepEqual([url.user, url.password, url.path], ["a@b", "p:/w", "grüße%20/100%"]);
  assert.equal(parseFTPUrl("ftp://h/gr%fc%dfe", "latin-1").path, "grüße");
  assert.equal(parseFTPUrl("ftp://h/\u{1f600} é").path, "\u{1f600} é");
  assert.throws(() => parseFTPUrl("ftp://h/gr%fc"), /%fc is no UTF-8; is it --encoding latin-1\?/);
});

Deno.test("hosts may be names and addresses of all kinds", () => {
  const hosts = ["h-1.example.org", "[::1]", "127.0.0.1", "bücher.example", "[fe80::1%25eth0]"]
    .map((host) => parseFTPUrl(`ftp://u@${host}:21/x`).host);
  assert.deepEqual(hosts, [
    "h-1.example.org",
    "::1",
    "127.0.0.1",
    "bücher.example",
    "fe80::1%eth0",
  ]);
});

Deno.test("no URL smuggles a command (attack class 1)", () => {
  const parts = ["%0d%0a", "%0D", "%0a", "%00", "\r\n", "\n", "\0"];
  for (const part of parts) {
    for (
      const text of [
        `ftp://h/a${part}DELE b`,
        `ftp://h/${part}/b`,
        `ftp://u${part}@h/`,
        `ftp://u:p${part}@h/`,
        `ftp://h/a;type=a${part}`,
        `ftp://h${part}/a`,
        `ftp://h:21${part}/a`,
        `ftp://h/*${part}`,
      ]
    ) {
      for (const encoding of ["utf-8", "latin-1"] as const) {
        assert.throws(() => parseFTPUrl(text, encoding), UsageError, JSON.stringify(text));
      }
    }
  }
});

Deno.test("what is no URL is told with what is", () => {
  const cases: [string, RegExp][] = [
    ["a.txt", /"a\.txt" is no URL of FTP: write ftp:\/\//],
    ["http://h/", /is no URL of FTP/],
    ["ftp://", /is no URL of FTP/],
    ["ftp:///x", /is no URL of FTP/],
    ["ftp://h:0/", /need a port from 1 to 65535/],
    ["ftp://h:65536/", /need a port/],
    ["ftp://h x/", /is no name of a host/],
    ["ftp://h%41/", /is no name of a host/],
    ["ftp://h/%zz", /two hexadecimal digits/],
    ["ftp://h/%4", /two hexadecimal digits/],
    ["ftp://h/x;type=x", /need ;type=a, ;type=i or ;type=d/],
    ["ftp://h/*/x", /a pattern can only be the last part/],
  ];
  for (const [text, message] of cases) {
    assert.throws(() => parseFTPUrl(text), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, message);
      return true;
    }, text);
  }
});

Deno.test("no message and no URL shows a password", () => {
  const secret = "ftp://ada:lovelace@h/x";
  assert.equal(withoutPassword(secret), "ftp://ada:***@h/x");
  assert.equal(urlOf(parseFTPUrl(secret), "a b/ü"), "ftp://ada@h/a%20b/%C3%BC");
  assert.equal(urlOf(parseFTPUrl("ftps://[::1]:991"), ""), "ftps://[::1]:991/");
  for (
    const text of ["ftp://ada:love@lace@h/%zz", "ftp://ada:lovelace@h:0/", "ftp://ada:lovelace@/"]
  ) {
    assert.throws(() => parseFTPUrl(text), (error) => {
      assert.doesNotMatch(String(error), /love/, text);
      return true;
    });
  }
});

Deno.test("patterns are those of shells", () => {
  const names = ["a.txt", "b.txt", "ab.txt", ".hidden.txt", "a.TXT", "x]y", "a-b", "ü.txt", "a*b"];
  const cases: [string, string[]][] = [
    ["*.txt", ["a.txt", "b.txt", "ab.txt", "ü.txt"]],
    ["?.txt", ["a.txt", "b.txt", "ü.txt"]],
    ["[ab].txt", ["a.txt", "b.txt"]],
    ["[!a].txt", ["b.txt", "ü.txt"]],
    ["[a-b]*", ["a.txt", "b.txt", "ab.txt", "a.TXT", "a-b", "a*b"]],
    [".*", [".hidden.txt"]],
    ["*[]]*", ["x]y"]],
    ["a%2A*", ["a*b"]],
    ["%C3%BC*", ["ü.txt"]],
    ["**", names.filter((name) => !name.startsWith("."))],
    ["[.txt", []],
  ];
  for (const [text, fitting] of cases) {
    const { pattern } = parseFTPUrl(`ftp://h/pub/${text}`);
    assert.deepEqual(names.filter((name) => pattern?.test(name)), fitting, text);
  }
  assert.equal(parseFTPUrl("ftp://h/pub/a%2A%3F%5Bb").pattern, undefined);
  assert.equal(parseFTPUrl("ftp://h/pub/a%2A%3F%5Bb").path, "pub/a*?[b");
});
