import assert from "node:assert/strict";
import { TimeoutError } from "../../../loop/exceptions.ts";
import { OSError } from "../../../net/errors.ts";
import { FTP } from "../../../stdlib/ftplib/client.ts";
import { FTPError } from "../../../stdlib/ftplib/errors.ts";
import type { ClientDialogue } from "../../peers/dialogues.ts";
import { everyFault } from "../../peers/rig.ts";
import { text } from "./_session.ts";

/** A whole session: every kind of reply, a listing, a file down and a file up. */
const SESSION: ClientDialogue<unknown> = {
  name: "an FTP session",
  script: `
    S: 220-Welcome
    S: 220 ready
    C: USER u
    S: 331 password?
    C: PASS p
    S: 230 in
    C: TYPE A
    S: 200 ok
    C: EPSV
    S: 229 ok (|||{port}|)
    C: MLSD
    S: 150 here
    D: type=file;size=6; f
    S: 226 done
    C: TYPE I
    S: 200 ok
    C: SIZE f
    S: 213 6
    C: EPSV
    S: 229 ok (|||{port}|)
    C: RETR f
    S: 150 f (6 bytes)
    D= abcdef
    S: 226 done
    C: EPSV
    S: 229 ok (|||{port}|)
    C: STOR g
    S: 150 go on
    D? xyz
    S: 226 done
    C: QUIT
    S: 221 bye
  `,
  async client({ hostname, port, options }) {
    await using ftp = await FTP.connect(hostname, { ...options, port, user: "u", password: "p" });
    const names = (await ftp.mlsd()).map((entry) => entry.name);
    const data = text(await ftp.download("f"));
    const { transferred } = await ftp.upload("g", "xyz\r\n");
    await ftp.quit();
    return { names, data, transferred };
  },
  expected: { names: ["f"], data: "abcdef", transferred: 5 },
  errors: [FTPError, OSError, TimeoutError],
  // A data connection that falls silent costs one timeout; the last reply, and the goodbye, each
  // at most one more.
  patience: 5,
};

Deno.test("a server that stops at any byte: the right result or an error that says what, in time", async () => {
  const tally = await everyFault({
    ...SESSION,
    kinds: ["cut", "split", "bytes"],
    cuts: ["close", "reset", "silence"],
  });
  for (const how of ["close", "reset", "silence"]) {
    const { outcomes } = tally.counts.get(`${how}|server`)!;
    const error = how === "silence" ? "TimeoutError" : "SessionClosedError";
    assert.ok(outcomes[error]! > 200, Deno.inspect(outcomes));
    // What is left is a data connection that could no longer be made.
    const rest = Object.keys(outcomes).filter((name) => name !== error && name !== "FTPError");
    assert.deepEqual(rest, []);
  }
  // Pieces change nothing.
  const { runs, outcomes } = tally.counts.get("split|server")!;
  assert.deepEqual(outcomes, { result: runs });
});

Deno.test("the same over sockets, a sample of it", async () => {
  await everyFault(SESSION, { over: "sockets", sample: 20, seed: 7 });
});
