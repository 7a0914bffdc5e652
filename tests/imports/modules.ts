/**
 * What a user can import by URL, what each may fetch for that, and something small and real to do
 * with it. In an action `module` is the module; what it prints is expected.
 *
 * @module
 */

/** A module that can be imported alone. */
export interface Importable {
  /** All that it may fetch, as beginnings of paths. */
  readonly needs: readonly string[];
  readonly action: string;
  readonly prints: string;
}

const NET = ["net/", "loop/", "protocols/text/", "protocols/errors.ts", "protocols/limits.ts"];
/** What only proxies and the DNS speak. */
const TUNNELS = [
  ...["protocols/socks/", "protocols/http_connect/", "protocols/handshake.ts"],
  ...["protocols/dns/"],
];
const CLIENT = ["stdlib/_client/", "stdlib/_server/", ...NET];
const SMTP = ["protocols/smtp/", "protocols/sasl/"];

/** By path from the root of the checkout. */
export const MODULES: Readonly<Record<string, Importable>> = {
  "mod.ts": {
    needs: ["mod.ts", "loop/", "net/", "protocols/", "stdlib/"],
    action: `
      const { asyncio, ftplib, smtplib, smtpd } = module;
      console.log(await asyncio.run(() => asyncio.sleep(1, "slept")));

      await using files = await ftplib.FTPServer.start({ files: { "/a.txt": "fetched" } });
      const { hostname, port } = files;
      await using ftp = await ftplib.FTP.connect(hostname, { port, user: "tulip" });
      console.log(new TextDecoder().decode(await ftp.download("a.txt")));

      await using post = await smtpd.SMTPServer.start();
      await using smtp = await smtplib.SMTP.connect(post.hostname, { port: post.port });
      await smtp.sendmail("a@example.org", "b@example.org", "Subject: x\\r\\n\\r\\n");
      console.log(post.messages.length);
    `,
    prints: "slept\nfetched\n1\n",
  },
  "loop/mod.ts": {
    needs: ["loop/"],
    action: `console.log(await module.run(() => module.sleep(1, "slept")));`,
    prints: "slept\n",
  },
  "net/mod.ts": {
    needs: [...NET, ...TUNNELS],
    action: `
      await using server = await module.startServer((_reader, writer) => {
        writer.write("hello\\r\\n");
        writer.close();
      });
      await using connection = await module.openConnection(server.hostname, server.port);
      console.log(await connection.reader.nextLine());
    `,
    prints: "hello\n",
  },
  "protocols/mod.ts": {
    needs: ["protocols/"],
    action: `
      const found = [];
      const visit = (names) => {
        for (const [name, value] of Object.entries(names)) {
          if (name === "ReplyDecoder") found.push(value);
          if (Object.prototype.toString.call(value) === "[object Module]") visit(value);
        }
      };
      visit(module);
      console.log(new found[0]().push("220 ready").code);
    `,
    prints: "220\n",
  },
  "stdlib/asyncio.ts": {
    needs: ["stdlib/asyncio.ts", ...NET, ...TUNNELS],
    action: `
      const [a, b] = await module.run(() =>
        module.gather(() => module.sleep(2, "slept"), () => module.sleep(1, "twice"))
      );
      console.log(a, b);
    `,
    prints: "slept twice\n",
  },
  "stdlib/ftplib/mod.ts": {
    needs: ["stdlib/ftplib/", "protocols/ftp/", ...CLIENT],
    action: `
      await using server = await module.FTPServer.start({ files: { "/a.txt": "fetched" } });
      const { hostname, port } = server;
      await using ftp = await module.FTP.connect(hostname, { port, user: "tulip" });
      console.log(new TextDecoder().decode(await ftp.download("a.txt")));
    `,
    prints: "fetched\n",
  },
  "stdlib/netrc.ts": {
    needs: ["stdlib/netrc.ts", "stdlib/netrc/", "protocols/text/", "protocols/errors.ts"],
    action: `console.log(new module.Netrc("default login me").authenticators("a").login);`,
    prints: "me\n",
  },
  "stdlib/smtplib/mod.ts": {
    needs: ["stdlib/smtplib/", ...SMTP, ...CLIENT],
    // No server comes with this module: a few lines of one.
    action: `
      using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const served = listener.accept().then(async (conn) => {
        for (const words of ["220 ready", "250 peer", "221 bye"]) {
          await conn.write(new TextEncoder().encode(words + "\\r\\n"));
          if (words !== "221 bye") await conn.read(new Uint8Array(100));
        }
        conn.close();
      });
      const smtp = await module.SMTP.connect("127.0.0.1", { port: listener.addr.port });
      console.log((await smtp.ehlo()).code);
      console.log((await smtp.quit()).code);
      await served;
    `,
    prints: "250\n221\n",
  },
  "stdlib/smtpd/mod.ts": {
    needs: ["stdlib/smtpd/", ...SMTP, ...CLIENT],
    action: `
      await using server = await module.SMTPServer.start();
      using conn = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
      const buffer = new Uint8Array(100);
      const count = await conn.read(buffer);
      console.log(new TextDecoder().decode(buffer.subarray(0, 4)), buffer[count - 1]);
    `,
    prints: "220  10\n",
  },
};
