import assert from "node:assert/strict";
import { ErrorPerm, ErrorTemp, VerifyError } from "../../../stdlib/ftplib/errors.ts";
import type { DownloadToOptions } from "../../../stdlib/ftplib/types.ts";
import { rejection } from "../../rejection.ts";
import { Folder } from "./_folder.ts";
import { withServer } from "./_session.ts";

const TYPE = "C: TYPE I\nS: 200 ok";
const PASSIVE = "C: EPSV\nS: 229 ok (|||{port}|)";
const OLD = "20200101000000";

/** What a server says of a file that may be gone on with. */
function told(size: number, modified = OLD): string {
  return `C: SIZE f\nS: 213 ${size}\nC: MDTM f\nS: 213 ${modified}`;
}

/** A download from a byte on. */
function fetched(offset: number, data: string, end = "226 done"): string {
  const rest = offset === 0 ? "" : `C: REST ${offset}\nS: 350 go on`;
  const blocks = data.match(/.{1,50000}/g)!.map((block) => `D= ${block}`).join("\n");
  return `${PASSIVE}\n${rest}\nC: RETR f\nS: 150 here\n${blocks}\nS: ${end}`;
}

const SIZE = "C: SIZE f\nS: 213 10";
const MDTM = `C: MDTM f\nS: 213 ${OLD}`;

/** Downloads to `local` by a script, and gives what it has then. */
async function download(
  folder: Folder,
  script: string,
  options: DownloadToOptions,
): Promise<[content: string, offset: number]> {
  const { offset } = await withServer(
    script,
    (ftp) => ftp.downloadTo("f", folder.at("local"), options),
  );
  assert.deepEqual(await folder.names(), ["local"]);
  return [await folder.read("local"), offset];
}

Deno.test("resume goes on behind a .part of a file that is older than it", async () => {
  await using folder = await Folder.make();
  await folder.write("local.part", "01234");
  const script = `${TYPE}\n${told(10)}\n${fetched(5, "56789")}`;
  assert.deepEqual(await download(folder, script, { resume: true }), ["0123456789", 5]);
});

Deno.test("resume starts over where the file was changed after the .part was left", async () => {
  await using folder = await Folder.make();
  await folder.write("local.part", "OTHER", new Date("2019-12-31T23:59:59Z"));
  const script = `${TYPE}\n${told(10)}\n${fetched(0, "0123456789")}`;
  assert.deepEqual(await download(folder, script, { resume: true }), ["0123456789", 0]);
  // By size alone nobody would know.
  await folder.write("local.part", "OTHER", new Date("2019-12-31T23:59:59Z"));
  const blind = `${TYPE}\n${told(10)}\n${fetched(5, "56789")}`;
  assert.deepEqual(await download(folder, blind, { resume: "size" }), ["OTHER56789", 5]);
});

Deno.test("resume believes a server that does not tell when a file was changed", async () => {
  await using folder = await Folder.make();
  await folder.write("local.part", "01234");
  const script = `${TYPE}\n${SIZE}\nC: MDTM f\nS: 502 what?\n${fetched(5, "56789")}`;
  assert.deepEqual(await download(folder, script, { resume: true }), ["0123456789", 5]);
});

Deno.test("resume starts over where the server does not know REST", async () => {
  await using folder = await Folder.make();
  await folder.write("local.part", "01234");
  const script = `${TYPE}\n${told(10)}\n${PASSIVE}\nC: REST 5\nS: 502 what?\n` +
    fetched(0, "0123456789");
  assert.deepEqual(await download(folder, script, { resume: true }), ["0123456789", 0]);
});

Deno.test("resume notices a server that takes the marker and sends from the beginning", async () => {
  await using folder = await Folder.make();
  await folder.write("local.part", "01234");
  await withServer(
    `${TYPE}\n${told(10)}\n${fetched(5, "0123456789")}`,
    (ftp) => rejection(ftp.downloadTo("f", folder.at("local"), { resume: true }), VerifyError),
  );
  assert.deepEqual(await folder.names(), [], "nothing is left to be gone on with");
});

