import assert from "node:assert/strict";
import { FTP } from "../../../../stdlib/ftplib/client.ts";
import { ErrorPerm } from "../../../../stdlib/ftplib/errors.ts";
import type { MirrorEvent, MirrorStep } from "../../../../stdlib/ftplib/mirror/types.ts";
import { FTPServer } from "../../../../stdlib/ftplib/server.ts";
import type { FTPServerOptions } from "../../../../stdlib/ftplib/server/options.ts";
import type { FileTree } from "../../../../stdlib/ftplib/server/filesystem_memory.ts";
import { rejection } from "../../../rejection.ts";
import { Folder } from "../_folder.ts";

interface World {
  readonly server: FTPServer;
  readonly ftp: FTP;
  readonly folder: Folder;
}

async function withTree<T>(
  files: FileTree,
  body: (world: World) => Promise<T>,
  options: FTPServerOptions = {},
): Promise<T> {
  await using folder = await Folder.make();
  await using server = await FTPServer.start({ files, ...options });
  await using ftp = await FTP.connect(server.hostname, { port: server.port, user: "tulip" });
  return await body({ server, ftp, folder });
}

const TREE = {
  "/pub/a.txt": "one",
  "/pub/b/c.txt": "three",
  "/pub/b/d/e.bin": new Uint8Array(300_000).fill(7),
  "/pub/empty": {},
};

/** The steps of a plan in short. */
function brief(steps: readonly MirrorStep[]): string[] {
  return steps.map((step) =>
    [step.kind, step.path, "reason" in step ? step.reason : ""].join(" ").trimEnd()
  );
}

Deno.test("a tree comes down whole, and goes up again", async () => {
  await withTree(TREE, async ({ server, ftp, folder }) => {
    const down = await ftp.mirrorDown("/pub", folder.at("copy"));
    assert.deepEqual(
      brief(down.plan.steps),
      [
        "makeDirectory",
        "download a.txt missing",
        "makeDirectory b",
        "makeDirectory empty",
        "download b/c.txt missing",
        "makeDirectory b/d",
        "download b/d/e.bin missing",
      ].map((line) => line.replace("  ", " ")),
    );
    const { directories, files, bytes, errors } = down;
    assert.deepEqual([directories, files, bytes, errors], [4, 3, 300_008, []]);
    assert.equal(await folder.read("copy/b/c.txt"), "three");
    assert.ok((await Deno.stat(folder.at("copy/empty"))).isDirectory);
    const up = await ftp.mirrorUp(folder.at("copy"), "/new/place");
    assert.deepEqual([up.directories, up.files, up.bytes, up.errors], [4, 3, 300_008, []]);
    assert.equal(server.files?.text("/new/place/b/c.txt"), "three");
    assert.equal(server.files?.get("/new/place/b/d/e.bin")?.length, 300_000);
    for (
      const again of [
        await ftp.mirrorDown("/new/place", folder.at("copy")),
        await ftp.mirrorUp(folder.at("copy"), "/new/place"),
      ]
    ) {
      assert.deepEqual([again.plan.steps, again.plan.unchanged], [[], 3]);
    }
  });
});

Deno.test("what has changed is transferred, and nothing else", async () => {
  await withTree(TREE, async ({ server, ftp, folder }) => {
    await ftp.mirrorDown("/pub", folder.path);
    server.files!.set("/pub/a.txt", "longer");
    await server.filesystem.setModified("/pub/b/c.txt", new Date(Date.now() + 60_000));
    const { plan } = await ftp.mirrorDown("/pub", folder.path);
    assert.deepEqual(brief(plan.steps), ["download a.txt size", "download b/c.txt newer"]);
    assert.equal(await folder.read("a.txt"), "longer");
    const { mtime } = await Deno.stat(folder.at("b/c.txt"));
    const modified = await ftp.modified("/pub/b/c.txt");
    assert.equal(mtime!.getTime(), modified.getTime(), "the time is that of the original");
  });
});

