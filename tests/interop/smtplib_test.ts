import assert from "node:assert/strict";
import { SSLCertVerificationError } from "../../net/errors.ts";
import { SMTP, SMTP_SSL } from "../../stdlib/smtplib/client.ts";
import {
  SMTPAuthenticationError,
  SMTPDataError,
  SMTPNotSupportedError,
  SMTPRecipientsRefused,
  SMTPSenderRefused,
} from "../../stdlib/smtplib/errors.ts";
import { interopTest } from "./interop.ts";
import { pathOf } from "./servers/installed.ts";
import { type Postfix, startPostfix } from "./servers/postfix.ts";
import { freePorts } from "./servers/ports.ts";
import { startSmtpSink } from "./servers/smtp_sink.ts";

const FROM = "ann@example.org";
// Postfix would add what is missing of these.
const HEADER = "From: Ann <ann@example.org>\nDate: Sat, 21 Nov 2026 10:00:00 +0000\n" +
  "Message-Id: <1@example.org>\n";
const MESSAGE = `${HEADER}Subject: Hello\n\nHello!\n.\n..two dots\n\nBye.`;

/** The message as it lies in a Maildir, behind what Postfix has put before it. */
function delivered(mail: Uint8Array | undefined): string {
  const text = new TextDecoder().decode(mail);
  return text.slice(text.indexOf("From: Ann"));
}

