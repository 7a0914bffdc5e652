/**
 * The rows of the matrix in which files are transferred and directories listed.
 *
 * @module
 */

import assert from "node:assert/strict";
import { ErrorPerm } from "../../../stdlib/ftplib/errors.ts";
import { rejection } from "../../rejection.ts";
import { assertBytes, namesOnDisk, noise, onDisk, type Operation, put } from "./operation.ts";

/** Nothing, one byte, more than one TLS record and one buffer, and many of both. */
const SIZES = [0, 1, 166_001, 4_000_037];

/** Listings and transfers. */
export const FILE_OPERATIONS: readonly Operation[] = [
  {
    name: "nlst",
    async run(world) {
      const { ftp, folder } = world;
      await put(world, "b.txt", "b");
      await put(world, "a file", "a");
      assert.deepEqual(withoutDots(await ftp.nlst()), ["a file", "b.txt"]);
      const elsewhere = (await ftp.nlst(folder)).map((path) => path.split("/").at(-1)!);
      assert.deepEqual(withoutDots(elsewhere), ["a file", "b.txt"]);
    },
  },
  {
    name: "nlst, mlsd of an empty directory",
    async run({ ftp }) {
      assert.deepEqual(withoutDots(await ftp.nlst()), []);
      assert.deepEqual(await ftp.mlsd(), []);
    },
    exception: ({ server, security }) =>
      server === "pyftpdlib" && security !== "plain"
        ? { why: "it ends an empty listing now and then without the end of TLS", end: "untried" }
        : undefined,
  },
  {
    name: "dir",
    async run(world) {
      const { ftp, disk } = world;
      await put(world, "a file", "12345");
      await Deno.mkdir(`${disk}/sub`);
      const lines = (await ftp.dir()).filter((line) => !/^total |\s\.\.?$/.test(line)).sort();
      assert.equal(lines.length, 2);
      assert.match(lines[0]!, /^-.* 5 .* a file$/);
      assert.match(lines[1]!, /^d.* sub$/);
    },
  },
  {
    name: "mlsd (LIST where there is none)",
    async run(world) {
      const { ftp, disk } = world;
      await put(world, "a file", "12345");
      await Deno.utime(`${disk}/a file`, 1_700_000_000, 1_700_000_000);
      await Deno.mkdir(`${disk}/sub`);
      const entries = (await ftp.mlsd()).sort((one, other) => one.name < other.name ? -1 : 1);
      assert.deepEqual(entries.map(({ name, type }) => [name, type]), [
        ["a file", "file"],
        ["sub", "directory"],
      ]);
      assert.equal(entries[0]!.size, 5);
      // A line of LIST tells the day alone of a file that is older than half a year.
      assert.equal(entries[0]!.modified!.toISOString().slice(0, 10), "2023-11-14");
    },
  },
  {
    name: "download: 0 bytes, 1, 166 KB, 4 MB",
    async run(world) {
      for (const size of SIZES) {
        await put(world, "file", noise(size));
        assertBytes(await world.ftp.download("file"), noise(size));
      }
      const error = await rejection(world.ftp.download("none"), ErrorPerm);
      assert.equal(error.code, 550);
    },
  },
  {
    name: "upload: 0 bytes, 1, 166 KB, 4 MB",
    async run(world) {
      for (const size of SIZES) {
        const { transferred } = await world.ftp.upload("file", noise(size), { verify: true });
        assert.equal(transferred, size);
        assertBytes(await onDisk(world, "file"), noise(size));
      }
      const error = await rejection(world.ftp.upload("none/file", "x"), ErrorPerm);
      assert.ok([550, 553].includes(error.code!), String(error.code));
    },
  },
  {
    name: "retrbinary, storbinary",
    async run(world) {
      const { ftp } = world;
      const data = noise(300_001);
      await ftp.storbinary("STOR file", pieces(data));
      assertBytes(await onDisk(world, "file"), data);
      const chunks: Uint8Array[] = [];
      await ftp.retrbinary("RETR file", (chunk) => void chunks.push(chunk), { blocksize: 8192 });
      assert.ok(chunks.every(({ length }) => length <= 8192));
      assertBytes(join(chunks), data);
    },
  },
  {
    name: "retrlines, storlines",
    async run(world) {
      const { ftp } = world;
      await ftp.storlines("STOR text", "one\ntwo – zwei\r\nthree");
      // Servers may keep the line ends of the network, or write those of their own system.
      const stored = new TextDecoder().decode(await onDisk(world, "text"));
      assert.equal(stored.replaceAll("\r\n", "\n"), "one\ntwo – zwei\nthree\n");
      await put(world, "text", "one\ntwo – zwei\n\nfour\n");
      const lines: string[] = [];
      await ftp.retrlines("RETR text", (line) => void lines.push(line));
      assert.deepEqual(lines, ["one", "two – zwei", "", "four"]);
      await put(world, "binary", "a\nb\n");
      assert.equal(await ftp.size("binary"), 4);
      assert.equal((await ftp.download("binary")).length, 4, "binary again after text");
    },
  },
  {
    name: "download from the middle",
    async run(world) {
      const data = noise(1_000_003);
      await put(world, "file", data);
      for (const offset of [1, 500_000, 1_000_002, 1_000_003]) {
        const rest = await world.ftp.download("file", { offset });
        assertBytes(rest, data.subarray(offset), `from ${offset}`);
      }
      assertBytes(await world.ftp.download("file"), data, "from the start again");
    },
  },
  {
    name: "upload from the middle",
    async run(world) {
      const data = noise(1_000_003);
      await put(world, "file", data.subarray(0, 400_000));
      await world.ftp.upload("file", data.subarray(400_000), { offset: 400_000 });
      assertBytes(await onDisk(world, "file"), data);
    },
  },
  {
    name: "append",
    async run(world) {
      await put(world, "file", "one");
      await world.ftp.upload("file", ", two", { append: true });
      await world.ftp.upload("file", ", three", { append: true });
      assert.equal(new TextDecoder().decode(await onDisk(world, "file")), "one, two, three");
    },
  },
  {
    name: "downloadTo, broken off and resumed",
    async run(world) {
      const { ftp, local } = world;
      const data = noise(8_000_001);
      await put(world, "file", data);
      const controller = new AbortController();
      const broken = ftp.downloadTo("file", `${local}/copy`, {
        signal: controller.signal,
        onProgress: () => controller.abort(new RangeError("enough")),
      });
      await rejection(broken, RangeError);
      const { offset, size } = await ftp.downloadTo("file", `${local}/copy`, {
        resume: true,
        // Where the server has ended the session, a new one goes on.
        retries: 1,
      });
      assert.ok(offset > 0 && offset < size, `from ${offset} to ${size}`);
      assertBytes(await Deno.readFile(`${local}/copy`), data);
    },
  },
  {
    name: "uploadFrom",
    async run(world) {
      const { ftp, local } = world;
      const data = noise(3_000_001);
      await Deno.writeFile(`${local}/source`, data);
      await ftp.uploadFrom(`${local}/source`, "file", { verify: true });
      assertBytes(await onDisk(world, "file"), data);
    },
  },
  {
    name: "six uploads, six downloads in a row",
    async run(world) {
      const data = noise(20_000);
      for (let round = 1; round <= 6; round++) {
        await world.ftp.upload(`file ${round}`, data.subarray(round));
      }
      assert.equal((await namesOnDisk(world)).length, 6);
      for (let round = 1; round <= 6; round++) {
        const fetched = await world.ftp.download(`file ${round}`);
        assertBytes(fetched, data.subarray(round), `round ${round}`);
      }
    },
  },
  {
    name: "leave a download in the middle, and go on",
    async run(world) {
      const { ftp } = world;
      await put(world, "big", noise(12_000_000));
      await put(world, "small", "small");
      for (let round = 0; round < 3; round++) {
        for await (const _chunk of ftp.download("big")) break;
        assert.equal(await ftp.size("small"), 5);
        using transfer = ftp.download("big");
        await transfer.readInto(new Uint8Array(1000));
        await ftp.abort();
        assert.equal(new TextDecoder().decode(await ftp.download("small")), "small");
      }
    },
  },
  {
    name: "leave an upload in the middle, and go on",
    async run(world) {
      const { ftp } = world;
      for (let round = 0; round < 3; round++) {
        await rejection(ftp.upload("broken", failing()), SyntaxError);
        await ftp.upload("whole", noise(50_000));
        assertBytes(await onDisk(world, "whole"), noise(50_000));
      }
    },
  },
  {
    name: "three sessions at once",
    async run(world) {
      const { connect, folder } = world;
      const data = noise(600_000);
      await put(world, "file", data);
      // One after the other they log in, and then they all take turns.
      const sessions = [await connect(), await connect(), await connect()];
      try {
        const work = sessions.map(async (ftp, index) => {
          for (let round = 0; round < 3; round++) {
            assertBytes(await ftp.download(`${folder}/file`), data);
            await ftp.upload(`${folder}/from ${index}`, data.subarray(index));
          }
        });
        await Promise.all(work);
      } finally {
        for (const ftp of sessions) await ftp[Symbol.asyncDispose]();
      }
      for (const index of sessions.keys()) {
        assertBytes(await onDisk(world, `from ${index}`), data.subarray(index));
      }
    },
    exception: ({ server }, mode) =>
      server === "pyftpdlib" && mode === "active"
        ? {
          why: "it forgets data connections that it opens to several clients at once",
          end: "untried",
        }
        : undefined,
  },
];

/** Pure-FTPd names the directory and the one above it as well. */
function withoutDots(names: readonly string[]): string[] {
  return names.filter((name) => name !== "." && name !== "..").sort();
}

function join(chunks: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(chunks.flatMap((chunk) => [...chunk]));
}

async function* pieces(data: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < data.length; from += 70_001) {
    yield await Promise.resolve(data.subarray(from, from + 70_001));
  }
}

async function* failing(): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(new Uint8Array(100_000));
  throw new SyntaxError("mine");
}
