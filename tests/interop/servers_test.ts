import assert from "node:assert/strict";
import { absence, installed } from "./servers/installed.ts";
import { interopTest } from "./interop.ts";
import { startProftpd } from "./servers/proftpd.ts";
import { startPureFtpd } from "./servers/pure_ftpd.ts";
import { startPyftpdlib } from "./servers/pyftpdlib.ts";
import { startVsftpd } from "./servers/vsftpd.ts";
import { type Postfix, startPostfix } from "./servers/postfix.ts";
import { startSmtpSink } from "./servers/smtp_sink.ts";
import type { FtpServer } from "./servers/ftp_server.ts";
import { mustRun, run } from "./servers/run.ts";

/** Uploads and downloads by curl, and looks at what lies in the server's folder. */
async function moveFilesByCurl(server: FtpServer, ...options: string[]): Promise<void> {
  const scheme = options.includes("--implicit") ? "ftps" : "ftp";
  const url = `${scheme}://tulip:secret@localhost:${server.port}`;
  const curl = ["curl", "-sS", "--cacert", server.caFile, "--tls-max", "1.2"];
  curl.push(...options.filter((option) => option !== "--implicit"));

  const text = "All is well.\r\n\0\xff".repeat(1000);
  await mustRun([...curl, "-T", "-", `${url}/pub/up.bin`], { stdin: text });
  assert.equal(await Deno.readTextFile(`${server.root}/pub/up.bin`), text);
  assert.equal(await mustRun([...curl, `${url}/pub/up.bin`]), text);
  assert.match(await mustRun([...curl, "--list-only", `${url}/pub/`]), /^up\.bin\r?$/m);
}

interopTest("vsftpd serves files", { needs: ["vsftpd", "curl"] }, async () => {
  await using server = await startVsftpd();
  await moveFilesByCurl(server);
  assert.match(await server.log(), /OK LOGIN/);

  const refused = await run(["curl", "-sS", `ftp://tulip:wrong@localhost:${server.port}`]);
  assert.equal(refused.code, 67, "curl's exit code for a refused login");
});

interopTest("a server that cannot start says why", { needs: ["vsftpd"] }, async () => {
  await assert.rejects(
    startVsftpd({ config: { no_such_setting: "YES" } }),
    /vsftpd ended with .*no_such_setting/s,
  );
});

interopTest("vsftpd logs in by libpam-wrapper", { needs: ["vsftpd", "curl"] }, async () => {
  await using server = await startVsftpd({ pam: "pam-wrapper" });
  assert.equal(server.pam, "pam-wrapper");
  await moveFilesByCurl(server);
  const refused = await run(["curl", "-sS", `ftp://tulip:wrong@localhost:${server.port}`]);
  assert.equal(refused.code, 67, "curl's exit code for a refused login");
});

interopTest("vsftpd speaks TLS", { needs: ["vsftpd", "curl"] }, async () => {
  await using explicit = await startVsftpd({ mode: "tls" });
  await moveFilesByCurl(explicit, "--ssl-reqd");
  await using implicit = await startVsftpd({ mode: "implicit-reuse" });
  await moveFilesByCurl(implicit, "--implicit");
});

interopTest("ProFTPD serves files", { needs: ["proftpd", "curl"] }, async () => {
  await using server = await startProftpd();
  await moveFilesByCurl(server);
  await moveFilesByCurl(server, "--ssl-reqd");
  await moveFilesByCurl({ ...server, port: server.implicitPort }, "--implicit");
});

interopTest("Pure-FTPd serves files", { needs: ["pure-ftpd", "curl"] }, async () => {
  await using server = await startPureFtpd();
  await moveFilesByCurl(server);
  await moveFilesByCurl(server, "--ssl-reqd");
});

interopTest("pyftpdlib serves files", { needs: ["pyftpdlib", "curl"] }, async () => {
  await using server = await startPyftpdlib();
  await moveFilesByCurl(server);
});

/** Sends one mail by swaks; returns all it has said. */
async function swaks(server: Postfix, port: number, ...args: string[]): Promise<string> {
  const { stdout, stderr } = await run([
    "swaks",
    "--server",
    `127.0.0.1:${port}`,
    "--helo",
    "client.test",
    "--from",
    "sender@example.org",
    "--tls-verify",
    "--tls-ca-path",
    server.caFile,
    ...args,
  ]);
  return stdout + stderr;
}

interopTest("Postfix takes, judges and delivers mail", {
  needs: ["postfix", "dovecot", "swaks"],
}, async () => {
  await using server = await startPostfix();
  const { ports } = server;
  const alice = ["--to", "alice@tulip.test"];
  const login = ["--auth", "PLAIN", "--auth-user", "alice", "--auth-password", "secret"];
  const queued = /^<[~-]\s+250 2\.0\.0 Ok: queued/m;

  assert.match(await swaks(server, ports.smtp, ...alice, "--body", "one"), queued);
  assert.match(await swaks(server, ports.smtp, ...alice, "-tls"), queued);
  assert.match(await swaks(server, ports.smtps, ...alice, "-tlsc", ...login), queued);
  assert.match(await swaks(server, ports.submission, ...alice, "-tls", ...login), queued);
  assert.match(await swaks(server, ports.bare, ...alice), /^<- +250 mail\.tulip\.test$[^]*queued/m);
  assert.match(await swaks(server, ports.strict, ...alice), queued);
  const mails = await server.mails("alice", 6);
  assert.equal(mails.length, 6);
  const texts = mails.map((mail) => new TextDecoder().decode(mail));
  assert.equal(texts.filter((text) => /^one$/m.test(text)).length, 1);

  const wrong = login.with(-1, "wrong");
  assert.match(await swaks(server, ports.submission, ...alice, "-tls", ...wrong), /535 5\.7\.8/);
  assert.match(await swaks(server, ports.submission, ...alice), /530 5\.7\.0 Must issue/);
  assert.match(await swaks(server, ports.smtp, "--to", "nobody@tulip.test"), /550 5\.1\.1/);
  assert.match(await swaks(server, ports.smtp, "--to", "a@elsewhere.test"), /554 5\.7\.1/);
  assert.match(await swaks(server, ports.smtp, "--to", "a@defer.test"), /450 4\.0\.0/);
  assert.match(await server.log(), /status=sent \(delivered to maildir\)/);
});

interopTest("smtp-sink takes mail", { needs: ["smtp-sink", "smtp-source"] }, async () => {
  await using server = await startSmtpSink();
  const { hostname, port } = server;
  const mails = ["-m", "20", "-f", "a@example.org", "-t", "b@example.org"];
  await mustRun(["/usr/sbin/smtp-source", ...mails, `${hostname}:${port}`]);
});

Deno.test("an interop test needs what is there, and says what is not", () => {
  assert.equal(absence("curl"), installed("curl") ? undefined : "curl is not installed");
});
