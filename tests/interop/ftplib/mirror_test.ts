import assert from "node:assert/strict";
import { FTP } from "../../../stdlib/ftplib/client.ts";
import { FTP_TLS } from "../../../stdlib/ftplib/ftp_tls.ts";
import type { MirrorStep } from "../../../stdlib/ftplib/mirror/types.ts";
import { interopTest } from "../interop.ts";
import type { FtpServer } from "../servers/ftp_server.ts";
import { temporaryFolder } from "../servers/folder.ts";
import { run } from "../servers/run.ts";
import { give, noise } from "./operation.ts";
import { nameOf, PLACES } from "./places.ts";

/** What is in a tree: files with their content, directories that are empty. */
const TREE: Readonly<Record<string, string | Uint8Array | null>> = {
  "plain.txt": "plain\n",
  "empty file": "",
  "two  spaces .txt": "spaces\n",
  ".hidden": "hidden\n",
  "-dash": "dash\n",
  "ümlaut – 日本.txt": "utf-8\n",
  'quo"te': "quote\n",
  "100%25 #1; a=b": "signs\n",
  "[set] {a,b} *?.txt": "pattern\n",
  "name": "one\n",
  "name.part": "two\n",
  "big.bin": noise(3_000_017),
  "empty directory": null,
  "deep/er/and deeper/file": "deep\n",
  "[dir]/*": "a star\n",
  "-dir/x": "x\n",
  ".dir/.x": "x\n",
  ...Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`many/${at}.txt`, `${at}\n`])),
};

const FILES = Object.values(TREE).filter((content) => content !== null).length;

async function plant(root: string): Promise<void> {
  for (const [path, content] of Object.entries(TREE)) {
    const whole = `${root}/${path}`;
    await Deno.mkdir(content === null ? whole : whole.replace(/\/[^/]*$/, ""), { recursive: true });
    if (content === null) continue;
    await Deno.writeFile(
      whole,
      typeof content === "string" ? new TextEncoder().encode(content) : content,
    );
    // Before this year, where listings tell the day alone; and two hours ago, where they tell more.
    const hours = path.length % 2 === 0 ? 2 : 24 * 400;
    const time = Math.floor(Date.now() / 1000) - hours * 3600;
    await Deno.utime(whole, time, time);
  }
}

/** What the judge says: nothing, if both trees are the same. */
async function difference(one: string, other: string): Promise<string> {
  return (await run(["diff", "-r", "--no-dereference", one, other])).stdout;
}

function brief(steps: readonly MirrorStep[]): string[] {
  return steps.map(({ kind, path }) => `${kind} ${path}`);
}

async function connect({ hostname, port, user, password, ca }: FtpServer, isPlain: boolean) {
  const options = { port, user, password, timeout: 20_000 };
  return isPlain
    ? await FTP.connect(hostname, options)
    : await FTP_TLS.connect(hostname, { ...options, caCerts: [ca] });
}

