import assert from "node:assert/strict";
import { FTP } from "../../../stdlib/ftplib/client.ts";
import { ErrorTemp } from "../../../stdlib/ftplib/errors.ts";
import type { Session } from "../../../stdlib/ftplib/session.ts";
import { scripted } from "../../peers/scripted.ts";
import { rejection } from "../../rejection.ts";
import { inTestTime } from "./_session.ts";

class Open extends FTP {
  get session(): Session {
    return this._session();
  }
}

const BEGIN = `
  S: 220 ready
  C: TYPE I
  S: 200 ok
  C: SIZE f
  S: 213 5
  C: EPSV
  S: 229 ok (|||{port}|)
  C: RETR f
  S: 150 now
  D= hello
`;

/** Downloads a file, and asks for a NOOP or two in the middle. */
async function during(
  script: string,
  body: (ftp: Open, reading: () => Promise<void>) => Promise<void>,
  noops = 1,
): Promise<void> {
  await inTestTime(async () => {
    await using peer = scripted(`${BEGIN}${script}`);
    await using ftp = new Open({ dial: peer.dial, timeout: 1000 });
    await ftp.connect("server");
    assert.equal(ftp.session.dialogue.noopDuring(), false);
    await body(ftp, async () => {
      await ftp.retrbinary("RETR f", () => {
        for (let sent = 0; sent < noops; sent++) {
          assert.equal(ftp.session.dialogue.noopDuring(), true);
        }
      });
      assert.equal(ftp.session.dialogue.noopDuring(), false);
    });
  });
}

const PWD = `C: PWD\nS: 257 "/here"`;

Deno.test("a NOOP during a transfer that is answered before its end", async () => {
  for (const reply of ["200 ok", "500 not now", "200-a\nS: b\nS: 200 c"]) {
    await during(`C: NOOP\nS: ${reply}\nS: 226 done\n${PWD}`, async (ftp, reading) => {
      await reading();
      assert.equal(await ftp.pwd(), "/here");
    });
  }
});

Deno.test("a NOOP during a transfer that is answered after its end is not the answer to another command", async () => {
  await during(
    `S: 226 done\nC: NOOP\nS: 200 ok\nC: PWD\nS: 257 "/probe"\nC: NOOP\nS: 200 mine\n${PWD}`,
    async (ftp, reading) => {
      await reading();
      assert.deepEqual((await ftp.noop()).lines, ["mine"]);
      assert.equal(await ftp.pwd(), "/here");
    },
  );
});

Deno.test("NOOPs during a transfer: one answered before its end, one after, one never", async () => {
  await during(
    `C: NOOP\nS: 200 ok\nC: NOOP\nC: NOOP\nS: 226 done\nS: 200 ok\nC: PWD\nS: 257 "/probe"\n${PWD}`,
    async (ftp, reading) => {
      await reading();
      assert.equal(await ftp.pwd(), "/here");
    },
    3,
  );
});

Deno.test("NOOPs during a transfer that fails: the answers are read away whatever their order", async () => {
  for (
    const replies of [
      "S: 426 cut\nS: 200 ok\nS: 226 closed",
      "S: 200 ok\nS: 426 cut\nS: 226 closed",
      "S: 426 cut\nS: 226 closed\nS: 200 ok",
      "S: 426 cut",
    ]
  ) {
    const probe = replies.startsWith("S: 200") ? "C: NOOP\nS: 200 ok" : 'C: PWD\nS: 257 "/probe"';
    await during(`C: NOOP\n${replies}\n${probe}\n${PWD}`, async (ftp, reading) => {
      await rejection(reading(), ErrorTemp);
      assert.equal(await ftp.pwd(), "/here");
    });
  }
});

Deno.test("NOOPs during a transfer that is left in the middle", async () => {
  await inTestTime(async () => {
    await using peer = scripted(
      `${BEGIN}D! silence\nC: NOOP\nS: 426 cut\nS: 200 ok\nC: PWD\nS: 257 "/probe"\n${PWD}`,
    );
    await using ftp = new Open({ dial: peer.dial, timeout: 1000 });
    await ftp.connect("server");
    for await (const _ of ftp.download("f")) {
      assert.ok(ftp.session.dialogue.noopDuring());
      break;
    }
    assert.equal(await ftp.pwd(), "/here");
  });
});
