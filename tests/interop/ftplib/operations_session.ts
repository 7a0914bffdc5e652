/**
 * The rows of the matrix that need no data connection, or none in particular.
 *
 * @module
 */

import assert from "node:assert/strict";
import { SSLError } from "../../../net/errors.ts";
import { ErrorPerm } from "../../../stdlib/ftplib/errors.ts";
import { certificates } from "../../peers/certs.ts";
import { rejection } from "../../rejection.ts";
import {
  assertBytes,
  namesOnDisk,
  noise,
  notOffered,
  onDisk,
  type Operation,
  put,
} from "./operation.ts";

/** Sessions, directories, names of files. */
export const SESSION_OPERATIONS: readonly Operation[] = [
  {
    name: "connect, login, quit",
    async run({ connect }) {
      const ftp = await connect();
      assert.equal(ftp.getwelcome().code, 220);
      assert.equal((await ftp.noop()).code, 200);
      assert.equal(Math.floor((await ftp.quit()).code / 100), 2);
      assert.equal(ftp.closed, true);
    },
  },
  {
    name: "wrong password",
    async run({ connect, ftp }) {
      const error = await rejection(connect({ password: "wrong" }), ErrorPerm);
      assert.equal(error.code, 530);
      assert.ok(!String(error).includes("wrong"));
      await ftp.noop();
    },
  },
  {
    name: "certificate of an unknown authority",
    tlsOnly: true,
    async run({ connect }) {
      const { expiredAuthority } = await certificates();
      await rejection(connect({ caCerts: expiredAuthority.caCerts }), SSLError);
    },
  },
  {
    name: "cwd, pwd",
    async run({ ftp, folder, disk }) {
      await Deno.mkdir(`${disk}/in here`);
      assert.equal(await ftp.pwd(), folder);
      await ftp.cwd("in here");
      assert.equal(await ftp.pwd(), `${folder}/in here`);
      await ftp.cwd("..");
      assert.equal(await ftp.pwd(), folder);
      await ftp.cwd("/");
      assert.equal(await ftp.pwd(), "/");
      assert.equal((await rejection(ftp.cwd("/nowhere"), ErrorPerm)).code, 550);
    },
  },
  {
    name: "mkd, rmd",
    async run(world) {
      const { ftp, folder } = world;
      // Pure-FTPd repeats what it was given.
      const made = await ftp.mkd("new folder");
      assert.ok([`${folder}/new folder`, "new folder"].includes(made), made);
      assert.deepEqual(await namesOnDisk(world), ["new folder"]);
      assert.equal((await rejection(ftp.mkd("new folder"), ErrorPerm)).code, 550);
      await ftp.rmd("new folder");
      assert.deepEqual(await namesOnDisk(world), []);
      assert.equal((await rejection(ftp.rmd("new folder"), ErrorPerm)).code, 550);
    },
  },
  {
    name: "rename, delete",
    async run(world) {
      const { ftp } = world;
      await put(world, "one", "1");
      await ftp.rename("one", "two");
      assert.deepEqual(await namesOnDisk(world), ["two"]);
      assert.equal((await rejection(ftp.rename("one", "three"), ErrorPerm)).code, 550);
      await ftp.delete("two");
      assert.deepEqual(await namesOnDisk(world), []);
      assert.equal((await rejection(ftp.delete("two"), ErrorPerm)).code, 550);
    },
  },
  {
    name: "feat, size",
    async run(world) {
      const { ftp } = world;
      await put(world, "file", noise(123_457));
      assert.ok((await ftp.feat()).has("SIZE"));
      assert.equal(await ftp.size("file"), 123_457);
      assert.equal((await rejection(ftp.size("none"), ErrorPerm)).code, 550);
    },
  },
  {
    name: "names outside ASCII",
    async run(world) {
      for (const name of ["Dvořák – č. 8", "ελληνικά", "日本語.txt", "🌷", "e\u0301"]) {
        await roundTrip(world, name);
      }
    },
  },
  {
    name: "odd names",
    async run(world) {
      // Tabs and double spaces are what makes a listing in columns hard to read.
      const names = [
        'quo"te',
        "it's",
        "a  b",
        "semi;colon=x",
        "star*[x]?",
        "~tilde",
        "per%20cent",
        "-dash",
        "#",
        "a -> b",
      ];
      for (const name of names) await roundTrip(world, name);
    },
  },
  {
    name: "a backslash in a name",
    run: (world) => roundTrip(world, "back\\slash"),
    exception: notOffered({ "Pure-FTPd": "it prohibits such names" }),
  },
  {
    name: "names of 255 bytes",
    run: (world) => roundTrip(world, "n".repeat(255)),
  },
];

/** Stores a file of this name, sees it on disk and in both listings, fetches, renames, deletes it. */
async function roundTrip(world: Parameters<Operation["run"]>[0], name: string): Promise<void> {
  const { ftp } = world;
  const data = noise(name.length * 3);
  await ftp.upload(name, data);
  assert.deepEqual(await namesOnDisk(world), [name]);
  assertBytes(await onDisk(world, name), data, name);
  assertBytes(await ftp.download(name), data, name);
  assert.deepEqual((await ftp.mlsd()).map((entry) => entry.name), [name]);
  const listed = (await ftp.nlst()).filter((it) => it !== "." && it !== "..");
  assert.deepEqual(listed, [name]);
  await ftp.rename(name, "plain");
  await ftp.rename("plain", name);
  await ftp.delete(name);
  assert.deepEqual(await namesOnDisk(world), []);
}
