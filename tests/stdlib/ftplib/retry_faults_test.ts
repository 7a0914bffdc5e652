import assert from "node:assert/strict";
import { TimeoutError } from "../../../loop/exceptions.ts";
import { OSError } from "../../../net/errors.ts";
import { FTP } from "../../../stdlib/ftplib/client.ts";
import { FTPError } from "../../../stdlib/ftplib/errors.ts";
import { FTPServer } from "../../../stdlib/ftplib/server.ts";
import type { PairDialogue } from "../../peers/dialogues.ts";
import type { Fault } from "../../peers/faults.ts";
import { everyFault } from "../../peers/rig.ts";
import { text } from "./_session.ts";

const BODY = "0123456789abcdef".repeat(60);

/** A file down and a file up, both tried again. */
const LASTING: PairDialogue<string, string | undefined> = {
  name: "transfers with retries",
  async server({ options }) {
    const server = await FTPServer.start({
      files: { "/f": BODY },
      users: { ada: { password: "secret" } },
      dataTimeout: options.timeout,
      ...options,
    });
    return {
      port: server.port,
      get connections() {
        return server.connections;
      },
      get outcome() {
        return server.files.text("/g");
      },
      close: () => server.stop(),
    };
  },
  async client({ hostname, port, options }) {
    const login = { user: "ada", password: "secret" };
    await using ftp = await FTP.connect(hostname, { ...options, ...login, port });
    const retries = { attempts: 2, delay: 10, jitter: 0 };
    const data = text(await ftp.download("/f", { retries }));
    await ftp.upload("/g", BODY, { atomic: true, retries });
    return data;
  },
  expected: BODY,
  errors: [FTPError, OSError, TimeoutError],
  check(stored, { done }) {
    // Nobody ever sees half a file, and what is reported as done is there.
    assert.ok(stored === undefined || stored === BODY, `${stored?.length} bytes are there`);
    if (done) assert.equal(stored, BODY);
  },
  // Each silence costs a timeout, and one more for each attempt.
  patience: 12,
  kinds: ["cut"],
};

Deno.test("transfers with retries: whole or an error, whatever is cut, and never half a file", async () => {
  await everyFault(LASTING, { sample: 300, seed: 11 });
});

Deno.test("transfers with retries survive every connection that is lost alone", async () => {
  const how = ["close", "reset"] as const;
  const tally = await everyFault(LASTING, {
    // The login and the goodbye are nobody's retries.
    faults: ({ server }) =>
      how.flatMap((how) =>
        Array.from({ length: 60 }, (_, index): Fault => {
          const at = 120 + Math.floor((server - 240) * index / 60);
          return { kind: "cut", of: "server", at, how, only: true };
        })
      ),
  });
  for (const each of how) {
    const { outcomes, runs } = tally.counts.get(`${each}, one connection|server`)!;
    assert.deepEqual(outcomes, { result: runs });
  }
});
