import assert from "node:assert/strict";
import { heapUsed } from "../peers/heap.ts";
import { run } from "../../loop/runners.ts";
import { allTasks } from "../../loop/tasks.ts";
import { dialTcp } from "../../net/tcp/tcp.ts";
import { FTP } from "../../stdlib/ftplib/client.ts";
import { FTPServer } from "../../stdlib/ftplib/server.ts";
import { SMTP } from "../../stdlib/smtplib/client.ts";
import { SMTPServer } from "../../stdlib/smtpd/server.ts";

/** What the process holds open, where the system shows it. */
function openFiles(): number {
  if (Deno.build.os !== "linux") return 0;
  return [...Deno.readDirSync("/proc/self/fd")].length;
}

/** Waits until no more than `limit` files are open, or for two seconds. */
async function openFilesSettle(limit: number): Promise<number> {
  for (let wait = 0; wait < 200 && openFiles() > limit; wait++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return openFiles();
}

/** Does one thing 2,000 times, and finds what each time leaves behind. */
async function again(once: (index: number) => Promise<void>): Promise<void> {
  await run(async () => {
    let files = 0;
    let heap = 0;
    for (let index = 0; index < 2_000; index++) {
      // The first rounds fill caches, and open files of the system's own.
      if (index === 200) {
        files = await openFilesSettle(0);
        heap = heapUsed();
      }
      await once(index);
    }
    const filesAfter = await openFilesSettle(files);
    assert.ok(filesAfter <= files, `${filesAfter - files} files are open that were not before`);
    // A connection that leaks costs its buffers at least, 16 KiB and more.
    const grown = (heapUsed() - heap) / 1_800;
    assert.ok(grown < 1_024, `each time leaves ${Math.round(grown)} bytes`);
    assert.equal(allTasks().size, 1);
  });
}

Deno.test("2,000 SMTP sessions, one after the other, leave nothing behind", async () => {
  const addresses: string[] = [];
  await using server = await SMTPServer.start({
    onMessage: (envelope) => {
      for (const { address } of envelope.recipients) addresses.push(address);
    },
  });
  await again(async (index) => {
    await using smtp = await SMTP.connect(server.hostname, { port: server.port });
    await smtp.sendmail("a@example.org", `${index}@example.org`, "Subject: x\r\n\r\nx\r\n");
  });
  assert.equal(addresses.length, 2_000);
});

Deno.test("2,000 FTP sessions, each with a download, leave nothing behind", async () => {
  const body = new TextEncoder().encode("x".repeat(1_000));
  await using server = await FTPServer.start({ files: { "/x.txt": body } });
  await again(async () => {
    await using ftp = await FTP.connect(server.hostname, { port: server.port, user: "tulip" });
    assert.equal((await ftp.download("/x.txt")).length, 1_000);
  });
});

Deno.test("2,000 FTP sessions that are dropped without a word leave nothing behind", async () => {
  const body = new Uint8Array(200_000);
  await using server = await FTPServer.start({ files: { "/x.bin": body } });
  await again(async (index) => {
    const ftp = await FTP.connect(server.hostname, { port: server.port, user: "tulip" });
    if (index % 2 === 0) {
      for await (const _ of ftp.download("/x.bin")) break;
    }
    ftp.close();
  });
});

Deno.test("4,000 dials, given up at every moment, leave no connection open", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  const serving = (async () => {
    for await (const conn of listener) {
      open.add(conn);
      conn.read(new Uint8Array(1)).catch(() => {}).then(() => {
        open.delete(conn);
        conn.close();
      });
    }
  })();
  const target = { hostname: "127.0.0.1", port: listener.addr.port };
  for (let index = 0; index < 4_000; index++) {
    const controller = new AbortController();
    const dialled = dialTcp(target, { signal: controller.signal });
    const late = index % 2 ? turns(index % 40) : later(index % 3);
    late.then(() => controller.abort("enough"));
    try {
      (await dialled).close();
    } catch (error) {
      if (error !== "enough") throw error;
    }
    await late;
  }
  for (let wait = 0; wait < 200 && open.size > 0; wait++) await later(10);
  assert.equal(open.size, 0);
  listener.close();
  await serving;
});

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function later(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
