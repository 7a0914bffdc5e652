import assert from "node:assert/strict";
import { CancelledError } from "../../../loop/exceptions.ts";
import { run } from "../../../loop/runners.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask } from "../../../loop/tasks.ts";
import { FTP_TLS } from "../../../stdlib/ftplib/ftp_tls.ts";
import { rejection } from "../../rejection.ts";
import { Folder } from "../../stdlib/ftplib/_folder.ts";
import { interopTest } from "../interop.ts";
import type { FtpServer } from "../servers/ftp_server.ts";
import { CutNetwork, type DataCut } from "./cut_network.ts";
import { nameOf, type Place, PLACES } from "./places.ts";

/** One of each server, in the way of it that demands most. */
const STRICTEST = PLACES.filter(({ server, security, reuse, hostname }) =>
  hostname === "127.0.0.1" && security === "explicit" &&
  (reuse || server === "Pure-FTPd" || server === "pyftpdlib")
);

/** Bytes that repeat at no power of two, so that a piece in the wrong place shows. */
const DATA = Uint8Array.from({ length: 3_000_001 }, (_, index) => {
  return (index * 31 + (index >> 7)) % 251;
});

const CUTS: readonly DataCut[] = [
  { at: 600_000, how: "reset", both: true },
  { at: 900_000, how: "close", both: false },
  { at: 500_000, how: "close", both: true },
];

const RETRIES = { attempts: 5, delay: 20, factor: 1, jitter: 0 };

function connect(server: FtpServer, { security }: Place, network?: CutNetwork): Promise<FTP_TLS> {
  return FTP_TLS.connect(server.hostname, {
    port: server.port,
    user: server.user,
    password: server.password,
    implicit: security === "implicit",
    caCerts: [server.ca],
    timeout: 20_000,
    dial: network?.dial,
  });
}

async function* endless(): AsyncGenerator<Uint8Array> {
  for (;;) {
    await sleep(1);
    yield new Uint8Array(65_536);
  }
}

for (const place of STRICTEST) {
  const needs = { needs: [place.program] };

  interopTest(
    `transfers over a network that is cut are whole in the end (${nameOf(place)})`,
    needs,
    async () => {
      await using server = await place.start();
      await using folder = await Folder.make();
      await Deno.writeFile(folder.at("big.bin"), DATA);
      {
        await using network = new CutNetwork(server.port, "client", CUTS);
        await using ftp = await connect(server, place, network);
        const options = { retries: RETRIES, atomic: true, verify: true };
        await ftp.uploadFrom(folder.at("big.bin"), "big.bin", options);
        assert.equal(network.left, 0);
      }
      await using network = new CutNetwork(server.port, "server", CUTS);
      await using ftp = await connect(server, place, network);
      await ftp.downloadTo("big.bin", folder.at("copy"), { retries: RETRIES, verify: true });
      assert.equal(network.left, 0);
      assert.deepEqual(await Deno.readFile(folder.at("copy")), DATA);
    },
  );

  interopTest(
    `what is broken off leaves a session that works (${nameOf(place)})`,
    needs,
    async () => {
      await using server = await place.start();
      await run(async () => {
        await using ftp = await connect(server, place);
        await ftp.upload("big.bin", DATA);
        for (let round = 0; round < 2; round++) {
          for await (const _chunk of ftp.download("big.bin")) break;
          assert.equal(await ftp.pwd(), "/");
          const upload = createTask(() => ftp.upload("broken", endless()));
          await sleep(100);
          upload.cancel();
          await rejection(upload, CancelledError);
          assert.equal(await ftp.pwd(), "/");
          for await (const _line of ftp.dir()) break;
          assert.equal(await ftp.pwd(), "/");
          assert.equal(await ftp.size("big.bin"), DATA.length);
        }
      });
    },
  );
}