Deno.test("delete removes what the source does not have, excluded things stay", async () => {
  await withTree({ ...TREE, "/pub/tmp/x.log": "log" }, async ({ server, ftp, folder }) => {
    const exclude = ["*.log", "/keep/"];
    await ftp.mirrorDown("/pub", folder.path, { exclude });
    await folder.write("a.log", "mine");
    await folder.write("extra", "old");
    for (const name of ["keep", "old", "old/deep"]) await Deno.mkdir(folder.at(name));
    await folder.write("keep/x", "mine");
    await folder.write("old/x.log", "mine");
    await folder.write("old/deep/y", "old");
    const { plan, deletions } = await ftp.mirrorDown("/pub", folder.path, {
      exclude,
      delete: true,
    });
    assert.deepEqual(brief(plan.steps), ["delete extra extraneous", "delete old extraneous"]);
    assert.equal(deletions, 2);
    assert.deepEqual(await folder.names(), ["a.log", "a.txt", "b", "empty", "keep", "old", "tmp"]);
    const left = await Array.fromAsync(Deno.readDir(folder.at("old")), ({ name }) => name);
    assert.deepEqual(left, ["x.log"]);

    await Deno.remove(folder.at("b"), { recursive: true });
    await ftp.mirrorUp(folder.path, "/pub", {
      exclude: ["*.log", "/keep/", "/old/"],
      delete: true,
    });
    assert.deepEqual(server.files!.paths(), ["/pub/a.txt", "/pub/tmp/x.log"]);
  });
});

Deno.test("include and filter choose files, and directories only for what is in them", async () => {
  await withTree(TREE, async ({ ftp, folder }) => {
    const plan = await ftp.planMirrorDown("/pub", folder.path, { include: ["*.txt"] });
    assert.deepEqual(brief(plan.steps), [
      "download a.txt missing",
      "makeDirectory b",
      "download b/c.txt missing",
    ]);
    const small = await ftp.planMirrorDown("/pub", folder.path, {
      filter: ({ type, size = 0 }) => type === "directory" || size < 10,
    });
    assert.equal(small.totals.files, 2);
    assert.equal(small.excluded, 1);
  });
});

Deno.test("a dry run changes nothing, a plan can be cut down and carried out", async () => {
  await withTree(TREE, async ({ ftp, folder }) => {
    const { plan, files } = await ftp.mirrorDown("/pub", folder.at("copy"), { dryRun: true });
    assert.equal(files, 0);
    assert.deepEqual(await folder.names(), []);
    assert.deepEqual(plan.totals, {
      directories: 4,
      files: 3,
      bytes: 300_008,
      links: 0,
      times: 0,
      deletions: 0,
      skipped: 0,
    });
    assert.equal(JSON.parse(JSON.stringify(plan)).steps.length, 7);
    const some = plan.filter(({ kind, path }) => kind !== "download" || path === "a.txt");
    assert.equal((await some.run()).files, 1);
    assert.deepEqual((await folder.names()).concat(await folder.read("copy/a.txt")), [
      "copy",
      "one",
    ]);
  });
});

Deno.test("events tell what begins, ends and fails, and how far all is", async () => {
  await withTree(TREE, async ({ server, ftp, folder }) => {
    const plan = await ftp.planMirrorDown("/pub", folder.path);
    await server.filesystem.remove("/pub/a.txt");
    const events: MirrorEvent[] = [];
    const { files, errors } = await plan.run({ onEvent: (event) => events.push(event) });
    assert.equal(files, 2);
    assert.deepEqual(errors.map(({ path }) => path), ["a.txt"]);
    assert.ok(errors[0]!.error instanceof ErrorPerm);
    const ofA = events.filter(({ step }) => step.path === "a.txt").map(({ type }) => type);
    assert.deepEqual(ofA, ["begin", "error"]);
    const ofC = events.filter(({ step }) => step.path === "b/c.txt").map(({ type }) => type);
    assert.deepEqual([ofC[0], ofC.at(-1)], ["begin", "end"]);
    const last = events.at(-1)!.progress;
    assert.deepEqual(last, { files: 2, totalFiles: 3, bytes: 300_005, totalBytes: 300_008 });
  });
});

