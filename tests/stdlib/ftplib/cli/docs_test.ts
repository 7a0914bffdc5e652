import assert from "node:assert/strict";
import { isAtLeast } from "../../../../net/runtime.ts";
import { optionsOf } from "../../../../stdlib/_cli/command.ts";
import { parseArguments } from "../../../../stdlib/_cli/arguments.ts";
import { EXIT } from "../../../../stdlib/_cli/exit_codes.ts";
import { FTP_PROGRAM } from "../../../../stdlib/ftplib/cli.ts";
import { FTPServer } from "../../../../stdlib/ftplib/mod.ts";
import { certificates } from "../../../peers/certs.ts";

const ROOT = new URL("../../../../", import.meta.url);
const PAGE = await Deno.readTextFile(new URL("docs/ftplib-cli.md", ROOT));

/** The commands of the page, block by block. */
const BLOCKS = Array.from(PAGE.matchAll(/^```sh\n(.*?)^```$/gms), ([, block]) => block!.trim());

/** What lies where the commands of the page are run. */
async function fill(folder: string): Promise<void> {
  const { good, ca } = await certificates();
  const files = {
    "ca.pem": ca,
    "cert.pem": good.cert,
    "key.pem": good.key,
    "report.pdf": "a report",
    "site.tar.gz": "an archive",
    "photos/1.jpg": "a photo",
    "site/index.html": "<p>Hello",
    "site/notes.tmp": "not for others",
    "site/.git/config": "not for others",
  };
  for (const directory of ["photos", "site/.git"]) {
    await Deno.mkdir(`${folder}/${directory}`, { recursive: true });
  }
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${folder}/${name}`, text);
  }
}

/** Runs commands by the shell; what never ends is ended as by Ctrl-C once it has said something. */
async function shell(script: string, cwd: string, env: Record<string, string>): Promise<string> {
  const child = new Deno.Command("/bin/sh", {
    args: ["-euc", /\bserve\b/.test(script) ? `exec env ${script}` : script],
    cwd,
    env: { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(120_000),
  }).spawn();
  const err = new Response(child.stderr).text();
  let out = "";
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream() as never)) {
    out += chunk;
    if (/\bserve\b/.test(script) && out.includes("\n")) child.kill("SIGINT");
  }
  const { code } = await child.status;
  assert.equal(code, 0, `${script}\n${out}${await err}`);
  await err;
  return out;
}

Deno.test({
  name: "every command of the documentation does what it says",
  ignore: Deno.build.os === "windows" || !isAtLeast("2.9.1"),
  async fn() {
    assert.ok(BLOCKS.length >= 8);
    const { good } = await certificates();
    const served = {
      "pub/report.pdf": "the report",
      "pub/README": "one\ntwo\nthree\nfour\n",
      "photos/1.jpg": "one",
      "photos/2.jpg": "two",
      "big.iso": new Uint8Array(5_000_000),
      "draft.txt": "a draft",
      "www/gone.html": "",
      "reports/old.pdf": "",
    };
    await using plain = await FTPServer.start({ files: served });
    await using secure = await FTPServer.start({
      files: served,
      users: { ada: { password: "lovelace" } },
      tls: { cert: good.cert, key: good.key },
    });
    const folder = await Deno.makeTempDir({ prefix: "tulip-cli-" });
    try {
      await fill(folder);
      const env = {
        FTP_PASSWORD: "lovelace",
        DENO_INSTALL_ROOT: folder,
        PATH: `${folder}/bin:${Deno.execPath().replace(/\/[^/]*$/, "")}:${Deno.env.get("PATH")}`,
      };
      const shown: string[] = [];
      for (const block of BLOCKS) {
        const script = block
          .replaceAll("https://tulip.example/", ROOT.href)
          .replaceAll("deno run ", "deno run --no-config --no-lock --no-prompt --quiet ")
          .replaceAll("deno install ", "deno install --no-config --no-lock --quiet ")
          .replaceAll(
            "ftpes://ada@ftp.example.org",
            `--cacert ca.pem ftpes://ada@localhost:${secure.port}`,
          )
          .replaceAll("ftp://ftp.example.org", `ftp://127.0.0.1:${plain.port}`);
        assert.doesNotMatch(script, /example\.org/);
        shown.push(await shell(script, folder, env));
      }
      const text = (name: string) => Deno.readTextFile(`${folder}/${name}`);
      assert.equal(await text("report.pdf"), "the report");
      assert.equal(await text("photos/2.jpg"), "two");
      assert.equal((await Deno.stat(`${folder}/big.iso`)).size, 5_000_000);
      assert.equal(secure.files.text("reports/report.pdf"), "the report");
      assert.equal(secure.files.text("latest.tar.gz"), "an archive");
      assert.ok(secure.files.get("photos.tar.gz")!.length > 0);
      assert.ok((await text("everything.jsonl")).includes('"path":"pub/README"'));
      assert.ok(
        shown.some((out) => /one\ntwo\nthree\n[0-9a-f]{64} {2}pub\/report\.pdf\n$/.test(out)),
      );
      assert.equal(await text("pub/README"), "one\ntwo\nthree\nfour\n");
      const www = secure.files.paths().filter((path) => path.startsWith("/www/"));
      assert.deepEqual(www, ["/www/index.html"]);
      assert.ok(!secure.files.paths().some((path) => /archive|draft/.test(path)));
      assert.match(shown.at(-2)!, /^ftp:\/\/127\.0\.0\.1:\d+\/\n$/);
      assert.match(shown.at(-1)!, /^ftpes:\/\/ada@127\.0\.0\.1:\d+\/\n$/);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

/** The words of a command, as far as these examples need a shell. */
function wordsOf(command: string): string[] {
  const [first] = command.split(/ [|>] /);
  return Array.from(first!.matchAll(/'([^']*)'|(\S+)/g), ([, quoted, word]) => quoted ?? word!);
}

Deno.test("every example of the help can be parsed", async () => {
  for (const { command } of FTP_PROGRAM.examples) await parses(wordsOf(command));
  for (const { load } of Object.values(FTP_PROGRAM.commands)) {
    const { examples } = await load();
    assert.ok(examples.length > 0);
    for (const { command } of examples) await parses(wordsOf(command));
  }
});

async function parses([name, ...words]: string[]): Promise<void> {
  const command = await FTP_PROGRAM.commands[name!]!.load();
  const { positionals } = await parseArguments(words, optionsOf(command));
  const { least, most = Infinity } = command.words;
  assert.ok(positionals.length >= least && positionals.length <= most, words.join(" "));
}

Deno.test("the documentation names every exit code and every command", () => {
  for (const code of Object.values(EXIT)) assert.match(PAGE, new RegExp(`^\\| ${code} +\\|`, "m"));
  for (const name of Object.keys(FTP_PROGRAM.commands)) {
    assert.ok(PAGE.includes(`\`${name}\``), name);
  }
});

Deno.test("an option that the documentation names is one", async () => {
  const known = new Set(["version"]);
  for (const { load } of Object.values(FTP_PROGRAM.commands)) {
    for (const name of Object.keys(optionsOf(await load()))) known.add(name);
  }
  for (const [, name] of PAGE.matchAll(/(?<![\w-])--([a-z][a-z-]*)/g)) {
    assert.ok(known.has(name!), name);
  }
});
