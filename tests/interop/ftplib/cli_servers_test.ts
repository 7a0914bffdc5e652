import assert from "node:assert/strict";
import type { FtpServer } from "../servers/ftp_server.ts";
import type { Program } from "../servers/installed.ts";
import { startProftpd } from "../servers/proftpd.ts";
import { startVsftpd } from "../servers/vsftpd.ts";
import { cli } from "../../stdlib/ftplib/cli/cli.ts";
import { interopTest } from "../interop.ts";

const BIG = Uint8Array.from({ length: 3_000_000 }, (_, index) => (index * 7) % 253);

interface Place {
  /** What it is called. */
  readonly name: string;
  /** What it needs. */
  readonly needs: readonly Program[];
  /** How its URLs begin. */
  readonly scheme: "ftp" | "ftpes" | "ftps";
  /** Starts it. */
  start(): Promise<FtpServer>;
}

const PLACES: readonly Place[] = [
  { name: "vsftpd", needs: ["vsftpd"], scheme: "ftp", start: () => startVsftpd() },
  {
    name: "vsftpd with TLS that must be resumed",
    needs: ["vsftpd"],
    scheme: "ftpes",
    start: () => startVsftpd({ mode: "tls-reuse" }),
  },
  {
    name: "vsftpd with TLS from the first byte",
    needs: ["vsftpd"],
    scheme: "ftps",
    start: () => startVsftpd({ mode: "implicit" }),
  },
  { name: "ProFTPD", needs: ["proftpd"], scheme: "ftp", start: () => startProftpd() },
  {
    name: "ProFTPD with TLS that must be resumed",
    needs: ["proftpd"],
    scheme: "ftpes",
    start: () => startProftpd(),
  },
];

for (const { name, needs, scheme, start } of PLACES) {
  interopTest(`The command line works with ${name}`, { needs }, async () => {
    await using server = await start();
    const local = await Deno.makeTempDir({ prefix: "tulip-cli-" });
    const at = (path: string, password: string = server.password) =>
      `${scheme}://${server.user}:${password}@localhost:${server.port}/${path}`;
    const trust = scheme === "ftp" ? [] : ["--cacert", server.caFile];
    const done = async (command: string, ...words: string[]) => {
      const { code, out, err } = await cli([command, ...trust, ...words]);
      assert.equal(code, 0, `${command} ${words.join(" ")}: ${err}`);
      return out;
    };
    try {
      await Deno.writeFile(`${local}/big.bin`, BIG);
      await Deno.writeTextFile(`${local}/grüße 1.txt`, "hello\n");
      const files = [`${local}/big.bin`, `${local}/grüße 1.txt`];
      await done("put", "-P", "2", "--atomic", "--verify", ...files, at("pub/"));
      assert.equal(await done("ls", at("pub/")), "big.bin\ngrüße 1.txt\n");
      assert.match(
        await done("ls", "-l", at("pub/big.bin")),
        /^-[-rwx?]{9} \S+ +\S+ +3000000 \d{4}-\d\d-\d\d \d\d:\d\d big\.bin\n$/,
      );
      assert.equal(await done("cat", at("pub/gr%C3%BC%C3%9Fe%201.txt")), "hello\n");
      await done("mkdir", at("pub/new"));
      await done("mv", at("pub/gr%C3%BC%C3%9Fe%201.txt"), "pub/new/b.txt");
      assert.equal(await done("ls", "-R", at("pub")), "big.bin\nnew\nnew/b.txt\n");
      assert.equal(JSON.parse(await done("stat", "--json", at("pub/new/b.txt"))).size, 6);
      await Deno.writeFile(`${local}/again.bin.part`, BIG.subarray(0, 1_000_000));
      const got = await done(
        "get",
        "--json",
        "-c",
        "-p",
        at("pub/big.bin"),
        "-o",
        `${local}/again.bin`,
      );
      assert.equal(JSON.parse(got.trim().split("\n").at(-1)!).event, "done");
      assert.deepEqual(await Deno.readFile(`${local}/again.bin`), BIG);
      await done("get", "-P", "2", "-o", `${local}/all/`, at("pub/*.bin"), at("pub/new/*"));
      assert.equal(await Deno.readTextFile(`${local}/all/b.txt`), "hello\n");

      const missing = await cli(["cat", ...trust, at("pub/none")]);
      assert.equal(missing.code, 5, missing.err);
      const refused = await cli(["ls", ...trust, at("", "wrong")]);
      assert.equal(refused.code, 4, refused.err);
    } finally {
      await Deno.remove(local, { recursive: true });
    }
  });
}