interopTest("smtplib and Postfix", { needs: ["postfix", "dovecot"] }, async (context) => {
  await using server = await startPostfix();
  const { ports, ca, users } = server;
  const [alice] = users;
  assert.ok(alice);
  const caCerts = [ca];

  await context.step("a mail arrives byte for byte, with one recipient refused", async () => {
    await using smtp = await SMTP.connect("localhost", { port: ports.smtp });
    await smtp.ehlo();
    assert.ok(smtp.hasExtn("pipelining") && smtp.hasExtn("8bitmime") && smtp.hasExtn("smtputf8"));
    const login = await SMTP.connect("localhost", {
      port: ports.smtp,
      user: alice.user,
      password: alice.password,
      caCerts,
    });
    const { accepted, refused, reply } = await login.sendmail(FROM, [
      "alice@tulip.test",
      "nobody@tulip.test",
      "later@defer.test",
      "bob@tulip.test",
    ], MESSAGE);
    assert.deepEqual(accepted.map(({ recipient }) => recipient), [
      "alice@tulip.test",
      "bob@tulip.test",
    ]);
    assert.deepEqual(refused.map(({ recipient, code }) => [recipient, code]), [
      ["nobody@tulip.test", 550],
      ["later@defer.test", 450],
    ]);
    assert.equal(refused[0]?.enhancedCode, "5.1.1");
    assert.match(reply.text, /queued as/);
    await login.quit();
    for (const user of ["alice", "bob"]) {
      const [mail] = await server.mails(user);
      assert.equal(delivered(mail), MESSAGE + "\n");
    }
  });

  await context.step("without PIPELINING the same arrives", async () => {
    await using smtp = await connectAs(server, { pipelining: false });
    await smtp.sendmail(FROM, "carol@tulip.test", new TextEncoder().encode(MESSAGE));
    assert.equal(delivered((await server.mails("carol"))[0]), MESSAGE + "\n");
  });

  await context.step("a server without any extension", async () => {
    await using smtp = await SMTP.connect("127.0.0.1", { port: ports.bare });
    await smtp.sendmail(FROM, "alice@tulip.test", `${HEADER}Subject: bare\n\nx\n`);
    assert.equal(smtp.esmtpFeatures.size, 0);
    await server.mails("alice", 2);
    const utf8 = smtp.sendmail(FROM, "alice@tulip.test", "Grüße");
    await assert.rejects(async () => await utf8, SMTPNotSupportedError);
    await assert.rejects(smtp.sendmail(FROM, "bøb@tülip.test", "x"), SMTPNotSupportedError);
    await assert.rejects(smtp.starttls({ caCerts }), SMTPNotSupportedError);
    await assert.rejects(smtp.login("alice", "secret"), SMTPNotSupportedError);
  });

  await context.step("STARTTLS and AUTH on the submission port", async () => {
    await using smtp = new SMTP({ caCerts });
    await smtp.connect("localhost", ports.submission);
    const refused = smtp.sendmail(FROM, "alice@tulip.test", MESSAGE);
    const error = await refused.then(() => undefined, (error) => error);
    assert.ok(error instanceof SMTPSenderRefused);
    assert.deepEqual([error.code, error.enhancedCode], [530, "5.7.0"]);
    assert.match(error.message, /Call starttls\(\) first/);
    await smtp.starttls();
    assert.equal((await smtp.login(alice.user, alice.password)).code, 235);
    await smtp.sendmail(FROM, "someone@catch.test", MESSAGE);
    assert.equal(delivered((await server.mails("catchall"))[0]), MESSAGE + "\n");
  });

  await context.step("SMTPS, and a user whose name and password are not ASCII", async () => {
    const umlauts = users.find(({ user }) => /[^a-z]/.test(user));
    assert.ok(umlauts);
    await using smtp = await SMTP_SSL.connect("localhost", {
      port: ports.smtps,
      user: umlauts.user,
      password: umlauts.password,
      caCerts,
    });
    await smtp.sendmail(FROM, "someone@catch.test", MESSAGE);
    await server.mails("catchall", 2);
  });

  await context.step("UTF-8 in addresses, header and body", async () => {
    await using smtp = await connectAs(server);
    const message = `${HEADER}Subject: Grüße\n\nÄÖÜ\n`;
    await smtp.sendmail("ännchen@tülip.test", "bøb@tülip.test", message);
    const [mail] = await server.mails("boeb");
    assert.equal(delivered(mail), message);
  });

  await context.step("a stream of megabytes arrives whole", async () => {
    await using smtp = await connectAs(server);
    const line = ".".repeat(70) + "\n";
    const stream = new Blob(["From: Ann\nSubject: large\n\n", line.repeat(60_000)]).stream();
    await smtp.sendmail(FROM, "carol@tulip.test", stream);
    const mails = (await server.mails("carol", 2)).map((mail) => new TextDecoder().decode(mail));
    assert.ok(mails.some((text) => text.endsWith("\n\n" + line.repeat(60_000))));
  });

  await context.step(
    "mails that wait in line all arrive, also where pipelining is policed",
    async () => {
      const before = (await server.mails("catchall", 2)).length;
      for (const [index, port] of [ports.smtp, ports.strict].entries()) {
        await using smtp = await SMTP.connect("127.0.0.1", { port });
        const results = await Promise.all(Array.from({ length: 50 }, (_, number) => {
          const to = `one${number}@${number % 10 === 9 ? "elsewhere" : "catch"}.test`;
          const text = `${HEADER}Subject: line ${index}\n\nnumber ${number}\n`;
          return smtp.sendmail(FROM, to, text).then(() => "taken", (error) => error.name);
        }));
        assert.deepEqual(
          results,
          Array.from({ length: 50 }, (_, n) => n % 10 === 9 ? "SMTPRecipientsRefused" : "taken"),
        );
        const mails = await server.mails("catchall", before + 45 * (index + 1));
        const numbers = mails.map((mail) => delivered(mail))
          .filter((text) => text.includes(`Subject: line ${index}\n`))
          .map((text) => Number(/number (\d+)/.exec(text)?.[1]));
        assert.deepEqual(
          numbers.sort((a, b) => a - b),
          Array.from({ length: 50 }, (_, n) => n).filter((n) => n % 10 !== 9),
        );
      }
    },
  );

  await context.step("refusals leave the session in order", async () => {
    await using smtp = await SMTP.connect("localhost", { port: ports.smtp });
    const relay = await smtp.sendmail(FROM, "eve@elsewhere.test", MESSAGE)
      .then(() => undefined, (error) => error);
    assert.ok(relay instanceof SMTPRecipientsRefused);
    assert.equal(relay.recipients[0]?.code, 554);
    assert.match(relay.message, /call login\(\) first/);

    const huge = smtp.sendmail(FROM, "alice@tulip.test", new Blob(["x"]).stream(), {
      size: 2 ** 40,
    });
    const tooLarge = await huge.then(() => undefined, (error) => error);
    assert.ok(tooLarge instanceof SMTPSenderRefused);
    assert.deepEqual([tooLarge.code, tooLarge.enhancedCode], [552, "5.3.4"]);
    assert.match(tooLarge.message, /larger than the server takes/);

    await smtp.sendmail(FROM, ["nobody@tulip.test", "alice@tulip.test"], MESSAGE);
    assert.equal((await smtp.vrfy("alice@tulip.test")).code, 252);
    assert.equal((await smtp.noop()).code, 250);
    await server.mails("alice", 3);
  });

  await context.step(
    "a certificate for another host, and one that nobody vouches for",
    async () => {
      for (
        const [port, options, reason] of [
          [ports.wrongHost, { caCerts }, "wrong-host"],
          [ports.smtp, {}, "unknown-issuer"],
        ] as const
      ) {
        const connecting = SMTP.connect("localhost", { port, starttls: true, ...options });
        const error = await connecting.then(() => undefined, (error) => error);
        assert.ok(error instanceof SSLCertVerificationError, String(error));
        assert.equal(error.reason, reason);
      }
      const connecting = SMTP_SSL.connect("127.0.0.2", {
        port: ports.smtps,
        connectTimeout: 5_000,
      });
      await assert.rejects(connecting);
    },
  );

  await context.step("bare newlines never reach a server that refuses them", async () => {
    await using smtp = await SMTP.connect("127.0.0.1", { port: ports.strict });
    const nasty =
      "From: Ann\rSubject: strict\n\r\na\n.\nMAIL FROM:<eve@example.org>\r.\rQUIT\r\n.\n";
    await smtp.sendmail(FROM, "alice@tulip.test", nasty);
    const mails = await server.mails("alice", 4);
    const texts = mails.map((mail) => new TextDecoder().decode(mail));
    assert.ok(
      texts.some((text) => text.includes("a\n.\nMAIL FROM:<eve@example.org>\n.\nQUIT\n.\n")),
    );
    assert.equal((await smtp.noop()).code, 250);
  });
});

