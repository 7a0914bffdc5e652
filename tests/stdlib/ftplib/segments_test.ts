import assert from "node:assert/strict";
import { MemoryNetwork } from "../../../net/memory.ts";
import { FTP } from "../../../stdlib/ftplib/client.ts";
import { FTPError, SessionBusyError, VerifyError } from "../../../stdlib/ftplib/errors.ts";
import { segmentsOf } from "../../../stdlib/ftplib/segments.ts";
import { FTPServer } from "../../../stdlib/ftplib/server.ts";
import type { FTPMisbehaviour } from "../../../stdlib/ftplib/server/misbehaviour.ts";
import type { DownloadToOptions } from "../../../stdlib/ftplib/types.ts";
import { rejection } from "../../rejection.ts";
import { Folder } from "./_folder.ts";

const MIB = 1_048_576;
const OLDER = new Date("2020-01-01T00:00:00Z");
const NEWER = new Date("2020-01-01T00:00:01Z");

/** Bytes that repeat at no power of two, so that a piece in the wrong place shows. */
const DATA = Uint8Array.from({ length: 5 * MIB + 123 }, (_, index) => {
  return (index * 31 + (index >> 7)) % 251;
});

interface Place {
  readonly ftp: FTP;
  readonly server: FTPServer;
  readonly folder: Folder;
  /** The commands that sessions sent, one list for each. */
  readonly sessions: string[][];
  /** Downloads `/f`, and asserts that it is whole. */
  download(options?: DownloadToOptions): Promise<number>;
}

async function inPlace(
  body: (place: Place) => Promise<void>,
  misbehaviour?: FTPMisbehaviour,
): Promise<void> {
  await using folder = await Folder.make();
  const network = new MemoryNetwork();
  await using server = await FTPServer.start({
    files: { "/f": DATA, "/small": DATA.subarray(0, 2 * MIB - 1) },
    listen: network.listen,
  });
  server.files.set("/f", DATA, OLDER);
  if (misbehaviour) server.misbehave(misbehaviour);
  const sessions: string[][] = [];
  await using ftp = await FTP.connect(server.hostname, {
    port: server.port,
    user: "anonymous",
    dial: (target, options) => {
      if (target.port === server.port) sessions.push([]);
      return network.dial(target, options);
    },
    debug: ({ direction, text }) => {
      if (direction === "send") sessions.at(-1)!.push(text);
    },
  });
  const place = {
    ftp,
    server,
    folder,
    sessions,
    async download(options: DownloadToOptions = {}) {
      const done = await ftp.downloadTo("/f", folder.at("f"), { segments: 4, ...options });
      assert.equal(done.size, DATA.length);
      assert.deepEqual(await Deno.readFile(folder.at("f")), DATA);
      assert.deepEqual(await folder.names(), ["f"]);
      return done.offset;
    },
  };
  await body(place);
}

Deno.test("segmentsOf cuts what is missing, the largest first, and not too small", () => {
  assert.deepEqual(segmentsOf(8 * MIB, [], 4), [
    { from: 0, to: 2 * MIB },
    { from: 2 * MIB, to: 4 * MIB },
    { from: 4 * MIB, to: 6 * MIB },
    { from: 6 * MIB, to: 8 * MIB },
  ]);
  assert.deepEqual(segmentsOf(3 * MIB, [], 9).length, 2);
  assert.deepEqual(segmentsOf(10, [], 9), [{ from: 0, to: 10 }]);
  assert.deepEqual(segmentsOf(10, [[0, 10]], 9), []);
  assert.deepEqual(segmentsOf(100, [[0, 10], [20, 30], [30, 40]], 1), [
    { from: 10, to: 20 },
    { from: 40, to: 100 },
  ]);
  assert.deepEqual(segmentsOf(9 * MIB, [[MIB, 5 * MIB]], 3), [
    { from: 0, to: MIB },
    { from: 5 * MIB, to: 7 * MIB },
    { from: 7 * MIB, to: 9 * MIB },
  ]);
});

Deno.test("a large file comes in segments over as many sessions, which are closed then", async () => {
  await inPlace(async ({ ftp, server, sessions, download }) => {
    const seen: number[] = [];
    const total = await download({ onProgress: ({ transferred }) => seen.push(transferred) });
    assert.equal(total, 0);
    assert.equal(sessions.length, 4);
    assert.equal(seen.at(-1), DATA.length);
    assert.deepEqual(seen, seen.toSorted((a, b) => a - b));
    assert.equal(await ftp.pwd(), "/", "the session is in step");
    assert.equal(server.connections, 1);
    const rests = sessions.flat().filter((command) => /^REST [1-9]/.test(command));
    assert.equal(rests.length, 3);
  });
});

Deno.test("a small file, and one whose size or middle the server does not tell, comes in one", async () => {
  await inPlace(async ({ ftp, folder, sessions }) => {
    await ftp.downloadTo("/small", folder.at("small"), { segments: 4 });
    assert.deepEqual(await Deno.readFile(folder.at("small")), DATA.subarray(0, 2 * MIB - 1));
    assert.equal(sessions.length, 1);
  });
  for (const [command, replace] of [["SIZE", "502 what?"], ["REST", "502 what?"]] as const) {
    await inPlace(
      async ({ download }) => assert.equal(await download(), 0),
      { replies: { [command]: { replace } } },
    );
  }
});