for (const place of PLACES) {
  if (place.security !== "plain" || place.hostname !== "127.0.0.1") continue;
  interopTest(`mirror and ${nameOf(place)}`, { needs: [place.program, "lftp"] }, async (t) => {
    await using server = await place.start();
    await using folder = await temporaryFolder("mirror");
    const [disk, local] = [`${server.root}/tree`, `${folder.path}/copy`];
    await plant(disk);
    await give(server.root);
    await using ftp = await connect(server, true);

    await t.step("a tree comes down whole, and only once", async () => {
      const first = await ftp.mirrorDown("/tree", local);
      assert.deepEqual(first.errors, []);
      assert.equal(first.files, FILES);
      assert.equal(await difference(disk, local), "");
      const second = await ftp.mirrorDown("/tree", local, { delete: true });
      assert.deepEqual(brief(second.plan.steps), []);
      assert.equal(second.plan.unchanged, FILES);
    });

    await t.step("lftp finds nothing to do any more", async () => {
      const { stdout, stderr, success } = await run([
        "lftp",
        "-u",
        `${server.user},${server.password}`,
        "-e",
        `set ftp:ssl-allow no; mirror --dry-run --ignore-time --no-perms /tree ${local}; exit`,
        `ftp://${server.hostname}:${server.port}`,
      ]);
      assert.ok(success, stderr);
      assert.equal(stdout, "");
    });

    await t.step("a tree goes up whole, and only once", async () => {
      const first = await ftp.mirrorUp(local, "/new/tree");
      assert.deepEqual(first.errors, []);
      assert.equal(first.files, FILES);
      assert.equal(await difference(local, `${server.root}/new/tree`), "");
      const second = await ftp.mirrorUp(local, "/new/tree", { delete: true });
      assert.deepEqual(brief(second.plan.steps), []);
    });

    await t.step("a dry run changes nothing", async () => {
      await Deno.writeTextFile(`${local}/extra`, "extra");
      const down = await ftp.mirrorDown("/tree", local, { delete: true, dryRun: true });
      assert.deepEqual(brief(down.plan.steps), ["delete extra"]);
      const up = await ftp.mirrorUp(local, "/tree", { dryRun: true });
      assert.deepEqual(brief(up.plan.steps), ["upload extra"]);
      assert.equal(await difference(disk, local), `Only in ${local}: extra\n`);
    });

    await t.step("what has changed or gone comes down", async () => {
      await Deno.writeTextFile(`${disk}/plain.txt`, "changed\n");
      await Deno.writeTextFile(`${disk}/deep/new", too`, "new\n");
      await Deno.remove(`${disk}/many`, { recursive: true });
      await Deno.remove(`${disk}/.hidden`);
      const { plan, errors } = await ftp.mirrorDown("/tree", local, { delete: true });
      assert.deepEqual(errors, []);
      assert.deepEqual(brief(plan.steps), [
        "download plain.txt",
        "delete .hidden",
        "delete extra",
        "delete many",
        'download deep/new", too',
      ]);
      assert.equal(await difference(disk, local), "");
    });

    await t.step("and goes up", async () => {
      const { errors } = await ftp.mirrorUp(local, "/new/tree", { delete: true });
      assert.deepEqual(errors, []);
      assert.equal(await difference(local, `${server.root}/new/tree`), "");
    });

    await t.step("ensureDir, walk and removeTree", async () => {
      assert.deepEqual(await ftp.ensureDir("/new/a b/[c]"), ["/new/a b", "/new/a b/[c]"]);
      assert.deepEqual(await ftp.ensureDir("/new/a b/[c]"), []);
      const { stdout } = await run(["find", `${server.root}/new/tree`, "-not", "-path", "*/.*"]);
      const found = stdout.trim().split("\n").slice(1).map((path) =>
        path.slice(server.root.length)
      );
      const walked = await Array.fromAsync(ftp.walk("/new/tree"), ({ path }) => path);
      const shown = walked.filter((path) => !path.includes("/."));
      assert.deepEqual(shown.sort(), found.sort());
      await Deno.symlink("../../tree", `${server.root}/new/tree/link`);
      await ftp.removeTree("/new");
      assert.equal(await difference(disk, local), "", "what a link leads to is still there");
      assert.deepEqual(
        (await Array.fromAsync(Deno.readDir(server.root), ({ name }) => name)).sort(),
        ["pub", "tree"],
      );
    });

    await t.step("links are left out, or what they lead to is fetched", async () => {
      await Deno.mkdir(`${server.root}/links`);
      await Deno.writeTextFile(`${server.root}/links/file`, "text\n");
      await Deno.symlink("file", `${server.root}/links/link`);
      await Deno.symlink("/etc", `${server.root}/links/outside`);
      const { errors } = await ftp.mirrorDown("/links", `${folder.path}/links`, {
        symlinks: "files",
      });
      assert.deepEqual(errors, []);
      assert.equal(await Deno.readTextFile(`${folder.path}/links/link`), "text\n");
      const names = await Array.fromAsync(Deno.readDir(`${folder.path}/links`), ({ name }) => name);
      assert.deepEqual(names.sort(), ["file", "link"]);
    });
  });
}

for (const place of PLACES) {
  if (place.security !== "explicit" || !place.reuse || place.hostname !== "127.0.0.1") continue;
  interopTest(`mirror and ${nameOf(place)}`, { needs: [place.program] }, async () => {
    await using server = await place.start();
    await using folder = await temporaryFolder("mirror");
    const [disk, local] = [`${server.root}/tree`, `${folder.path}/copy`];
    await plant(disk);
    await give(server.root);
    await using ftp = await connect(server, false);
    const down = await ftp.mirrorDown("/tree", local);
    assert.deepEqual([down.files, down.errors], [FILES, []]);
    assert.equal(await difference(disk, local), "");
    const up = await ftp.mirrorUp(local, "/new");
    assert.deepEqual([up.files, up.errors], [FILES, []]);
    assert.equal(await difference(local, `${server.root}/new`), "");
  });
}