/** Larger than what is fetched anew rather than noted. */
const LARGE = "0123456789abcdef".repeat(8_192);

Deno.test("resume keeps what a large file was like, and knows another by it", async () => {
  const half = LARGE.slice(0, 70_000);
  const rest = LARGE.slice(70_000);
  const size = LARGE.length;
  // What the server says of the file at the second try, and where that begins.
  const cases: [told: string, begins: number][] = [
    [told(size, "20300101000000"), 70_000],
    [told(size, "20300101000001"), 0],
    [told(size + 1, "20300101000000"), 0],
  ];
  for (const [now, begins] of cases) {
    await using folder = await Folder.make();
    // Newer than the `.part`: only what is kept beside it tells that it may be gone on with.
    const first = `C: MDTM f\nS: 213 20300101000000\n${TYPE}\nC: SIZE f\nS: 213 ${size}\n` +
      fetched(0, half, "426 cut");
    await withServer(
      first,
      (ftp) => rejection(ftp.downloadTo("f", folder.at("local"), { resume: true }), ErrorTemp),
    );
    assert.deepEqual(await folder.names(), ["local.part", "local.part.json"]);
    const whole = now.includes(`${size + 1}`) ? `${LARGE}!` : LARGE;
    const second = `${TYPE}\n${now}\n${fetched(begins, begins === 0 ? whole : rest)}`;
    const [content, offset] = await download(folder, second, { resume: true });
    assert.ok(content === whole);
    assert.equal(offset, begins);
  }
});

Deno.test("resume does not take a .part for the beginning of another file", async () => {
  await using folder = await Folder.make();
  await folder.write("local.part", "OTHER");
  await folder.write("local.part.json", JSON.stringify({ path: "g", size: 10 }));
  const script = `${TYPE}\n${told(10)}\n${fetched(0, "0123456789")}`;
  assert.deepEqual(await download(folder, script, { resume: true }), ["0123456789", 0]);
});

Deno.test("resume is not misled by whatever lies beside a .part", async () => {
  for (
    const note of [
      "",
      "{",
      "null",
      "[]",
      '{"path":1}',
      '{"path":"f","size":-1}',
      "x".repeat(99_999),
    ]
  ) {
    await using folder = await Folder.make();
    await folder.write("local.part", "01234");
    await folder.write("local.part.json", note);
    const script = `${TYPE}\n${told(10)}\n${fetched(5, "56789")}`;
    await withServer(script, (ftp) => ftp.downloadTo("f", folder.at("local"), { resume: true }));
    assert.equal(await folder.read("local"), "0123456789");
  }
});

Deno.test("retries go on where the download was cut, on the session that is left", async () => {
  await using folder = await Folder.make();
  const events: unknown[] = [];
  const script = [
    MDTM,
    TYPE,
    SIZE,
    fetched(0, "012", "426 cut"),
    "C: NOOP\nS: 200 ok",
    told(10),
    fetched(3, "3456", "426 cut"),
    "C: NOOP\nS: 200 ok",
    told(10),
    fetched(7, "789"),
  ].join("\n");
  const [content, offset] = await download(folder, script, {
    retries: { attempts: 1, jitter: 0 },
    onRetry: ({ attempt, delay, error }) =>
      events.push([attempt, delay, (error as ErrorTemp).code]),
  });
  assert.deepEqual([content, offset], ["0123456789", 0]);
  assert.deepEqual(events, [[1, 1_000, 426], [1, 1_000, 426]]);
});

