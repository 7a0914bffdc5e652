import assert from "node:assert/strict";
import { FTP } from "../../stdlib/ftplib/client.ts";
import type { MirrorOptions } from "../../stdlib/ftplib/mirror/types.ts";
import { interopTest } from "../interop/interop.ts";
import { temporaryFolder } from "../interop/servers/folder.ts";
import { run } from "../interop/servers/run.ts";
import { startVsftpd } from "../interop/servers/vsftpd.ts";
import { Cutter } from "./cutter.ts";

const FILES = 20_000;
const PER_DIRECTORY = 200;

/** A large tree: most files are small, some of several sizes of buffers. */
async function plant(root: string): Promise<void> {
  const block = new Uint8Array(700_000).map((_, at) => (at * 31 + (at >> 7)) % 251);
  for (let first = 0; first < FILES; first += PER_DIRECTORY) {
    const number = first / PER_DIRECTORY;
    const directory = `${root}/${number % 10}/${number}`;
    await Deno.mkdir(directory, { recursive: true });
    const files = Array.from({ length: PER_DIRECTORY }, async (_, at) => {
      const size = at === 7 ? 150_000 + number * 5_000 : (first + at) % 1_500;
      await Deno.writeFile(`${directory}/${at}`, block.subarray(at, at + size));
    });
    await Promise.all(files);
  }
}

/** How often each path was asked for by a command, as the server's log has it. */
function commands(log: string, verb: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [, path] of log.matchAll(new RegExp(`FTP command: .*"${verb} ([^"]*)"`, "g"))) {
    counts.set(path!, (counts.get(path!) ?? 0) + 1);
  }
  return counts;
}

interopTest(
  "a mirror of 20,000 files is whole though a connection is cut every second, and fetches nothing twice",
  { needs: ["vsftpd"] },
  async (t) => {
    await using server = await startVsftpd();
    await using folder = await temporaryFolder("mirror");
    await plant(`${server.root}/tree`);
    let seed = 1;
    // A generator of the simplest kind: the choice has to be the same each time, and no more.
    const random = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
    await using cutter = new Cutter(1_000, random);
    const { hostname, port, user, password } = server;
    await using ftp = await FTP.connect(hostname, { port, user, password, dial: cutter.dial });
    const options: MirrorOptions = {
      connections: 4,
      retries: { attempts: 30, delay: 10, maxDelay: 500 },
      timeout: 20_000,
    };

    await t.step("down", async () => {
      const result = await ftp.mirrorDown("/tree", `${folder.path}/copy`, options);
      const { cuts } = cutter;
      assert.deepEqual(result.errors, []);
      assert.equal(result.files, FILES);
      const { stdout } = await run(["diff", "-r", `${server.root}/tree`, `${folder.path}/copy`]);
      assert.equal(stdout, "");
      const asked = commands(await server.log(), "RETR");
      assert.equal(asked.size, FILES);
      const twice = [...asked.values()].reduce((sum, count) => sum + count - 1, 0);
      // A cut ends one transfer at most; and there were some.
      assert.ok(twice <= cuts, `${twice} files were asked for again after ${cuts} cuts`);
      assert.ok(cuts >= 3, `only ${cuts} connections were cut`);
    });

    await t.step("up, half of it", async () => {
      const before = cutter.cuts;
      const half = { ...options, exclude: ["/[5-9]/"] };
      const result = await ftp.mirrorUp(`${folder.path}/copy`, "/again", half);
      const cuts = cutter.cuts - before;
      assert.deepEqual(result.errors, []);
      assert.equal(result.files, FILES / 2);
      for (let number = 0; number < 5; number++) {
        const [one, other] = [`${folder.path}/copy/${number}`, `${server.root}/again/${number}`];
        assert.equal((await run(["diff", "-r", one, other])).stdout, "");
      }
      const stored = commands(await server.log(), "STOR");
      const times = [...stored.values()].reduce((sum, count) => sum + count, 0);
      assert.ok(times <= FILES / 2 + cuts, `${times} uploads after ${cuts} cuts`);
    });
  },
);
