import assert from "node:assert/strict";
import { run } from "../../../loop/runners.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask } from "../../../loop/tasks.ts";
import { FileNotFoundError, IsADirectoryError, OSError } from "../../../net/errors.ts";
import { readFile, writeFile } from "../../../net/files/whole_files.ts";
import { bytes, text } from "../cuts.ts";

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tulip-files-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const names = async (folder: string) =>
  (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();

Deno.test("A file is written and read as a whole", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/a file`;
    await writeFile(path, "something long");
    await writeFile(path, "short", { mode: 0o600 });
    assert.equal(text(await readFile(path)), "short");
    await writeFile(new URL(`file://${path}`), [bytes("pie"), "ces"]);
    assert.equal(text(await readFile(new URL(`file://${path}`))), "pieces");
    await assert.rejects(readFile(`${folder}/none`), FileNotFoundError);
    await assert.rejects(readFile(folder), IsADirectoryError);
  });
});

Deno.test("No more is read than is allowed", async () => {
  await inFolder(async (folder) => {
    await writeFile(`${folder}/file`, "12345");
    assert.equal((await readFile(`${folder}/file`, { maxBytes: 5 })).length, 5);
    await assert.rejects(readFile(`${folder}/file`, { maxBytes: 4 }), (error) => {
      assert.ok(error instanceof OSError && error.code === "EFBIG");
      return true;
    });
    await assert.rejects(readFile("/dev/zero", { maxBytes: 100_000 }), OSError);
    for (const maxBytes of [0, NaN]) {
      await assert.rejects(readFile(`${folder}/file`, { maxBytes }), RangeError);
    }
  });
});

Deno.test("A file is replaced in one step, and keeps its rights", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/file`;
    await writeFile(path, "old");
    await Deno.chmod(path, 0o640);
    const old = await Deno.open(path);
    await writeFile(path, "new", { atomic: true });
    assert.equal(text(await readFile(path)), "new");
    // Whoever had it open still has the old one.
    assert.equal(await new Response(old.readable).text(), "old");
    assert.equal((await Deno.stat(path)).mode! & 0o777, 0o640);
    await writeFile(path, "newer", { atomic: true, mode: 0o600 });
    assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
    assert.deepEqual(await names(folder), ["file"]);
  });
});

Deno.test("A file that cannot be replaced stays, and nothing is left beside it", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/file`;
    await writeFile(path, "old");
    async function* broken() {
      yield "half";
      await sleep(1);
      throw new Error("no more");
    }
    await assert.rejects(writeFile(path, broken(), { atomic: true }), /no more/);
    await run(async () => {
      async function* endless() {
        for (;;) {
          yield "more";
          await sleep(1);
        }
      }
      const task = createTask(() => writeFile(path, endless(), { atomic: true }));
      await sleep(20);
      task.cancel();
      await assert.rejects(async () => await task, { name: "CancelledError" });
    });
    await assert.rejects(
      writeFile(path, "x", { atomic: true, signal: AbortSignal.abort(new Error("stop")) }),
      /stop/,
    );
    assert.equal(text(await readFile(path)), "old");
    assert.deepEqual(await names(folder), ["file"]);
    await assert.rejects(writeFile(`${folder}/none/x`, "x", { atomic: true }), FileNotFoundError);
    await Deno.mkdir(`${folder}/folder`);
    await assert.rejects(writeFile(`${folder}/folder`, "x", { atomic: true }), IsADirectoryError);
    assert.deepEqual(await names(folder), ["file", "folder"]);
  });
});
