import assert from "node:assert/strict";
import { sleep } from "../../../loop/sleep.ts";
import { FTP } from "../../../stdlib/ftplib/client.ts";
import { SessionClosedError } from "../../../stdlib/ftplib/errors.ts";
import { rejection } from "../../rejection.ts";
import { withServer } from "./_session.ts";

const NOOP = "C: NOOP\nS: 200 ok";
const OPTIONS = { keepAlive: 60_000 };

Deno.test("keepAlive says NOOP while nothing else is said, and not before", async () => {
  // Silent for two minutes and more, then used for a while, and silent again.
  await withServer(
    `${NOOP}\n${NOOP}\n${'C: PWD\nS: 257 "/"\n'.repeat(10)}\n${NOOP}\nC: PWD\nS: 257 "/"`,
    async (ftp) => {
      await sleep(130_000);
      for (let round = 0; round < 10; round++) {
        assert.equal(await ftp.pwd(), "/");
        await sleep(30_000);
      }
      await sleep(60_000);
      assert.equal(await ftp.pwd(), "/");
    },
    OPTIONS,
  );
});

Deno.test("without keepAlive nothing is said", async () => {
  await withServer(`C: PWD\nS: 257 "/"`, async (ftp) => {
    await sleep(3_600_000);
    assert.equal(await ftp.pwd(), "/");
  });
});

const RETRIEVE = `
  C: TYPE I
  S: 200 ok
  C: SIZE f
  S: 213 10
  C: EPSV
  S: 229 ok (|||{port}|)
  C: RETR f
  S: 150 here
`;

Deno.test("keepAlive says NOOP during a transfer, whenever that is answered", async () => {
  const endings = {
    "at once": `${NOOP}\n${NOOP}\nD= 0123456789\nS: 226 done`,
    // Whether there are answers to come, another question tells.
    "afterwards": `C: NOOP\nC: NOOP\nD= 0123456789\nS: 226 done\nS: 200 ok\nS: 200 ok
      C: PWD\nS: 257 "/"`,
    "never": `C: NOOP\nC: NOOP\nD= 0123456789\nS: 226 done\nC: PWD\nS: 257 "/"`,
    "before the end": "C: NOOP\nC: NOOP\nD= 0123456789\nS: 200 ok\nS: 200 ok\nS: 226 done",
  };
  for (const [name, ending] of Object.entries(endings)) {
    await withServer(`${RETRIEVE}\n${ending}\nC: PWD\nS: 257 "/"`, async (ftp) => {
      const chunks: Uint8Array[] = [];
      // The server sends nothing until it has seen two of them.
      for await (const chunk of ftp.download("f", { timeout: Infinity })) chunks.push(chunk);
      assert.equal(chunks.reduce((sum, { length }) => sum + length, 0), 10, name);
      assert.equal(await ftp.pwd(), "/", name);
    }, OPTIONS);
  }
});

Deno.test("keepAlive says nothing where somebody waits for an answer", async () => {
  await withServer(`C: PWD\n${"S! turn\n".repeat(300)}S: 257 "/"`, async (ftp) => {
    assert.equal(await ftp.pwd({ timeout: Infinity }), "/");
  }, { keepAlive: 10 });
});

Deno.test("a server that is gone when it is asked is told of by the next call", async () => {
  await withServer("C: NOOP\nS! close", async (ftp) => {
    await sleep(130_000);
    assert.equal(ftp.closed, true);
    await rejection(ftp.pwd(), SessionClosedError);
  }, OPTIONS);
});

Deno.test("a time for keepAlive that is none is refused before anything is dialled", async () => {
  for (const keepAlive of [0, -1, NaN]) {
    await rejection(FTP.connect("server", { keepAlive }), RangeError);
  }
});
