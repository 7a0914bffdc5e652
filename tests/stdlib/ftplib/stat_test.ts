import assert from "node:assert/strict";
import { ErrorPerm, ErrorProto, ErrorTemp } from "../../../stdlib/ftplib/errors.ts";
import { rejection } from "../../rejection.ts";
import { withServer } from "./_session.ts";

const MLST = "C: FEAT\nS: 211-Features:\nS:  MLST type*;size*;\nS: 211 End\n";
const PLAIN = "C: FEAT\nS: 211-Features:\nS:  MDTM\nS:  SIZE\nS: 211 End\n";
const BARE = "C: FEAT\nS: 211-Features:\nS:  UTF8\nS: 211 End\n";
const IMAGE = "C: TYPE I\nS: 200 ok\n";

/** A listing by LIST, of a server without MLSD. */
function list(command: string, lines: string, first = true): string {
  return `
    ${first ? "C: TYPE A\nS: 200 ok" : ""}
    ${
    first ? `C: EPSV\nS: 229 ok (|||{port}|)\nC: ${command.replace(/^LIST/, "MLSD")}\nS: 500 ?` : ""
  }
    C: EPSV
    S: 229 ok (|||{port}|)
    C: ${command}
    S: 150 here it comes
    ${lines}
    S: 226 done
  `;
}

Deno.test("stat asks by MLST, and names the entry by the last name of its path", async () => {
  await withServer(
    `${MLST}
    C: MLST /pub/a b.txt
    S: 250-Listing
    S:  type=file;size=5;modify=20240229120000; /pub/a b.txt
    S: 250 End
    C: MLST /pub/
    S: 250-Listing
    S:  type=cdir;perm=el; /pub
    S: 250 End
    C: MLST /
    S: 250-Listing
    S:  type=dir; /
    S: 250 End`,
    async (ftp) => {
      const file = await ftp.stat("/pub/a b.txt");
      assert.deepEqual([file.name, file.type, file.size], ["a b.txt", "file", 5]);
      assert.equal(file.modified?.toISOString(), "2024-02-29T12:00:00.000Z");
      const directory = await ftp.stat("/pub/");
      assert.deepEqual([directory.name, directory.type, directory.role], [
        "pub",
        "directory",
        undefined,
      ]);
      assert.equal((await ftp.stat("/")).name, "/");
    },
  );
});

Deno.test("stat by MLST: what is not there, and what makes no sense", async () => {
  await withServer(
    `${MLST}
    C: MLST a
    S: 550 No such file
    C: MLST b
    S: 250-Listing
    S:  what?
    S: 250 End
    C: MLST c
    S: 450 busy
    C: MLST d
    S: 550 No such file
    C: MLST e
    S: 450 busy`,
    async (ftp) => {
      const error = await rejection(ftp.stat("a"), ErrorPerm);
      assert.deepEqual([error.code, error.command], [550, "MLST a"]);
      await rejection(ftp.stat("b"), ErrorProto);
      await rejection(ftp.stat("c"), ErrorTemp);
      assert.equal(await ftp.exists("d"), false);
      await rejection(ftp.exists("e"), ErrorTemp);
      for (const path of ["", "a\r\nb", "\0"]) await rejection(ftp.stat(path), TypeError);
    },
  );
});

Deno.test("stat asks by SIZE and MDTM where there is no MLST", async () => {
  await withServer(
    `${PLAIN}${IMAGE}
    C: SIZE d/a
    S: 213 5
    C: MDTM d/a
    S: 213 20240229120000
    C: SIZE d/b
    S: 213 6
    C: MDTM d/b
    S: 550 no`,
    async (ftp) => {
      const { facts: _, ...entry } = await ftp.stat("d/a");
      assert.deepEqual(entry, {
        name: "a",
        type: "file",
        size: 5,
        modified: new Date("2024-02-29T12:00:00Z"),
        precision: "second",
      });
      const dateless = await ftp.stat("d/b");
      assert.deepEqual([dateless.size, dateless.modified], [6, undefined]);
    },
  );
});

Deno.test("stat looks for what has no size in the listing of its directory", async () => {
  const lines = `D: drwxr-xr-x 2 0 0 4096 Jan 1 2024 sub
    D: -rw-r--r-- 1 0 0 5 Jan 1 2024 subway`;
  await withServer(
    `${PLAIN}${IMAGE}
    C: SIZE /pub/sub/
    S: 550 Not a plain file.
    ${list("LIST /pub", lines)}
    C: TYPE I
    S: 200 ok
    C: SIZE /none
    S: 550 Not a plain file.
    C: TYPE A
    S: 200 ok
    ${list("LIST /", lines, false)}
    C: TYPE I
    S: 200 ok
    C: SIZE none
    S: 550 Not a plain file.
    C: TYPE A
    S: 200 ok
    ${list("LIST", lines, false)}`,
    async (ftp) => {
      const entry = await ftp.stat("/pub/sub/");
      assert.deepEqual([entry.name, entry.type, entry.permissions], ["sub", "directory", 0o755]);
      const error = await rejection(ftp.stat("/none"), ErrorPerm);
      assert.deepEqual([error.code, error.command], [550, "SIZE /none"]);
      assert.equal(await ftp.exists("none"), false);
    },
  );
});

Deno.test("stat needs neither SIZE nor MDTM, and finds hidden names", async () => {
  await withServer(
    `${BARE}
    ${list("LIST", "D: -rw-r--r-- 1 0 0 5 Jan 1 2024 a")}
    ${list("LIST", "D: -rw-r--r-- 1 0 0 5 Jan 1 2024 a", false)}
    ${list("LIST -a", "D: -rw-r--r-- 1 0 0 7 Jan 1 2024 .b", false)}
    ${list("LIST", "D: -rw-r--r-- 1 0 0 5 Jan 1 2024 a", false)}
    C: EPSV
    S: 229 ok (|||{port}|)
    C: LIST -a
    S: 550 no -a here
    ${list("LIST d", "D: -rw-r--r-- 1 0 0 5 Jan 1 2024 a", false)}`,
    async (ftp) => {
      const entry = await ftp.stat("a", { utcOffset: 3_600_000 });
      assert.equal(entry.size, 5);
      assert.equal(entry.modified?.toISOString(), "2023-12-31T23:00:00.000Z");
      assert.equal((await ftp.stat(".b")).size, 7);
      assert.equal(await ftp.exists(".c"), false);
      const error = await rejection(ftp.stat("d/b"), ErrorPerm);
      assert.deepEqual([error.code, error.command], [undefined, "LIST d/b"]);
    },
  );
});

Deno.test("stat knows the directories that no listing names", async () => {
  await withServer(
    `${BARE}
    C: PWD
    S: 257 "/"
    C: PWD
    S: 257 "/a/b"
    ${list("LIST /", "D: drwxr-xr-x 2 0 0 4096 Jan 1 2024 a")}
    C: PWD
    S: 257 "/a/b"`,
    async (ftp) => {
      assert.deepEqual((({ name, type }) => [name, type])(await ftp.stat(".")), [".", "directory"]);
      const parent = await ftp.stat("..");
      assert.deepEqual([parent.name, parent.permissions], ["..", 0o755]);
      assert.equal((await ftp.stat("/")).type, "directory");
    },
  );
});
