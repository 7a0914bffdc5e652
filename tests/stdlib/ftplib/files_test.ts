import assert from "node:assert/strict";
import { ErrorPerm, TruncatedError } from "../../../stdlib/ftplib/errors.ts";
import { rejection } from "../../rejection.ts";
import { withServer } from "./_session.ts";

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "ftplib-" });
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
}

function retrieve(data: string, size: number, end = "S: 226 done"): string {
  return `
    C: TYPE I
    S: 200 ok
    C: SIZE f
    S: 213 ${size}
    C: EPSV
    S: 229 ok (|||{port}|)
    C: RETR f
    S: 150 f (${size} bytes)
    ${data}
    ${end}
  `;
}

Deno.test("downloadTo writes a .part and renames it at the end, over what was there", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/local`;
    await Deno.writeTextFile(path, "an older and longer file");
    await Deno.writeTextFile(`${path}.part`, "left over and not resumed");
    await withServer(retrieve("D= 0123456789", 10), async (ftp) => {
      const seen: unknown[] = [];
      const result = await ftp.downloadTo("f", path, { onProgress: (each) => seen.push(each) });
      assert.deepEqual(result, { size: 10, offset: 0 });
      assert.deepEqual(seen.at(-1), { transferred: 10, total: 10 });
    });
    assert.equal(await Deno.readTextFile(path), "0123456789");
    assert.deepEqual(await namesIn(folder), ["local"]);
  });
});

Deno.test("downloadTo: an empty file, and one larger than any buffer", async () => {
  await inFolder(async (folder) => {
    await withServer(retrieve("D! close", 0), (ftp) => ftp.downloadTo("f", `${folder}/empty`));
    assert.equal((await Deno.stat(`${folder}/empty`)).size, 0);
    const piece = "0123456789abcdef".repeat(4_000);
    const large = piece.repeat(20);
    for (const announced of [large.length, undefined]) {
      const script = retrieve(`D= ${piece}\n`.repeat(20), large.length);
      await withServer(
        announced === undefined
          ? script.replace(/213 \d+/, "500 what").replace(/\(\d+ bytes\)/, "")
          : script,
        (ftp) => ftp.downloadTo("f", `${folder}/large`),
      );
      assert.ok(await Deno.readTextFile(`${folder}/large`) === large);
    }
  });
});

Deno.test("downloadTo: a file that is refused leaves nothing", async () => {
  await inFolder(async (folder) => {
    await withServer(
      // It could have been a directory.
      retrieve("", 1, "").replace("S: 150 f (1 bytes)", "S: 550 no") +
        'C: PWD\nS: 257 "/"\nC: CWD f\nS: 550 no',
      (ftp) => rejection(ftp.downloadTo("f", `${folder}/local`), ErrorPerm),
    );
    assert.deepEqual(await namesIn(folder), []);
  });
});

Deno.test("downloadTo: a local file that cannot be made costs the session nothing", async () => {
  await inFolder(async (folder) => {
    // A large file shows it before its bytes come, a small one after.
    for (
      const script of [
        retrieve("D! silence", 100_000, "S: 426 cut\nC: NOOP\nS: 200 ok"),
        retrieve("D= 0123456789", 10),
      ]
    ) {
      await withServer(`${script}\nC: PWD\nS: 257 "/"`, async (ftp) => {
        await rejection(ftp.downloadTo("f", `${folder}/no/such`), Deno.errors.NotFound);
        assert.equal(await ftp.pwd(), "/");
      });
    }
  });
});

Deno.test("downloadTo broken off leaves the .part; resume goes on from there", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/local`;
    await withServer(retrieve("D= 01234\nD! silence", 10, ""), async (ftp) => {
      const controller = new AbortController();
      await rejection(
        ftp.downloadTo("f", path, {
          signal: controller.signal,
          onProgress: () => controller.abort(new RangeError("enough")),
        }),
        RangeError,
      );
    });
    assert.deepEqual(await namesIn(folder), ["local.part"]);
    assert.equal(await Deno.readTextFile(`${path}.part`), "01234");

    await withServer(
      `
      C: TYPE I
      S: 200 ok
      C: SIZE f
      S: 213 10
      C: MDTM f
      S: 213 20200101000000
      C: EPSV
      S: 229 ok (|||{port}|)
      C: REST 5
      S: 350 go on
      C: RETR f
      S: 150 f (5 bytes)
      D= 56789
      S: 226 done
    `,
      async (ftp) => {
        const result = await ftp.downloadTo("f", path, { resume: true });
        assert.deepEqual(result, { size: 10, offset: 5 });
      },
    );
    assert.equal(await Deno.readTextFile(path), "0123456789");
    assert.deepEqual(await namesIn(folder), ["local"]);
  });
});

Deno.test("downloadTo resumes a large file as well", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/local`;
    await Deno.writeTextFile(`${path}.part`, "01234");
    const rest = "x".repeat(70_000);
    await withServer(
      retrieve(`D= ${rest}`, 70_005)
        .replace("C: EPSV", "C: MDTM f\nS: 213 20200101000000\nC: EPSV")
        .replace("C: RETR", "C: REST 5\nS: 350 go on\nC: RETR"),
      (ftp) => ftp.downloadTo("f", path, { resume: true }),
    );
    assert.ok(await Deno.readTextFile(path) === `01234${rest}`);
  });
});

Deno.test("downloadTo does not resume from a .part that is longer than the file", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/local`;
    await Deno.writeTextFile(`${path}.part`, "of another file");
    await withServer(
      retrieve("D= 0123456789", 10).replace("C: EPSV", "C: MDTM f\nS: 213 20200101000000\nC: EPSV"),
      (ftp) => ftp.downloadTo("f", path, { resume: true }),
    );
    assert.equal(await Deno.readTextFile(path), "0123456789");
  });
});

Deno.test("downloadTo keeps the .part of a file that was cut", async () => {
  await inFolder(async (folder) => {
    await withServer(
      retrieve("D= 01234", 10),
      (ftp) => rejection(ftp.downloadTo("f", `${folder}/local`), TruncatedError),
    );
    assert.deepEqual(await namesIn(folder), ["local.part"]);
  });
});

Deno.test("uploadFrom stores a local file, from an offset too", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/local`;
    await Deno.writeTextFile(path, "one\r\ntwo\r\n");
    const store = (rest: string, lines: string) => `
      C: EPSV
      S: 229 ok (|||{port}|)
      ${rest}
      C: STOR f
      S: 150 go on
      ${lines}
      S: 226 done
    `;
    await withServer(
      `C: TYPE I\nS: 200 ok\n${store("", "D? one\nD? two")}
       ${store("C: REST 5\nS: 350 ok", "D? two")}
       C: SIZE f\nS: 213 10`,
      async (ftp) => {
        assert.equal((await ftp.uploadFrom(path, "f")).transferred, 10);
        const options = { offset: 5, verify: true };
        assert.equal((await ftp.uploadFrom(path, "f", options)).transferred, 5);
      },
    );
    await withServer(
      "",
      (ftp) => rejection(ftp.uploadFrom(`${folder}/nothing`, "f"), Deno.errors.NotFound),
    );
  });
});
