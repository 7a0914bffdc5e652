import assert from "node:assert/strict";
import { run } from "../../loop/runners.ts";
import { createTask } from "../../loop/tasks.ts";
import { CancelledError, TimeoutError } from "../../loop/exceptions.ts";
import { timeout } from "../../loop/timeouts.ts";
import { openConnection } from "../../net/streams/connect.ts";
import { ConnectionError, SSLCertVerificationError } from "../../net/errors.ts";
import { ErrorPerm, FTP } from "../../stdlib/ftplib/mod.ts";
import { SMTP, SMTP_SSL } from "../../stdlib/smtplib/mod.ts";
import type { Addresses, IdentityName } from "./peers.ts";

/** What a client does on the old Deno. `run.ts` starts the peers and says where they are. */
const peers: Addresses = JSON.parse(Deno.env.get("TULIP_PEERS") ?? "null") ??
  fail("Run these tests by `deno task compat`");
const HOST = "127.0.0.1";
const HELLO = new TextEncoder().encode("Hello, old Deno.");

Deno.test("FTP: list, download, resume, upload, rename, delete", async () => {
  await using ftp = await FTP.connect(HOST, { port: peers.ftp, user: "old" });
  const names = (await ftp.mlsd("/")).map(({ name }) => name).sort();
  assert.deepEqual(names, ["big.bin", "hello.txt"]);
  assert.deepEqual(await ftp.download("/hello.txt"), HELLO);
  assert.deepEqual(await ftp.download("/hello.txt", { offset: 7 }), HELLO.subarray(7));
  assert.equal((await ftp.download("/big.bin")).length, 3_000_000);
  await ftp.upload("/up.txt", HELLO);
  await ftp.rename("/up.txt", "/renamed.txt");
  assert.equal(await ftp.size("/renamed.txt"), HELLO.length);
  await ftp.delete("/renamed.txt");
  await assert.rejects(ftp.size("/renamed.txt"), ErrorPerm);
});

Deno.test("FTP: a download is broken off by a signal, a cancellation and a timeout", async () => {
  await run(async () => {
    await using ftp = await FTP.connect(HOST, { port: peers.ftp, user: "old" });
    const reason = new Error("enough");
    const controller = new AbortController();
    await assert.rejects(async () => {
      for await (const _ of ftp.download("/big.bin", { signal: controller.signal })) {
        controller.abort(reason);
      }
    }, reason);
    assert.equal(await ftp.pwd(), "/");

    const task = createTask(async () => {
      for await (const _ of ftp.download("/big.bin")) task.cancel();
    });
    await assert.rejects(async () => await task, CancelledError);
    assert.equal(await ftp.pwd(), "/");

    await assert.rejects(
      async () =>
        await timeout(60_000, async (limit) => {
          for await (const _ of ftp.download("/big.bin")) limit.reschedule(0);
        }),
      TimeoutError,
    );
    assert.deepEqual(await ftp.download("/hello.txt"), HELLO);
  });
});

Deno.test("SMTP: a mail to two recipients", async () => {
  await using smtp = await SMTP.connect(HOST, { port: peers.smtp });
  const { accepted } = await smtp.sendmail(
    "a@example.org",
    ["b@example.org", "c@example.org"],
    "Subject: from an old Deno\r\n\r\nGood evening.\r\n",
  );
  assert.deepEqual(accepted.map(({ recipient }) => recipient), ["b@example.org", "c@example.org"]);
});

for (const way of ["starttls", "implicitTls"] as const) {
  Deno.test(`SMTP: ${way}, log in, send`, async () => {
    const Client = way === "starttls" ? SMTP : SMTP_SSL;
    await using smtp = await Client.connect("localhost", {
      port: peers.dialogues[way],
      caCerts: peers.caCerts.good,
      localHostname: "old.example",
      user: "me",
      password: "secret",
    });
    assert.equal(smtp.tls, true);
    const { reply } = await smtp.sendmail("a@b.c", "d@e.f", "Subject: x\r\n\r\n");
    assert.equal(reply.text, "Queued");
  });
}

Deno.test("TLS: the good certificate holds, each of the others is refused by its reason", async () => {
  const reasons: Record<Exclude<IdentityName, "good">, string> = {
    wrongHost: "wrong-host",
    expired: "expired",
    selfSigned: "ca-as-leaf",
    unknownIssuer: "unknown-issuer",
  };
  const tls = (name: IdentityName) =>
    openConnection("localhost", peers.tls[name], { tls: true, caCerts: peers.caCerts[name] });

  await using connection = await tls("good");
  assert.equal(await connection.reader.nextLine(), "220 encrypted");
  for (const [name, reason] of Object.entries(reasons)) {
    await assert.rejects(tls(name as IdentityName), (error) => {
      assert.ok(error instanceof SSLCertVerificationError, Deno.inspect(error));
      assert.equal(error.reason, reason);
      return true;
    });
  }
});

Deno.test("a connection that is reset says so", async () => {
  await using connection = await openConnection(HOST, peers.reset, {});
  const { reader, writer } = connection;
  assert.equal(await reader.nextLine(), "220 Hi");
  writer.write("NOOP\r\n");
  await assert.rejects(async () => await reader.nextLine(), (error) => {
    assert.ok(error instanceof ConnectionError, Deno.inspect(error));
    assert.equal(error.code, "ECONNRESET");
    return true;
  });
});

function fail(message: string): never {
  throw new Error(message);
}