Deno.test("a server that lets nobody else in has a file in segments all the same", async () => {
  await inPlace(async ({ server, sessions, download }) => {
    server.misbehave({ replies: { connect: { replace: "421 Too many", close: "after" } } });
    await download();
    assert.ok(sessions.length > 1);
  });
});

Deno.test("segments that are cut go on where they stopped", async () => {
  await inPlace(async ({ download }) => {
    const errors: unknown[] = [];
    await download({
      retries: { attempts: 3, delay: 1, jitter: 0 },
      onRetry: ({ error }) => errors.push(error),
    });
    assert.equal(errors.length, 6);
  }, { data: { RETR: { truncateAfter: 300_000, times: 6 } } });
});

Deno.test("what has come of segments is kept, and gone on with", async () => {
  await inPlace(async ({ ftp, server, folder, download }) => {
    server.misbehave({ data: { RETR: { truncateAfter: 300_000 } } });
    await rejection(ftp.downloadTo("/f", folder.at("f"), { segments: 4 }), FTPError);
    assert.deepEqual(await folder.names(), ["f.parts", "f.parts.json"]);
    server.misbehave({});
    const offset = await download({ resume: true });
    assert.ok(offset > 0 && offset <= 4 * 300_000, `${offset} bytes were there`);
  });
});

Deno.test("what has come of segments is not gone on with where it is of something else", async () => {
  const changes: Record<string, (place: Place) => Promise<unknown> | void> = {
    "the file was changed": ({ server }) => server.files.set("/f", DATA, NEWER),
    "the note is gone": ({ folder }) => Deno.remove(folder.at("f.parts.json")),
    "the note is cut": ({ folder }) => Deno.truncate(folder.at("f.parts.json"), 20),
    "the parts are cut": ({ folder }) => Deno.truncate(folder.at("f.parts"), 20),
    "nobody asked for it": () => {},
  };
  for (const [name, change] of Object.entries(changes)) {
    await inPlace(async (place) => {
      const { ftp, server, folder, download } = place;
      server.misbehave({ data: { RETR: { truncateAfter: 300_000 } } });
      await rejection(ftp.downloadTo("/f", folder.at("f"), { segments: 4 }), FTPError);
      await change(place);
      server.misbehave({});
      const offset = await download({ resume: name !== "nobody asked for it" });
      assert.equal(offset, 0, name);
    });
  }
});

Deno.test("a file that is changed while its segments come is fetched again, or is an error", async () => {
  for (const retries of [0, 2]) {
    await inPlace(async ({ ftp, server, folder, download }) => {
      let changed = false;
      const onProgress = () => {
        if (changed) return;
        changed = true;
        server.files.set("/f", DATA, NEWER);
      };
      if (retries > 0) return await download({ retries, onProgress }).then(() => {});
      const options = { segments: 4, onProgress };
      await rejection(ftp.downloadTo("/f", folder.at("f"), options), VerifyError);
      assert.deepEqual(await folder.names(), []);
    });
  }
});

Deno.test("a byte that was changed on its way shows by checksum, and only by that", async () => {
  const flipped = { data: { RETR: { flip: 100, times: 1 } } };
  await inPlace(async ({ ftp, folder }) => {
    await ftp.downloadTo("/f", folder.at("f"), { segments: 4, verify: true });
    assert.notDeepEqual(await Deno.readFile(folder.at("f")), DATA);
  }, flipped);
  await inPlace(async ({ ftp, folder }) => {
    const options = { segments: 4, verify: "checksum" } as const;
    await rejection(ftp.downloadTo("/f", folder.at("f"), options), VerifyError);
    assert.deepEqual(await folder.names(), []);
  }, flipped);
  await inPlace(async ({ download }) => {
    await download({ verify: "checksum", retries: 1 });
  }, flipped);
});

Deno.test("segments that are broken off leave what came, and a session that works", async () => {
  await inPlace(async ({ ftp, server, folder, download }) => {
    const controller = new AbortController();
    await rejection(
      ftp.downloadTo("/f", folder.at("f"), {
        segments: 4,
        signal: controller.signal,
        onProgress: () => controller.abort(new RangeError("enough")),
      }),
      RangeError,
    );
    assert.equal(await ftp.pwd(), "/");
    assert.equal(server.connections, 1);
    assert.ok(await download({ resume: true }) > 0);
  });
});

Deno.test("segments while your code has the session are refused, and too few are none", async () => {
  await inPlace(async ({ ftp, folder }) => {
    for await (const _chunk of ftp.download("/f")) {
      await rejection(ftp.downloadTo("/f", folder.at("f"), { segments: 4 }), SessionBusyError);
      break;
    }
    for (const segments of [0, NaN, 1.5]) {
      await rejection(ftp.downloadTo("/f", folder.at("f"), { segments }), RangeError);
    }
  });
});
