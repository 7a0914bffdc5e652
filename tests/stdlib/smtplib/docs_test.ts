import assert from "node:assert/strict";
import { ConnectionRefusedError } from "../../../net/errors.ts";
import { SMTP } from "../../../stdlib/smtplib/client.ts";
import type { SMTPConnectOptions } from "../../../stdlib/smtplib/types.ts";
import { scripted } from "../../peers/scripted.ts";
import { ehlo, inTestTime } from "./_session.ts";

const page = await Deno.readTextFile(new URL("../../../docs/smtplib.md", import.meta.url));

/** The errors that the page shows, each as a quotation. */
const shown = new Set(
  page.split("\n\n").filter((block) => block.startsWith("> "))
    .map((block) => block.replace(/\n> /g, " ").slice(2).trim().replace(/\\([<>])/g, "$1")),
);

const AUTH_PLAIN = "C: AUTH PLAIN AGFubgBzZWNyZXQ=";

/** How each of them comes about: what the server does, and what the client. */
const PROVOKED: [
  script: string,
  call: (smtp: SMTP) => unknown,
  options?: SMTPConnectOptions,
][] = [
  // Connecting.
  ["S: 554 5.7.1 Your address is on a blocklist", () => {}, { port: 25 }],
  ["S! silence", () => {}, { port: 465 }],
  [
    "S: 220 hi\nC: EHLO me.example\nS: 502 no\nC: HELO me.example\nS: 550 Go away",
    (smtp) => smtp.ehloOrHeloIfNeeded(),
    { port: 25 },
  ],
  // TLS.
  [`S: 220 hi\n${ehlo("SIZE")}`, (smtp) => smtp.starttls()],
  [
    `S: 220 hi\n${
      ehlo("STARTTLS")
    }C: STARTTLS\nS: 454 4.7.0 TLS not available due to local problem`,
    (smtp) => smtp.starttls(),
  ],
  [
    `S: 220 hi\n${ehlo("STARTTLS")}C: STARTTLS\nS= 220 go\\r\\n250 AUTH PLAIN\\r\\n`,
    (smtp) => smtp.starttls(),
  ],
  // Logging in.
  [`S: 220 hi\n${ehlo("SIZE")}`, (smtp) => smtp.login("ann", "secret")],
  [`S: 220 hi\n${ehlo("AUTH PLAIN")}`, (smtp) => smtp.login("ann", "secret")],
  [
    `S: 220 hi\n${ehlo("AUTH CRAM-MD5")}`,
    (smtp) => smtp.login("ann", "secret"),
    { allowInsecureAuth: true },
  ],
  [
    `S: 220 hi\n${ehlo("AUTH PLAIN")}${AUTH_PLAIN}\nS: 535 5.7.8 Authentication failed`,
    (smtp) => smtp.login("ann", "secret"),
    { allowInsecureAuth: true },
  ],
  [
    `S: 220 hi\n${ehlo("AUTH PLAIN")}${AUTH_PLAIN}\nS: 334`,
    (smtp) => smtp.login("ann", "secret"),
    { allowInsecureAuth: true },
  ],
  // Sending.
  ...[
    "530 5.7.0 Must issue a STARTTLS command first",
    "530 5.7.0 Authentication required",
    "552 5.3.4 Message size exceeds fixed limit",
  ].map((reply) => [mailTo(`S: ${reply}`), send] satisfies [string, (smtp: SMTP) => unknown]),
  [mailTo("S: 250 ok\nC: /RCPT.*/\nS: 554 5.7.1 Relay access denied"), send],
  [
    mailTo(
      "S: 250 ok\nC: /RCPT.*/\nS: 250 ok\nC: DATA\nS: 354 go\nC: x\nC: .\nS: 451 4.7.1 Greylisted",
    ),
    send,
  ],
  [
    `S: 220 hi\n${ehlo("SIZE")}`,
    (smtp) => smtp.sendmail("ann@example.org", "bob@example.org", "Grüße"),
  ],
  [
    `S: 220 hi\n${ehlo("SIZE")}`,
    (smtp) => smtp.sendmail("ann@example.org", "bøb@example.org", "x"),
  ],
  [
    "S: 220 hi",
    (smtp) => smtp.sendmail("ann@example.org", "bob@example.org\r\nRCPT TO:<eve@example.org", "x"),
  ],
  ["S: 220 hi", (smtp) => smtp.sendmail("ann@example.org", [], "x")],
  // The connection.
  ["S: 220 hi", () => new SMTP().noop()],
  [mailTo("S: 250 ok\nC: /RCPT.*/\nS: 250 ok\nC: DATA\nS: 354 go\nC: x\nC: .\nS! silence"), send],
  [
    mailTo("S: 250 ok\nC: /RCPT.*/\nS: 250 ok\nC: DATA\nS: 354 go\nC: x\nC: .\nS! silence"),
    (smtp) => Promise.resolve(send(smtp)).catch(() => smtp.noop()),
  ],
  ["S: 220 hi\nC: NOOP\nS! close", (smtp) => smtp.noop()],
  [
    "S: 220 hi\nC: NOOP\nS: 421 Going down for maintenance",
    (smtp) => smtp.noop().then(() => smtp.noop()),
  ],
  ["S: 220 hi\nC: NOOP\nS: hello", (smtp) => smtp.noop()],
  [`S: 220 hi\nC: NOOP\nS: 250 ${"x".repeat(9000)}`, (smtp) => smtp.noop()],
];

function mailTo(rest: string): string {
  return `S: 220 hi\n${ehlo("HELP")}C: MAIL FROM:<ann@example.org>\n${rest}\nC* RSET\nS: 250 ok`;
}

function send(smtp: SMTP): Promise<unknown> {
  return smtp.sendmail("ann@example.org", ["bob@example.org"], "x");
}

async function provoke(
  script: string,
  call: (smtp: SMTP) => unknown,
  options: SMTPConnectOptions = {},
): Promise<string> {
  return await inTestTime(async () => {
    const peer = scripted(script);
    let smtp: SMTP | undefined;
    try {
      smtp = await SMTP.connect("mail.example.org", {
        port: 587,
        localHostname: "me.example",
        dial: peer.dial,
        ...options,
      });
      await call(smtp);
      assert.fail(`no error came of ${script}`);
    } catch (error) {
      return printed(error);
    } finally {
      smtp?.close();
      peer.close();
      await peer.done;
    }
  });
}

function printed(error: unknown): string {
  assert.ok(error instanceof Error);
  return `${error.name}: ${error.message}`;
}

Deno.test("docs/smtplib.md shows each error as it is printed, and none that does not exist", async () => {
  const seen = new Set<string>();
  for (const [script, call, options] of PROVOKED) seen.add(await provoke(script, call, options));
  const refuse = () =>
    Promise.reject(
      // As net/native_errors.ts says it.
      new ConnectionRefusedError(
        "Cannot connect to mail.example.org:25: connection refused. Is the server running there, " +
          "and is the port right?",
      ),
    );
  const refused = SMTP.connect("mail.example.org", { dial: refuse });
  seen.add(await refused.then(() => "no error came", printed));
  assert.deepEqual([...seen].sort(), [...shown].sort());
});
