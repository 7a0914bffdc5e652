import assert from "node:assert/strict";
import { openConnection } from "../../net/streams/connect.ts";
import { startServer } from "../../net/servers/server.ts";
import { certificates } from "../peers/certs.ts";
import { heapUsed } from "../peers/heap.ts";

const { good, client, otherName } = await certificates();
const { cert, key, caCerts } = good;

/** What the process holds open, where the system shows it. */
async function openFiles(limit: number): Promise<number> {
  const count = () => Deno.build.os === "linux" ? [...Deno.readDirSync("/proc/self/fd")].length : 0;
  for (let wait = 0; wait < 200 && count() > limit; wait++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return count();
}

/** Does one thing many times, and finds what each time leaves behind. */
async function again(times: number, once: (index: number) => Promise<void>): Promise<void> {
  const warm = times / 4;
  let files = 0;
  let heap = 0;
  for (let index = 0; index < times; index++) {
    if (index === warm) {
      files = await openFiles(0);
      heap = heapUsed();
    }
    await once(index);
  }
  assert.ok(await openFiles(files) <= files, "files are open that were not before");
  // A connection that leaks costs 40 KiB and more.
  const grown = (heapUsed() - heap) / (times - warm);
  assert.ok(grown < 2_048, `each time leaves ${Math.round(grown)} bytes`);
}

const WAYS = {
  "by Deno": {},
  "by node:tls": { details: true },
  "with a certificate of ours": { cert: client.cert, key: client.key },
};

for (const [way, options] of Object.entries(WAYS)) {
  Deno.test(`2,000 connections with TLS, one after the other, leave nothing behind: ${way}`, async () => {
    await using server = await startServer(
      async (reader, writer) => {
        const line = await reader.nextLine();
        writer.write(`you said ${line}\r\n`);
      },
      "127.0.0.1",
      0,
      { tls: { cert, key, clientCaCerts: caCerts, requestCert: "request" } },
    );
    await again(2_000, async (index) => {
      const given = { tls: true, caCerts, timeout: 10_000, ...options };
      await using connection = await openConnection("localhost", server.port, given);
      connection.writer.write(`${index}\r\n`);
      assert.equal(await connection.reader.nextLine(), `you said ${index}`);
      assert.equal(await connection.reader.nextLine(), null);
    });
  });
}

Deno.test("1,000 times STARTTLS, one after the other, leave nothing behind", async () => {
  await using server = await startServer(async (reader, writer) => {
    if (await reader.nextLine() !== "STARTTLS") return;
    writer.write("220 go ahead\r\n");
    await writer.startTls({ cert, key });
    writer.write(await reader.readline());
  });
  await again(1_000, async (index) => {
    await using connection = await openConnection("localhost", server.port, { timeout: 10_000 });
    connection.writer.write("STARTTLS\r\n");
    assert.equal(await connection.reader.nextLine(), "220 go ahead");
    await connection.startTls({ caCerts, details: index % 2 === 0 });
    connection.writer.write(`${index}\r\n`);
    assert.equal(await connection.reader.nextLine(), String(index));
  });
});

Deno.test("1,000 handshakes that fail leave nothing behind", async () => {
  await using server = await startServer(() => {}, "127.0.0.1", 0, {
    tls: { cert, key, alpnProtocols: ["imap"], sni: { "other.example": otherName } },
  });
  await again(1_000, async (index) => {
    const options = index % 2 === 0 ? { alpnProtocols: ["pop3"] } : { caCerts: [] };
    await assert.rejects(
      openConnection("localhost", server.port, {
        tls: true,
        caCerts,
        details: index % 4 < 2,
        timeout: 10_000,
        ...options,
      }),
      { name: /^SSL/ },
    );
  });
});
