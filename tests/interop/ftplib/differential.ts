/**
 * Runs one script with Python's ftplib and with ours, on the same server, from the same files.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { FTP } from "../../../stdlib/ftplib/client.ts";
import type { FtpServer } from "../servers/ftp_server.ts";
import { type DifferenceName, unexpected } from "./differences.ts";
import { NOBODY, NOGROUP, noise } from "./operation.ts";
import { runOurs } from "./ours.ts";
import type { PythonFtplib, Target } from "./python.ts";
import { type Outcome, type Script, splitAtMarks } from "./steps.ts";

/** How what both clients send is found out. */
export interface Stage {
  /** The server. */
  readonly server: FtpServer;
  /** Where the clients connect to. */
  readonly target: Target;
  /** Opens one of our sessions, and logs in. */
  connect(script: Script): Promise<FTP>;
  /** The commands sent since it was last asked. */
  sent(): Promise<string[]>;
}

/**
 * Runs a script twice, and asserts that nothing differs but what is meant to.
 *
 * @param stage Where.
 * @param python Python's client.
 * @param script What to do.
 * @param met Where the differences that were met are noted.
 */
export async function assertAlike(
  stage: Stage,
  python: PythonFtplib,
  script: Script,
  met: Set<DifferenceName>,
): Promise<void> {
  const { root } = stage.server;
  await reset(root);
  const theirResults = await python.run(stage.target, script);
  const theirs = { results: theirResults, commands: splitAtMarks(await stage.sent()) };
  const theirFiles = await filesIn(root);

  await reset(root);
  const ourResults = await runOurs(await stage.connect(script), script.steps);
  const ours: Outcome = { results: ourResults, commands: splitAtMarks(await stage.sent()) };
  const ourFiles = await filesIn(root);

  const difference = unexpected(script, theirs, ours, met);
  assert.ok(difference === undefined, difference);
  assert.deepEqual(ourFiles, theirFiles, "the files on the server");
}

/** What every script finds. */
const FILES: Readonly<Record<string, string | Uint8Array>> = {
  "a.txt": "alpha\nbeta\n",
  // After a line that is no UTF-8, Python's client takes old replies for new ones.
  "b.bin": noise(3_000).map((byte) => 32 + byte % 95),
  "ž š.txt": "ž\nš",
  "empty": "",
  "sub/c": "c",
};

async function reset(root: string): Promise<void> {
  for await (const { name } of Deno.readDir(root)) {
    await Deno.remove(`${root}/${name}`, { recursive: true });
  }
  await Deno.mkdir(`${root}/sub`);
  await Deno.chown(`${root}/sub`, NOBODY, NOGROUP);
  for (const [name, data] of Object.entries(FILES)) {
    const path = `${root}/${name}`;
    await Deno.writeFile(path, typeof data === "string" ? new TextEncoder().encode(data) : data);
    await Deno.chown(path, NOBODY, NOGROUP);
  }
}

/** Every file and directory below a folder, with what is in it. */
async function filesIn(folder: string, prefix = ""): Promise<Record<string, unknown>> {
  const files: Record<string, unknown> = {};
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) Object.assign(files, await filesIn(path, `${prefix}${name}/`));
    files[prefix + name] = isDirectory ? "directory" : [...await Deno.readFile(path)].join();
  }
  return files;
}