Deno.test("retries start over where the file has changed meanwhile", async () => {
  for (
    const now of [
      told(10, "20200101000001"),
      told(11),
      "C: SIZE f\nS: 550 no\nC: MDTM f\nS: 550 no",
    ]
  ) {
    await using folder = await Folder.make();
    const script = [
      MDTM,
      TYPE,
      SIZE,
      fetched(0, "OLD", "426 cut"),
      "C: NOOP\nS: 200 ok",
      now,
    ].join("\n");
    if (now.includes("550")) {
      await withServer(
        `${script}\nC: SIZE f\nS: 550 no\n${PASSIVE}\nC: REST 3\nS: 350 ok\nC: RETR f\nS: 550 gone\nC: PWD\nS: 257 "/"\nC: CWD f\nS: 550 no`,
        (ftp) => rejection(ftp.downloadTo("f", folder.at("local"), { retries: 3 }), ErrorPerm),
      );
      continue;
    }
    const data = now.includes("11") ? "0123456789!" : "0123456789";
    const found = await download(folder, `${script}\n${fetched(0, data)}`, { retries: 3 });
    assert.deepEqual(found, [data, 0]);
  }
});

Deno.test("retries after nothing has come do not take an older .part for a beginning", async () => {
  await using folder = await Folder.make();
  await folder.write("local.part", "OTHER");
  const refused = `${PASSIVE}\nC: RETR f\nS: 450 busy`;
  const script = [
    MDTM,
    TYPE,
    SIZE,
    refused,
    MDTM,
    SIZE,
    fetched(0, "0123456789"),
  ];
  assert.deepEqual(await download(folder, script.join("\n"), { retries: 3 }), ["0123456789", 0]);
});

Deno.test("without retries the first failure is the last", async () => {
  await using folder = await Folder.make();
  await withServer(
    `${TYPE}\n${SIZE}\n${fetched(0, "012", "426 cut")}`,
    (ftp) => rejection(ftp.downloadTo("f", folder.at("local")), ErrorTemp),
  );
  assert.equal(await folder.read("local.part"), "012");
});

Deno.test("verify asks about a file that has arrived, and removes what differs", async () => {
  const arrived = `${MDTM}\n${TYPE}\n${SIZE}\n${fetched(0, "0123456789")}`;
  await using folder = await Folder.make();
  // Only what was asked before can have changed.
  const options = { verify: true, preserveModified: true };
  assert.deepEqual(await download(folder, `${arrived}\n${told(10)}`, options), ["0123456789", 0]);
  await Deno.remove(folder.at("local"));
  for (
    const [now, type] of [
      [told(9), VerifyError],
      [told(11), VerifyError],
      [told(10, "20200101000001"), VerifyError],
    ] as const
  ) {
    await withServer(
      `${arrived}\n${now}`,
      (ftp) => rejection(ftp.downloadTo("f", folder.at("local"), options), type),
    );
    assert.deepEqual(await folder.names(), []);
  }
  const again = [
    arrived,
    told(11),
    MDTM,
    SIZE.replace("10", "11"),
    fetched(0, "0123456789!"),
    told(11),
  ];
  const retried = await download(folder, again.join("\n"), { ...options, retries: 1 });
  assert.deepEqual(retried, ["0123456789!", 0]);
});

Deno.test("preserveModified gives the local file the time of the one on the server", async () => {
  await using folder = await Folder.make();
  const script = `C: MDTM f\nS: 213 20010203040506.789\n${TYPE}\n${SIZE}\n` +
    fetched(0, "0123456789");
  await download(folder, script, { preserveModified: true });
  const { mtime } = await Deno.stat(folder.at("local"));
  assert.equal(mtime?.toISOString(), "2001-02-03T04:05:06.789Z");
  const unknown = `C: MDTM f\nS: 213 yesterday\n${TYPE}\n${SIZE}\n${fetched(0, "0123456789")}`;
  await download(folder, unknown, { preserveModified: true });
});

Deno.test("resume by what is no check is refused before a byte is sent", async () => {
  await using folder = await Folder.make();
  await withServer("", async (ftp) => {
    const resume = "perhaps" as "size";
    await rejection(ftp.downloadTo("f", folder.at("local"), { resume }), TypeError);
    await rejection(ftp.downloadTo("f", folder.at("local"), { retries: -1 }), RangeError);
    await rejection(ftp.downloadTo("f", folder.at("local"), { throttle: 0 }), RangeError);
    await rejection(ftp.downloadTo("f\r\nDELE f", folder.at("local")), TypeError);
  });
});