Deno.test("a failure leaves deletions undone, and with stopOnError ends it", async () => {
  await withTree(TREE, async ({ server, ftp, folder }) => {
    await folder.write("old", "mine");
    const plan = await ftp.planMirrorDown("/pub", folder.path, { delete: true });
    await server.filesystem.remove("/pub/a.txt");
    const { withheld, deletions } = await plan.run();
    assert.deepEqual([withheld, deletions], [1, 0]);
    assert.equal(await folder.read("old"), "mine");
    const error = await rejection(plan.run({ stopOnError: true }), ErrorPerm);
    assert.equal(error.code, 550);
  });
});

Deno.test("what is of another type is in the way, or with delete makes way", async () => {
  await withTree(TREE, async ({ ftp, folder }) => {
    await Deno.mkdir(folder.at("a.txt"));
    await folder.write("a.txt/x", "mine");
    await folder.write("b", "mine");
    const { plan, errors } = await ftp.mirrorDown("/pub", folder.path);
    assert.deepEqual(brief(plan.steps), [
      "skip a.txt in the way",
      "skip b in the way",
      "makeDirectory empty",
    ]);
    assert.deepEqual(errors, []);
    assert.equal((await ftp.mirrorDown("/pub", folder.path, { delete: true })).files, 3);
    assert.equal(await folder.read("b/c.txt"), "three");
  });
});

Deno.test("by checksum, what only looks the same is transferred, and what is the same is not", async () => {
  await withTree(TREE, async ({ server, ftp, folder }) => {
    await ftp.mirrorDown("/pub", folder.path);
    await folder.write("a.txt", "two", await ftp.modified("/pub/a.txt"));
    assert.equal((await ftp.planMirrorDown("/pub", folder.path)).unchanged, 3);
    const compare = "checksum";
    const { plan } = await ftp.mirrorDown("/pub", folder.path, { compare });
    assert.deepEqual(brief(plan.steps), ["download a.txt checksum"]);
    assert.equal(await folder.read("a.txt"), "one");
    const later = new Date(Date.UTC(2030, 0, 1));
    await server.filesystem.setModified("/pub/a.txt", later);
    const result = await ftp.mirrorDown("/pub", folder.path, { compare });
    assert.deepEqual(brief(result.plan.steps), ["setModified a.txt"]);
    assert.deepEqual((await Deno.stat(folder.at("a.txt"))).mtime, later);
  });
});

Deno.test("a file and another that is called as its .part both arrive", async () => {
  const names = ["x", "x.part", "x.part.json", "x~.part"];
  const files = Object.fromEntries(names.map((name) => [`/pub/${name}`, `this is ${name}`]));
  await withTree(files, async ({ ftp, folder }) => {
    for (let round = 0; round < 2; round++) {
      const { errors } = await ftp.mirrorDown("/pub", folder.path, { delete: true });
      assert.deepEqual(errors, []);
      assert.deepEqual(await folder.names(), names);
      for (const name of names) assert.equal(await folder.read(name), `this is ${name}`);
      await Deno.remove(folder.at("x"));
    }
  });
});

Deno.test("what an earlier run has left half done goes on, and is not deleted before", async () => {
  await withTree(TREE, async ({ ftp, folder }) => {
    await ftp.mirrorDown("/pub", folder.path);
    const path = folder.at("b/d/e.bin");
    const bytes = await Deno.readFile(path);
    await Deno.remove(path);
    await Deno.writeFile(`${path}.part`, bytes.subarray(0, 200_000));
    // Newer than the file: what it is the beginning of has not changed since.
    const later = new Date(Date.now() + 60_000);
    await Deno.utime(`${path}.part`, later, later);
    const result = await ftp.mirrorDown("/pub", folder.path, { delete: true });
    assert.deepEqual([result.files, result.bytes, result.deletions], [1, 100_000, 0]);
    assert.deepEqual(await Deno.readFile(path), bytes);
  });
});

