import assert from "node:assert/strict";
import { Netrc, NetrcParseError } from "../../stdlib/netrc.ts";
import { rejection } from "../rejection.ts";

const POSIX = Deno.build.os !== "windows";

async function withFile(
  content: string | Uint8Array<ArrayBuffer>,
  mode: number,
  body: (path: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/.netrc`;
    if (typeof content === "string") await Deno.writeTextFile(path, content);
    else await Deno.writeFile(path, content);
    if (POSIX) await Deno.chmod(path, mode);
    await body(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("authenticators finds a host by its exact name, and default for every other", () => {
  const named = "machine ftp.example login l account a password p";
  const netrc = new Netrc(`${named}\ndefault login d`);
  assert.deepEqual(netrc.authenticators("ftp.example"), {
    login: "l",
    account: "a",
    password: "p",
  });
  for (const host of ["FTP.example", "ftp.example.", "x.ftp.example", "", "__proto__"]) {
    assert.equal(netrc.authenticators(host)?.login, "d", host);
  }
  for (const host of ["other", "constructor", "default"]) {
    assert.equal(new Netrc(named).authenticators(host), undefined, host);
  }
});

Deno.test("toString writes what it was made of", () => {
  const text = 'machine a\n\tlogin l\n\tpassword "p w"\nmacdef m\nput x\n\n';
  assert.equal(String(new Netrc(text)), text);
});

Deno.test("read reads a file, in UTF-8 or whatever it is", async () => {
  await withFile("machine a password č", 0o600, async (path) => {
    assert.equal((await Netrc.read(path)).hosts.get("a")?.password, "č");
    const url = new URL(`file://${path}`);
    assert.equal((await Netrc.read(url)).hosts.get("a")?.password, "č");
  });
  await withFile(
    new TextEncoder().encode("machine a login x").fill(0xe9, 16),
    0o600,
    async (path) => {
      assert.equal((await Netrc.read(path)).hosts.get("a")?.login, "\u00e9");
    },
  );
  await rejection(Netrc.read("/nowhere/.netrc"), Deno.errors.NotFound);
});

Deno.test("read says which file and which line make no sense", async () => {
  await withFile("machine a\nnonsense", 0o600, async (path) => {
    const error = await rejection(Netrc.read(path), NetrcParseError);
    assert.deepEqual([error.filename, error.lineno, error.origin], [path, 2, "usage"]);
  });
});

Deno.test("read refuses what is too large to be such a file", async () => {
  await withFile(" ".repeat(1_048_577), 0o600, async (path) => {
    await rejection(Netrc.read(path), NetrcParseError);
  });
  await withFile(" ".repeat(1_048_576), 0o600, async (path) => {
    assert.equal((await Netrc.read(path)).hosts.size, 0);
  });
  // A file that says it is empty, and never ends.
  if (POSIX) await rejection(Netrc.read("/dev/zero"), NetrcParseError);
});

Deno.test("read is broken off by its signal", async () => {
  await withFile("machine a", 0o600, async (path) => {
    const reason = new Error("enough");
    await assert.rejects(Netrc.read(path, { signal: AbortSignal.abort(reason) }), reason);
  });
});

for (const mode of [0o604, 0o640, 0o620, 0o602, 0o622, 0o644]) {
  Deno.test({
    name: `attack 17: a file of passwords with mode ${mode.toString(8)} is refused (test_security)`,
    ignore: !POSIX,
    async fn() {
      const secret = "machine a login me password hunter2\ndefault login x password y\n";
      await withFile(secret, mode, async (path) => {
        const error = await rejection(Netrc.read(path), NetrcParseError);
        assert.match(error.message, /chmod 600/);
        assert.doesNotMatch(error.message, /hunter2/);
        const trusted = await Netrc.read(path, { anyPermissions: true });
        assert.equal(trusted.hosts.get("a")?.password, "hunter2");
      });
      // Nothing there is a secret.
      for (const harmless of ["machine a login anonymous password me@x", "machine a login me"]) {
        await withFile(harmless, mode, async (path) => {
          assert.equal((await Netrc.read(path)).hosts.size, 1);
        });
      }
    },
  });
}

Deno.test({
  name: "attack 17: a file of another user is refused where its owner is asked for",
  ignore: !POSIX,
  async fn() {
    await withFile("machine a login me password hunter2", 0o600, async (path) => {
      const owner = Deno.uid()!;
      assert.equal((await Netrc.read(path, { owner })).hosts.size, 1);
      const error = await rejection(Netrc.read(path, { owner: owner + 1 }), NetrcParseError);
      assert.match(error.message, /another user/);
    });
  },
});

Deno.test("without a path the file in the home directory is read", async () => {
  await withFile("machine home", 0o600, async (path) => {
    const module = new URL("../../stdlib/netrc.ts", import.meta.url);
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", `import { Netrc } from "${module}"; console.log(String(await Netrc.read()))`],
      env: { HOME: path.slice(0, path.lastIndexOf("/")), USERPROFILE: path.slice(0, -7) },
      stdin: "null",
    }).output();
    assert.match(
      new TextDecoder().decode(stdout),
      /^machine home/,
      new TextDecoder().decode(stderr),
    );
  });
});
