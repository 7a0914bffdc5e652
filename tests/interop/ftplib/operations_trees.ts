/**
 * The rows of the matrix in which whole trees move, and files over several sessions.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { FTP } from "../../../stdlib/ftplib/client.ts";
import { FTPPool } from "../../../stdlib/ftplib/pool.ts";
import { rejection } from "../../rejection.ts";
import {
  assertBytes,
  give,
  namesOnDisk,
  noise,
  onDisk,
  type Operation,
  put,
  type World,
} from "./operation.ts";

/** What lies in the trees: paths, and how many bytes. */
const TREE: readonly (readonly [path: string, size: number])[] = [
  ["a", 3],
  ["empty", 0],
  ["in/b c", 166_001],
  ["in/deeper/d", 20_000],
];

/** Trees, and several sessions. */
export const TREE_OPERATIONS: readonly Operation[] = [
  {
    name: "ensureDir, walk, removeTree",
    async run(world) {
      const { ftp, folder, disk } = world;
      assert.deepEqual(await ftp.ensureDir(`${folder}/x/y z`), [`${folder}/x`, `${folder}/x/y z`]);
      assert.deepEqual(await ftp.ensureDir(`${folder}/x/y z`), []);
      assert.ok((await Deno.stat(`${disk}/x/y z`)).isDirectory);
      await ftp.upload("x/y z/file", "1");
      const walked = await Array.fromAsync(ftp.walk(`${folder}/x`), ({ path }) => path);
      assert.deepEqual(walked, [`${folder}/x/y z`, `${folder}/x/y z/file`]);
      await ftp.removeTree("x");
      assert.deepEqual(await namesOnDisk(world), []);
    },
  },
  {
    name: "mirrorDown",
    async run(world) {
      const { ftp, folder, local, disk } = world;
      await plant(disk);
      await give(disk);
      const copy = `${local}/copy`;
      const { files, errors } = await ftp.mirrorDown(folder, copy, { connections: 2 });
      assert.deepEqual([files, errors], [TREE.length, []]);
      await assertTree(copy);
      await Deno.writeTextFile(`${copy}/in/extra`, "x");
      const again = await ftp.mirrorDown(folder, copy, { connections: 2, delete: true });
      assert.deepEqual([again.files, again.plan.unchanged], [0, TREE.length]);
      await assertTree(copy);
    },
    exception: forgetful,
  },
  {
    name: "mirrorUp",
    async run(world) {
      const { ftp, folder, local, disk } = world;
      await plant(local);
      const { files, errors } = await ftp.mirrorUp(local, `${folder}/new`, { connections: 2 });
      assert.deepEqual([files, errors], [TREE.length, []]);
      await assertTree(`${disk}/new`);
      await ftp.upload("new/in/extra", "x");
      const options = { connections: 2, delete: true };
      const again = await ftp.mirrorUp(local, `${folder}/new`, options);
      assert.deepEqual([again.files, again.plan.unchanged], [0, TREE.length]);
      await assertTree(`${disk}/new`);
    },
    exception: forgetful,
  },
  {
    name: "uploadFrom, atomic",
    async run(world) {
      const { ftp, local } = world;
      await put(world, "file", "old");
      const data = noise(8_000_001);
      await Deno.writeFile(`${local}/source`, data);
      const controller = new AbortController();
      const broken = ftp.uploadFrom(`${local}/source`, "file", {
        atomic: true,
        signal: controller.signal,
        onProgress: () => controller.abort(new RangeError("enough")),
      });
      await rejection(broken, RangeError);
      assert.equal(new TextDecoder().decode(await onDisk(world, "file")), "old");
      // Where the server has ended the session, a new one goes on.
      await ftp.uploadFrom(`${local}/source`, "file", { atomic: true, retries: 1 });
      assertBytes(await onDisk(world, "file"), data);
    },
  },
  {
    name: "downloadTo, in three segments",
    async run(world) {
      const { ftp, local } = world;
      const data = noise(7_000_003);
      await put(world, "file", data);
      await ftp.downloadTo("file", `${local}/copy`, { segments: 3 });
      assertBytes(await Deno.readFile(`${local}/copy`), data);
    },
    exception: forgetful,
  },
  {
    name: "a pool of three sessions",
    async run(world) {
      const { ftp, folder } = world;
      const data = noise(30_000);
      await using pool = FTPPool.of(ftp, { connections: 3 });
      const numbers = Array.from({ length: 9 }, (_, at) => at);
      const move = async (session: FTP, number: number) => {
        const path = `${folder}/${number}`;
        await session.upload(path, data.subarray(number));
        return (await session.download(path)).length;
      };
      const sizes = await pool.map(numbers, move);
      assert.deepEqual(sizes, numbers.map((number) => data.length - number));
      assertBytes(await onDisk(world, "8"), data.subarray(8));
    },
    exception: forgetful,
  },
];

/** Who cannot have several clients that it opens data connections to. */
function forgetful(
  { server }: World["place"],
  mode: "passive" | "active",
): ReturnType<NonNullable<Operation["exception"]>> {
  if (server !== "pyftpdlib" || mode !== "active") return undefined;
  const why = "it forgets data connections that it opens to several clients at once";
  return { why, end: "untried" };
}

async function plant(root: string): Promise<void> {
  for (const [path, size] of TREE) {
    const whole = `${root}/${path}`;
    await Deno.mkdir(whole.slice(0, whole.lastIndexOf("/")), { recursive: true });
    await Deno.writeFile(whole, noise(size));
    // Long ago, so that listings tell the day alone.
    await Deno.utime(whole, 1_700_000_000, 1_700_000_000);
  }
}

/** Asserts that a tree is the one that was planted, and has nothing else. */
async function assertTree(root: string): Promise<void> {
  for (const [path, size] of TREE) {
    assertBytes(await Deno.readFile(`${root}/${path}`), noise(size), path);
  }
  const names = await Array.fromAsync(Deno.readDir(`${root}/in`), ({ name }) => name);
  assert.deepEqual(names.sort(), ["b c", "deeper"]);
}
