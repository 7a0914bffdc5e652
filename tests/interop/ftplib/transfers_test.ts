import assert from "node:assert/strict";
import { run } from "../../../loop/runners.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask } from "../../../loop/tasks.ts";
import { CancelledError } from "../../../loop/exceptions.ts";
import { FTP } from "../../../stdlib/ftplib/client.ts";
import { FTPPool } from "../../../stdlib/ftplib/pool.ts";
import type { DebugLine } from "../../../stdlib/_client/reply_options.ts";
import { rejection } from "../../rejection.ts";
import { Folder } from "../../stdlib/ftplib/_folder.ts";
import { interopTest } from "../interop.ts";
import type { FtpServer } from "../servers/ftp_server.ts";
import type { Program } from "../servers/installed.ts";
import { startProftpd } from "../servers/proftpd.ts";
import { startPureFtpd } from "../servers/pure_ftpd.ts";
import { startPyftpdlib } from "../servers/pyftpdlib.ts";
import { startVsftpd } from "../servers/vsftpd.ts";
import { CutNetwork, type DataCut } from "./cut_network.ts";

const SERVERS: [program: Program, start: () => Promise<FtpServer>][] = [
  ["vsftpd", () => startVsftpd()],
  ["proftpd", () => startProftpd()],
  ["pure-ftpd", () => startPureFtpd()],
  ["pyftpdlib", () => startPyftpdlib()],
];

/** Bytes that repeat at no power of two, so that a piece in the wrong place shows. */
const DATA = Uint8Array.from({ length: 6_000_001 }, (_, index) => {
  return (index * 31 + (index >> 7)) % 251;
});

/** What becomes of the first data connections. */
const CUTS: readonly DataCut[] = [
  { at: 1_000_000, how: "reset", both: true },
  { at: 1_500_000, how: "close", both: false },
  { at: 1, how: "reset", both: false },
  { at: 700_000, how: "close", both: true },
  { at: 10, how: "reset", both: true },
];

const RETRIES = { attempts: 5, delay: 20, factor: 1, jitter: 0 };

function connect(
  server: FtpServer,
  network?: CutNetwork,
  debug?: (line: DebugLine) => void,
): Promise<FTP> {
  return FTP.connect(server.hostname, {
    port: server.port,
    user: "tulip",
    password: "secret",
    timeout: 20_000,
    dial: network?.dial,
    debug,
  });
}

async function* endless(): AsyncGenerator<Uint8Array> {
  for (;;) {
    await sleep(1);
    yield new Uint8Array(65_536);
  }
}

