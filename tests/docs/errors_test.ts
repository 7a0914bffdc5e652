import * as nodeNet from "node:net";
import * as nodeTls from "node:tls";
import { FTP, FTPServer } from "../../stdlib/ftplib/mod.ts";
import { SMTP, SMTP_SSL } from "../../stdlib/smtplib/mod.ts";
import { SMTPServer } from "../../stdlib/smtpd/mod.ts";
import { certificates, type Identity } from "../peers/certs.ts";
import { isShown, UNRESOLVABLE } from "./errors_page.ts";

/** A server for TLS from the first byte that greets as SMTP servers do. */
async function tlsServer({ cert, key }: Identity) {
  const server = nodeTls.createServer({ cert, key }, (socket) => {
    socket.on("error", () => {});
    socket.write("220 ready\r\n");
  });
  server.on("tlsClientError", () => {});
  return await listening(server);
}

async function listening(server: nodeNet.Server) {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const { port } = server.address() as nodeNet.AddressInfo;
  return {
    port,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

Deno.test("The errors page shows what a connection that fails says", async (t) => {
  await t.step("an unreachable host", async () => {
    const gone = await listening(nodeNet.createServer());
    await gone[Symbol.asyncDispose]();
    await isShown(() => FTP.connect("127.0.0.1", { port: gone.port }));
    await isShown(() => SMTP.connect(UNRESOLVABLE, { port: 25 }));
  });
  await t.step("TLS on a plain port", async () => {
    await using server = await SMTPServer.start();
    await isShown(() => SMTP_SSL.connect("127.0.0.1", { port: server.port }));
  });
});

Deno.test("The errors page shows what certificates that do not hold say", async (t) => {
  const made = await certificates();
  for (const name of ["unknownIssuer", "wrongHost", "expired", "selfSigned"] as const) {
    await t.step(name, async () => {
      const identity = made[name];
      await using server = await tlsServer(identity);
      const { caCerts } = identity;
      await isShown(() => SMTP_SSL.connect("localhost", { port: server.port, caCerts }));
    });
  }
});

Deno.test("The errors page shows refused passwords and a refused STARTTLS", async () => {
  await using ftp = await FTPServer.start({ users: { ann: { password: "right" } } });
  await isShown(() => FTP.connect("127.0.0.1", { port: ftp.port, user: "ann", password: "wrong" }));
  await using smtp = await SMTPServer.start({
    authenticate: (_user, password) => password === "right",
    allowInsecureAuth: true,
  });
  const { port } = smtp;
  await isShown(() =>
    SMTP.connect("127.0.0.1", { port, user: "ann", password: "wrong", allowInsecureAuth: true })
  );
  await isShown(() => SMTP.connect("127.0.0.1", { port, user: "ann", password: "right" }));
  await isShown(() => SMTP.connect("127.0.0.1", { port, starttls: true }));
});

Deno.test("The errors page shows arguments that would be injected", async () => {
  await using files = await FTPServer.start({ files: {} });
  await using ftp = await FTP.connect("127.0.0.1", { port: files.port, user: "anonymous" });
  await isShown(() => ftp.cwd("folder\r\nDELE report.txt"));
  await isShown(() => ftp.delete("report.txt\0.bak"));
  await using post = await SMTPServer.start();
  await using smtp = await SMTP.connect("127.0.0.1", { port: post.port });
  await isShown(() =>
    smtp.sendmail("a@example.org", ["b@example.org>\r\nRCPT TO:<c@example.org"], "Hello")
  );
});

Deno.test("The errors page shows a file that is missing and a server that says nothing", async () => {
  await using files = await FTPServer.start({ files: {} });
  await using ftp = await FTP.connect("127.0.0.1", { port: files.port, user: "anonymous" });
  await isShown(async () => await ftp.download("/report.txt"));

  const mute = await listening(
    nodeNet.createServer((socket) => {
      socket.on("error", () => {}).resume().on("end", () => socket.end());
    }),
  );
  await using _ = mute;
  await isShown(() => FTP.connect("127.0.0.1", { port: mute.port, timeout: 50 }));
});
