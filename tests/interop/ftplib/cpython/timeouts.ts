/**
 * `TestTimeouts`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { TimeoutError } from "../../../../loop/exceptions.ts";
import { FTP } from "../../../../stdlib/ftplib/client.ts";
import { rejection } from "../../../rejection.ts";
import { startServer } from "../../../../net/servers/server.ts";
import type { Cases } from "./case.ts";

/** Adds the cases. */
export function addTimeoutCases(cases: Cases): void {
  const seen = "a connection has no timeout to look at: what it does is tested";
  cases.adapted(
    "testTimeoutDefault",
    "there is a limit by default, 30 s, and none for the whole process",
    () => void new FTP(),
  );
  cases.adapted(
    "testTimeoutNone",
    "`Infinity` means none",
    () => void new FTP({ timeout: Infinity }),
  );
  cases.adapted("testTimeoutValue", `${seen}; 0 is a \`RangeError\``, async () => {
    await timesOut((host, port) => FTP.connect(host, { port, timeout: 30 }));
    assert.throws(() => new FTP({ timeout: 0 }), RangeError);
  });
  cases.adapted("testTimeoutConnect", seen, async () => {
    await timesOut((host, port) => new FTP().connect(host, port, { timeout: 30 }));
  });
  cases.adapted("testTimeoutDifferentOrder", seen, async () => {
    await timesOut((host, port) => new FTP({ timeout: 30 }).connect(host, port));
  });
  cases.adapted("testTimeoutDirectAccess", "the timeout of a client does not change", async () => {
    await timesOut((host, port) => new FTP({ timeout: 30 }).connect(host, port));
  });
}

/** The server accepts, and never greets. */
async function timesOut(
  connect: (host: string, port: number) => Promise<unknown>,
): Promise<void> {
  await using server = await startServer(async (reader) => void await reader.read());
  await rejection(connect(server.hostname, server.port), TimeoutError);
}
