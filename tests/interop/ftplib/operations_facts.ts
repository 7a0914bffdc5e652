/**
 * The rows of the matrix in which the server is asked what it knows about a file.
 *
 * @module
 */

import assert from "node:assert/strict";
import { ErrorPerm } from "../../../stdlib/ftplib/errors.ts";
import { rejection } from "../../rejection.ts";
import { noise, notOffered, type Operation, put } from "./operation.ts";

/** 14 November 2023, 22:13:20 UTC: long enough ago that LIST tells no time of day. */
const TIME = new Date(1_700_000_000_000);

/** Facts of files. */
export const FACT_OPERATIONS: readonly Operation[] = [
  {
    name: "stat (MLST, else LIST)",
    async run(world) {
      const { ftp, disk, folder } = world;
      await put(world, "a file", "12345");
      await Deno.utime(`${disk}/a file`, TIME, TIME);
      await Deno.mkdir(`${disk}/sub`);
      const file = await ftp.stat("a file");
      assert.deepEqual([file.name, file.type, file.size], ["a file", "file", 5]);
      assert.equal(file.modified!.toISOString().slice(0, 10), "2023-11-14");
      const directory = await ftp.stat(`${folder}/sub`);
      assert.deepEqual([directory.name, directory.type], ["sub", "directory"]);
      assert.equal((await rejection(ftp.stat("none"), ErrorPerm)).code, 550);
    },
  },
  {
    name: "exists",
    async run(world) {
      const { ftp, disk } = world;
      await put(world, "a file", "12345");
      await Deno.mkdir(`${disk}/sub`);
      assert.equal(await ftp.exists("a file"), true);
      assert.equal(await ftp.exists("sub"), true);
      assert.equal(await ftp.exists("none"), false);
      assert.equal(await ftp.exists("none/a file"), false);
    },
  },
  {
    name: "modified (MDTM)",
    async run(world) {
      const { ftp, disk } = world;
      await put(world, "a file", "12345");
      await Deno.utime(`${disk}/a file`, TIME, TIME);
      assert.deepEqual(await ftp.modified("a file"), TIME);
      assert.equal((await rejection(ftp.modified("none"), ErrorPerm)).code, 550);
    },
  },
  {
    name: "setModified (MFMT, MDTM, SITE UTIME)",
    async run(world) {
      const { ftp, disk } = world;
      await put(world, "a file", "12345");
      await ftp.setModified("a file", TIME);
      assert.deepEqual((await Deno.stat(`${disk}/a file`)).mtime, TIME);
      assert.deepEqual(await ftp.modified("a file"), TIME);
      const size = (await Deno.stat(`${disk}/a file`)).size;
      assert.equal(size, 5);
    },
  },
  {
    name: "checksum (HASH)",
    async run(world) {
      const { ftp } = world;
      const data = noise(300_000);
      await put(world, "file", data);
      for (const [offset, length] of [[0, 300_000], [1_000, 5_000]] as const) {
        const part = data.subarray(offset, offset + length);
        const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", part));
        assert.deepEqual(
          await ftp.checksum("file", { algorithm: "SHA-256", offset, length }),
          { algorithm: "SHA-256", hex: digest.toHex() },
        );
      }
    },
    exception: notOffered({
      "vsftpd": "it has no command for checksums",
      "Pure-FTPd": "it has no command for checksums",
      "pyftpdlib": "it has no command for checksums",
    }),
  },
  {
    name: "chmod",
    async run(world) {
      const { ftp, disk } = world;
      await put(world, "file", "x");
      await ftp.chmod("file", 0o640);
      assert.equal((await Deno.stat(`${disk}/file`)).mode! & 0o777, 0o640);
    },
  },
];