Deno.test("local names that cannot be sent, and links, are left out and told", async () => {
  await withTree(TREE, async ({ server, ftp, folder }) => {
    await folder.write("a\r\nDELE b", "evil");
    await folder.write("fine", "text");
    await Deno.symlink("fine", folder.at("link"));
    await Deno.symlink("nowhere", folder.at("lost"));
    const { plan } = await ftp.mirrorUp(folder.path, "/up");
    assert.deepEqual(brief(plan.steps), [
      "makeDirectory",
      "skip a\r\nDELE b unsafe name",
      "upload fine missing",
      "skip link link",
      "skip lost link",
    ]);
    const followed = await ftp.mirrorUp(folder.path, "/up", { symlinks: "files", delete: true });
    assert.equal(followed.files, 1);
    assert.deepEqual(server.files!.paths().filter((path) => path.startsWith("/up")), [
      "/up/fine",
      "/up/link",
    ]);
  });
});

Deno.test("as many sessions as asked for, and no more than the server takes", async () => {
  const files = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`/pub/${at}`, `${at}`]));
  for (const most of [8, 2]) {
    await withTree(files, async ({ server, ftp, folder }) => {
      let sessions = 0;
      const reader = server.events()[Symbol.asyncIterator]();
      const result = await ftp.mirrorDown("/pub", folder.path, { connections: 3, retries: 0 });
      assert.deepEqual([result.files, result.errors], [40, []]);
      await server.stop();
      for (let next = await reader.next(); !next.done; next = await reader.next()) {
        if (next.value.type === "login") sessions++;
      }
      const expected = Math.min(most, 3) - 1;
      assert.ok(sessions >= 1 && sessions <= expected, `${sessions} beside the one that is there`);
      // So slowly that the others are needed.
    }, { maxConnections: most, misbehave: { replies: { RETR: { delay: 20 } } } });
  }
});

Deno.test("a signal ends it, and what is there stays", async () => {
  await withTree(TREE, async ({ ftp, folder }) => {
    const controller = new AbortController();
    const running = ftp.mirrorDown("/pub", folder.path, {
      connections: 1,
      signal: controller.signal,
      onEvent: ({ type, step }) => {
        if (type === "end" && step.path === "a.txt") controller.abort(new RangeError("enough"));
      },
    });
    await rejection(running, RangeError);
    assert.equal(await folder.read("a.txt"), "one");
    assert.equal((await ftp.noop()).code, 200, "the session is in step");
  });
});

Deno.test("what makes no sense is refused before anything is sent", async () => {
  await withTree(TREE, async ({ ftp, folder }) => {
    const { path } = folder;
    await rejection(ftp.mirrorDown("/pub\r\nDELE x", path), TypeError);
    await rejection(ftp.mirrorUp(path, "/pub\r\nDELE x"), TypeError);
    await rejection(ftp.mirrorDown("/pub", path, { exclude: [""] }), TypeError);
    await rejection(ftp.mirrorUp(path, "/pub", { symlinks: "create" }), TypeError);
    for (const bad of [0, NaN, -1]) {
      for (const name of ["maxEntries", "maxDepth", "connections"]) {
        await rejection(ftp.mirrorDown("/pub", path, { [name]: bad }), RangeError);
      }
    }
    await rejection(ftp.mirrorDown("/pub", path, { timeOffset: NaN }), RangeError);
    await rejection(ftp.mirrorDown("/none", path), ErrorPerm);
    await rejection(ftp.mirrorUp(folder.at("none"), "/pub"), TypeError);
    assert.deepEqual(await folder.names(), []);
  });
});
