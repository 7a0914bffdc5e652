/**
 * No secret reaches a wire log, on either side, whatever way it is said.
 *
 * @module
 */

import assert from "node:assert/strict";
import { MemoryNetwork } from "../../net/memory.ts";
import { wireLogTo } from "../../net/wire_log.ts";
import { FTPServer } from "../../stdlib/ftplib/server.ts";
import { FTP } from "../../stdlib/ftplib/client.ts";
import { SMTPServer } from "../../stdlib/smtpd/server.ts";
import { SMTP } from "../../stdlib/smtplib/client.ts";
import { RawClient } from "./_server/raw_client.ts";

const USER = "ada@example.org";
const PASSWORD = "correct horse battery";
const encode = (text: string) => btoa(text);
/** Every form in which it travels. */
const SECRETS = [
  PASSWORD,
  "horse",
  encode(PASSWORD),
  encode(USER),
  encode(`\0${USER}\0${PASSWORD}`),
];

interface Logs {
  readonly client: string[];
  readonly server: string[];
}

function logTo(lines: string[]) {
  return wireLogTo((line) => lines.push(line.replace(/^[\d:.]{12} #\d+ /, "")), {
    maxLength: 1_000_000,
  });
}

function assertMasked({ client, server }: Logs): void {
  for (const [side, lines] of Object.entries({ client, server })) {
    const log = lines.join("\n");
    for (const secret of SECRETS) assert.ok(!log.includes(secret), `${side}: ${log}`);
  }
}

async function smtp(body: (place: SmtpPlace) => Promise<void>): Promise<Logs> {
  const network = new MemoryNetwork();
  const [client, server]: string[][] = [[], []];
  {
    await using serving = await SMTPServer.start({
      listen: network.listen,
      allowInsecureAuth: true,
      authenticate: (user, password) => Promise.resolve(user === USER && password === PASSWORD),
      wireLog: logTo(server!),
    });
    await body({
      serving,
      options: {
        port: serving.port,
        dial: network.dial,
        allowInsecureAuth: true,
        wireLog: logTo(client!),
      },
    });
  }
  return { client: client!, server: server! };
}

interface SmtpPlace {
  serving: SMTPServer;
  options: {
    port: number;
    dial: MemoryNetwork["dial"];
    allowInsecureAuth: true;
    wireLog: ReturnType<typeof logTo>;
  };
}

Deno.test("smtplib and smtpd: AUTH PLAIN at once", async () => {
  const logs = await smtp(async ({ serving, options }) => {
    await using session = await SMTP.connect(serving.hostname, options);
    await session.login(USER, PASSWORD);
  });
  assertMasked(logs);
  for (const lines of [logs.client, logs.server]) {
    assert.ok(lines.includes("C: AUTH PLAIN ***"), lines.join("\n"));
    assert.ok(lines.includes("S: 235 2.7.0 Logged in"));
  }
});

Deno.test("smtplib and smtpd: AUTH PLAIN when asked, and a wrong password", async () => {
  const logs = await smtp(async ({ serving, options }) => {
    await using session = await SMTP.connect(serving.hostname, options);
    await assert.rejects(session.login(USER, `${PASSWORD} staple`, { initialResponseOk: false }));
    await session.login(USER, PASSWORD, { initialResponseOk: false });
    await session.noop();
  });
  assertMasked(logs);
  for (const lines of [logs.client, logs.server]) {
    assert.deepEqual(lines.slice(lines.lastIndexOf("C: AUTH PLAIN")).slice(0, 6), [
      "C: AUTH PLAIN",
      "S: 334 ",
      "C: ***",
      "S: 235 2.7.0 Logged in",
      "C: NOOP",
      "S: 250 2.0.0 OK",
    ]);
  }
});

Deno.test("smtplib and smtpd: AUTH LOGIN", async () => {
  const logs = await smtp(async ({ serving, options }) => {
    await using session = await SMTP.connect(serving.hostname, options);
    await session.ehlo();
    let asked = 0;
    await session.auth("LOGIN", () => asked++ === 0 ? USER : PASSWORD, {
      initialResponseOk: false,
    });
  });
  assertMasked(logs);
  for (const lines of [logs.client, logs.server]) {
    const from = lines.indexOf("C: AUTH LOGIN");
    assert.deepEqual(lines.slice(from, from + 6), [
      "C: AUTH LOGIN",
      "S: 334 VXNlcm5hbWU6",
      "C: ***",
      "S: 334 UGFzc3dvcmQ6",
      "C: ***",
      "S: 235 2.7.0 Logged in",
    ]);
  }
});

Deno.test("smtpd: a login that comes in one piece, cut off, too long, or where there is none", async () => {
  const raws = [
    `EHLO x\r\nAUTH LOGIN\r\n${encode(USER)}\r\n${encode(PASSWORD)}\r\nQUIT\r\n`,
    `EHLO x\r\nauth  plain  ${encode(`\0${USER}\0${PASSWORD}`)}\r\nQUIT\r\n`,
    `EHLO x\r\nAUTH LOGIN\r\n${encode(USER)}\r\n${encode(PASSWORD)}`,
    `EHLO x\r\nAUTH PLAIN ${"A".repeat(100_000)}${encode(PASSWORD)}\r\nQUIT\r\n`,
    `EHLO x\r\nAUTH PLAIN\r\n${"A".repeat(100_000)}${encode(PASSWORD)}\r\nQUIT\r\n`,
    `AUTH PLAIN ${encode(`\0${USER}\0${PASSWORD}`)}\r\nQUIT\r\n`,
  ];
  for (const raw of raws) {
    const logs = await smtp(async ({ serving, options }) => {
      await using client = await RawClient.greeted(serving, options);
      client.send(raw);
      client.connection.writer.writeEof();
      while (await client.reply() !== null);
    });
    assertMasked(logs);
  }
});

Deno.test("ftplib and the FTP server: USER, PASS, and a wrong password", async () => {
  const network = new MemoryNetwork();
  const [client, server]: string[][] = [[], []];
  {
    await using serving = await FTPServer.start({
      listen: network.listen,
      users: { ada: { password: PASSWORD } },
      files: { "a.txt": "file" },
      wireLog: logTo(server!),
    });
    const options = { port: serving.port, dial: network.dial, wireLog: logTo(client!) };
    await assert.rejects(
      FTP.connect(serving.hostname, { ...options, user: "ada", password: `${PASSWORD}!` }),
    );
    await using ftp = await FTP.connect(serving.hostname, {
      ...options,
      user: "ada",
      password: PASSWORD,
    });
    assert.equal((await ftp.download("a.txt")).length, 4);
    await using raw = await RawClient.greeted(serving, { dial: network.dial });
    raw.send(
      `PASS ${"horse ".repeat(20_000)}\r\n  pass ${PASSWORD}\r\nACCT ${PASSWORD}\r\nQUIT\r\n`,
    );
    while (await raw.reply() !== null);
  }
  assertMasked({ client: client!, server: server! });
  for (const lines of [client!, server!]) {
    assert.equal(lines.filter((line) => line === "C: PASS ***").length >= 2, true);
    assert.ok(lines.includes("C: USER ada"));
  }
  assert.ok(client!.includes("S: file"), client!.join("\n"));
});
