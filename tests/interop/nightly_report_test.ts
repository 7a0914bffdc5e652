import assert from "node:assert/strict";
import { run } from "../examples/demo.ts";
import { interopTest } from "./interop.ts";
import { startPostfix } from "./servers/postfix.ts";
import { startVsftpd } from "./servers/vsftpd.ts";

interopTest(
  "The nightly report moves files of vsftpd and mail of Postfix",
  { needs: ["vsftpd", "postfix", "dovecot"] },
  async () => {
    await using ftp = await startVsftpd();
    await using mail = await startPostfix();
    const files: Record<string, Uint8Array> = {
      "orders.csv": crypto.getRandomValues(new Uint8Array(65_536)),
      "deep/er/größe.bin": new Uint8Array(3_000_000).map((_, n) => (n * n) % 253),
      "empty.txt": new Uint8Array(),
    };
    for (const [name, bytes] of Object.entries(files)) {
      const path = `${ftp.root}/pub/${name}`;
      await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      await Deno.writeFile(path, bytes);
    }
    const into = await Deno.makeTempDir();
    try {
      const { code, stderr, stdout } = await run([
        ...["--ftp", `ftp://${ftp.user}:${ftp.password}@127.0.0.1:${ftp.port}/pub`],
        ...["--smtp", `smtp://localhost:${mail.ports.smtp}`, "--starttls", "--ca", mail.caFile],
        ...["--to", "alice@tulip.test", "--to", "bob@tulip.test", "--into", into],
      ]);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /3 sizes agree/);
      for (const [name, bytes] of Object.entries(files)) {
        assert.deepEqual(await Deno.readFile(`${into}/${name}`), bytes, name);
      }
      const report = await Deno.readTextFile(`${ftp.root}/pub/nightly-report.txt`);
      assert.match(report, /2\.9 MiB {2}deep\/er\/größe\.bin\r\n/);
      for (const user of ["alice", "bob"]) {
        const [delivered, ...more] = await mail.mails(user);
        assert.equal(more.length, 0);
        const text = new TextDecoder().decode(delivered).replaceAll("\r\n", "\n");
        assert.match(text, /^Subject: Nightly report$/m);
        assert.ok(text.includes(report.replaceAll("\r\n", "\n").trim()), text);
      }
    } finally {
      await Deno.remove(into, { recursive: true });
    }
  },
);