async function connectAs(
  { ports, users: [user], ca }: Postfix,
  options: { pipelining?: boolean } = {},
): Promise<SMTP> {
  return await SMTP.connect("localhost", {
    port: ports.smtp,
    user: user?.user,
    password: user?.password,
    caCerts: [ca],
    ...options,
  });
}

interopTest("smtplib and smtp-sink that refuses", { needs: ["smtp-sink"] }, async () => {
  await using atData = await startSmtpSink({ args: ["-r", "data"] });
  await using smtp = await SMTP.connect(atData.hostname, { port: atData.port });
  const soft = await smtp.sendmail(FROM, "bob@example.org", "x")
    .then(() => undefined, (error) => error);
  assert.ok(soft instanceof SMTPDataError);
  assert.equal(soft.code, 450);
  assert.match(soft.message, /temporary: try again later/);
  assert.equal((await smtp.noop()).code, 250);

  await using atEnd = await startSmtpSink({ args: ["-f", "."] });
  await using other = await SMTP.connect(atEnd.hostname, { port: atEnd.port });
  const hard = await other.sendmail(FROM, "bob@example.org", "x")
    .then(() => undefined, (error) => error);
  assert.ok(hard instanceof SMTPDataError);
  assert.equal(hard.code, 500);
  assert.equal((await other.noop()).code, 250);
});

interopTest("smtplib and aiosmtpd", { needs: ["aiosmtpd", "python3"] }, async () => {
  const port = freePorts(1);
  const server = new Deno.Command(pathOf("python3"), {
    args: ["-c", AIOSMTPD, String(port)],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const lines = linesOf(server.stdout);
  try {
    assert.equal((await lines.next()).value, "ready");
    await using smtp = await SMTP.connect("127.0.0.1", {
      port,
      user: "ünï",
      password: "pässwörd",
      allowInsecureAuth: true,
    });
    const { accepted, refused } = await smtp.sendmail(
      FROM,
      ["bob@example.org", "refused@example.org", "jürgen@example.org"],
      "Subject: Grüße\n\n.dot\n\nlast line",
    );
    assert.equal(accepted.length, 2);
    assert.deepEqual(refused.map(({ recipient, code, text }) => [recipient, code, text]), [
      ["refused@example.org", 550, "not him"],
    ]);
    const seen = JSON.parse((await lines.next()).value ?? "null");
    assert.deepEqual(seen, {
      from: FROM,
      to: ["bob@example.org", "jürgen@example.org"],
      content: "Subject: Grüße\r\n\r\n.dot\r\n\r\nlast line\r\n",
      options: ["BODY=8BITMIME", "SMTPUTF8"],
    });
    assert.equal((await smtp.login("ünï", "pässwörd")).code, 503, "logged in already");

    // Not at Postfix: its judge takes ten seconds over a wrong password.
    const wrong = SMTP.connect("127.0.0.1", {
      port,
      user: "ünï",
      password: "wrong one",
      allowInsecureAuth: true,
    });
    const error = await wrong.then(() => undefined, (error) => error);
    assert.ok(error instanceof SMTPAuthenticationError);
    assert.deepEqual([error.code, error.enhancedCode, error.command], [535, "5.7.8", "AUTH LOGIN"]);
    assert.doesNotMatch(error.message, /wrong one/);
  } finally {
    await server.stdin.close();
    await lines.return();
    await server.status;
  }
});

async function* linesOf(bytes: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
  let text = "";
  for await (const piece of bytes.pipeThrough(new TextDecoderStream())) {
    const lines = (text + piece).split("\n");
    text = lines.pop() ?? "";
    yield* lines;
  }
}

const AIOSMTPD = `
import json, sys
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("refused"):
            return "550 not him"
        envelope.rcpt_tos.append(address)
        return "250 OK"
    async def handle_DATA(self, server, session, envelope):
        options = [o for o in envelope.mail_options if not o.startswith("SIZE")]
        print(json.dumps({"from": envelope.mail_from, "to": envelope.rcpt_tos, "options": options,
                          "content": envelope.content.decode("utf-8")}), flush=True)
        return "250 OK"

def authenticate(server, session, envelope, mechanism, data):
    right = data.login == "ünï".encode() and data.password == "pässwörd".encode()
    return AuthResult(success=right, handled=False)

controller = Controller(Handler(), hostname="127.0.0.1", port=int(sys.argv[1]), enable_SMTPUTF8=True,
                        authenticator=authenticate, auth_require_tls=False)
controller.start()
print("ready", flush=True)
sys.stdin.read()
controller.stop()
`;