for (const [program, start] of SERVERS) {
  const needs = { needs: [program] };

  interopTest(
    `a download over a network that is cut is whole in the end (${program})`,
    needs,
    async () => {
      await using server = await start();
      await using folder = await Folder.make();
      await using network = new CutNetwork(server.port, "server", CUTS);
      {
        await using ftp = await connect(server);
        await ftp.upload("big.bin", DATA);
      }
      const offsets: number[] = [];
      await using ftp = await connect(server, network, ({ text }) => {
        const [, offset] = /^REST (\d+)$/.exec(text) ?? [];
        if (offset !== undefined) offsets.push(Number(offset));
      });
      await ftp.cwd("/");
      const { size, offset } = await ftp.downloadTo("big.bin", folder.at("big.bin"), {
        retries: RETRIES,
        verify: true,
        preserveModified: true,
      });
      assert.deepEqual([size, offset, network.left], [DATA.length, 0, 0]);
      assert.deepEqual(await Deno.readFile(folder.at("big.bin")), DATA);
      assert.ok(network.sessions >= 4, `${network.sessions} sessions`);
      // It went on, and never behind where it was.
      assert.ok(Math.max(...offsets) > 0, offsets.join());
      assert.deepEqual(offsets, offsets.toSorted((one, other) => one - other));
      const { mtime } = await Deno.stat(folder.at("big.bin"));
      assert.equal(mtime?.getTime(), (await ftp.modified("big.bin")).getTime());
    },
  );

  interopTest(
    `an upload over a network that is cut is whole in the end (${program})`,
    needs,
    async () => {
      await using server = await start();
      await using folder = await Folder.make();
      await Deno.writeFile(folder.at("big.bin"), DATA);
      for (const atomic of [false, true]) {
        await using network = new CutNetwork(server.port, "client", CUTS);
        await using ftp = await connect(server, network);
        const { transferred } = await ftp.uploadFrom(folder.at("big.bin"), `big-${atomic}.bin`, {
          retries: RETRIES,
          verify: true,
          atomic,
        });
        assert.deepEqual([transferred, network.left], [DATA.length, 0]);
        assert.deepEqual(await ftp.download(`big-${atomic}.bin`), DATA);
        const names = (await ftp.nlst()).filter((name) => name.includes("part"));
        assert.deepEqual(names, []);
      }
    },
  );

  interopTest(`atomic uploads replace a file, and keep its time (${program})`, needs, async () => {
    await using server = await start();
    await using folder = await Folder.make();
    const path = await folder.write("f", "new", new Date("2020-01-02T03:04:05Z"));
    await using ftp = await connect(server);
    await ftp.upload("f", "old and longer");
    const options = { atomic: true, verify: true, preserveModified: true };
    assert.equal((await ftp.uploadFrom(path, "f", options)).movedAside, false);
    assert.equal(new TextDecoder().decode(await ftp.download("f")), "new");
    const modified = await ftp.modified("f");
    assert.equal(modified.toISOString(), "2020-01-02T03:04:05.000Z");
    await rejection(ftp.uploadFrom(path, "no/such/f", options), Error);
    assert.equal((await ftp.nlst()).filter((name) => name.includes("part")).length, 0);
  });

  interopTest(`a file comes in segments (${program})`, needs, async () => {
    await using server = await start();
    await using folder = await Folder.make();
    await using ftp = await connect(server);
    await ftp.upload("big.bin", DATA);
    await ftp.downloadTo("big.bin", folder.at("whole"), { segments: 4 });
    assert.deepEqual(await Deno.readFile(folder.at("whole")), DATA);

    await using network = new CutNetwork(server.port, "server", CUTS);
    await using cut = await connect(server, network);
    await cut.downloadTo("big.bin", folder.at("cut"), { segments: 3, retries: RETRIES });
    assert.deepEqual(await Deno.readFile(folder.at("cut")), DATA);
    assert.equal(network.left, 0);
    assert.equal((await cut.nlst()).includes("big.bin"), true, "the session works");
  });

  interopTest(`a pool stores and fetches many files (${program})`, needs, async () => {
    await using server = await start();
    await using pool = await FTPPool.connect(server.hostname, {
      port: server.port,
      user: "tulip",
      password: "secret",
      connections: 4,
    });
    const names = Array.from({ length: 40 }, (_, index) => `${index}.bin`);
    await pool.map(names, (ftp, name) => ftp.upload(name, DATA.subarray(0, 5_000 + name.length)));
    const sizes = await pool.map(names, async (ftp, name) => (await ftp.download(name)).length);
    assert.deepEqual(sizes, names.map((name) => 5_000 + name.length));
    assert.ok(pool.size > 1 && pool.size <= 4);
  });

  interopTest(`NOOPs during a transfer disturb nothing (${program})`, needs, async () => {
    await using server = await start();
    const said: string[] = [];
    await using ftp = await FTP.connect(server.hostname, {
      port: server.port,
      user: "tulip",
      password: "secret",
      keepAlive: 100,
      debug: ({ direction, text }) => {
        if (direction === "send") said.push(text);
      },
    });
    const data = DATA.subarray(0, 1_500_000);
    const options = { throttle: 1_500_000 };
    for (let round = 0; round < 2; round++) {
      await ftp.upload("big.bin", data, options);
      assert.deepEqual(await ftp.download("big.bin", options), data);
      assert.equal(await ftp.size("big.bin"), data.length);
    }
    assert.ok(said.filter((command) => command === "NOOP").length >= 4, said.join());
  });

  interopTest(
    `what is broken off on the way up, or in a list, leaves a session that works (${program})`,
    needs,
    async () => {
      await using server = await start();
      await run(async () => {
        await using ftp = await connect(server);
        await Promise.all(
          Array.from({ length: 300 }, (_, index) => {
            return Deno.writeTextFile(`${server.root}/pub/${"x".repeat(100)}${index}`, "");
          }),
        );
        for (let round = 0; round < 2; round++) {
          const upload = createTask(() => ftp.upload("broken", endless()));
          await sleep(100);
          upload.cancel();
          await rejection(upload, CancelledError);
          assert.equal(await ftp.pwd(), "/");

          const controller = new AbortController();
          const waiting = ftp.upload("broken", endless(), { signal: controller.signal });
          waiting.catch(() => {});
          await sleep(100);
          controller.abort(new RangeError("enough"));
          await rejection(waiting, RangeError);
          assert.equal(await ftp.pwd(), "/");

          for await (const _line of ftp.dir("pub")) break;
          assert.equal(await ftp.pwd(), "/");
          for await (const _entry of ftp.mlsd("pub")) break;
          assert.equal(await ftp.pwd(), "/");
          assert.ok((await ftp.size("broken")) >= 0);
        }
      });
    },
  );
}

interopTest(
  "an upload starts over on a ProFTPD that lets none go on",
  { needs: ["proftpd"] },
  async () => {
    for (
      const config of [["AllowStoreRestart off"], ["HiddenStores on", "DeleteAbortedStores on"]]
    ) {
      await using server = await startProftpd({ config });
      await using folder = await Folder.make();
      await Deno.writeFile(folder.at("big.bin"), DATA);
      await using network = new CutNetwork(server.port, "client", CUTS.slice(0, 2));
      await using ftp = await connect(server, network);
      await ftp.uploadFrom(folder.at("big.bin"), "big.bin", { retries: RETRIES });
      assert.deepEqual(await ftp.download("big.bin"), DATA);
    }
  },
);
