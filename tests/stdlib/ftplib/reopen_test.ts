import assert from "node:assert/strict";
import { TimeoutError } from "../../../loop/exceptions.ts";
import { gather } from "../../../loop/gather.ts";
import { getEventLoop } from "../../../loop/events.ts";
import { Lock } from "../../../loop/locks/lock.ts";
import { sleep } from "../../../loop/sleep.ts";
import { EOFError } from "../../../net/errors.ts";
import type { Session } from "../../../stdlib/ftplib/session.ts";
import { liveSession } from "../../../stdlib/ftplib/transfer_client.ts";
import { FTP } from "../../../stdlib/ftplib/client.ts";
import { ErrorPerm, SessionClosedError } from "../../../stdlib/ftplib/errors.ts";
import { scripted } from "../../peers/scripted.ts";
import { rejection } from "../../rejection.ts";
import { PASSIVE } from "./_dialogues.ts";
import { Folder } from "./_folder.ts";
import { inTestTime } from "./_session.ts";

const LOGIN = `
  S: 220 ready
  C: USER ada
  S: 331 password?
  C: PASS secret
  S: 230 in
`;
const TYPE = "C: TYPE I\nS: 200 ok";
const SIZE = "C: SIZE f\nS: 213 10";
const MDTM = "C: MDTM f\nS: 213 20200101000000";
const GO_ON = `${TYPE}\n${SIZE}\n${MDTM}\n${PASSIVE}`;
const RETRIES = { attempts: 3, jitter: 0 };

/** What a client that is logged in does, over one connection for each script. */
async function over(scripts: string[], body: (ftp: FTP) => Promise<void>): Promise<void> {
  await inTestTime(async () => {
    await using peer = scripted(scripts);
    const login = { user: "ada", password: "secret" };
    await using ftp = await FTP.connect("server", { ...login, dial: peer.dial, timeout: 5_000 });
    await body(ftp);
  });
}

const RETRIEVED = "C: RETR f\nS: 150 here";

Deno.test("a download goes on in another session, in the same directory, after each kind of loss", async () => {
  const losses = {
    reset: "D! reset\nS! reset",
    close: "D! close\nS! close",
    "421": "D! close\nS: 421 going down\nS! close",
    silence: "D! silence\nC! eof",
  };
  for (const [name, loss] of Object.entries(losses)) {
    await using folder = await Folder.make();
    const first = `${LOGIN}\nC: CWD /pub\nS: 250 ok\n${MDTM}\n${TYPE}\n${SIZE}\n${PASSIVE}
      ${RETRIEVED}\nD= 01234\n${loss}`;
    const second = `${LOGIN}\nC: CWD /pub\nS: 250 ok\n${GO_ON}
      C: REST 5\nS: 350 ok\n${RETRIEVED}\nD= 56789\nS: 226 done\nC: PWD\nS: 257 "/pub"`;
    await over([first, second], async (ftp) => {
      await ftp.cwd("/pub");
      const seen: number[] = [];
      const { offset } = await ftp.downloadTo("f", folder.at("f"), {
        retries: RETRIES,
        onRetry: ({ attempt }) => seen.push(attempt),
      });
      assert.deepEqual([offset, seen], [0, [1]], name);
      assert.equal(await ftp.pwd(), "/pub");
    });
    assert.equal(await folder.read("f"), "0123456789", name);
  }
});

Deno.test("a server that is gone for a while is dialled again until it is back", async () => {
  await using folder = await Folder.make();
  const first = `${LOGIN}\n${MDTM}\n${TYPE}\n${SIZE}\n${PASSIVE}
    ${RETRIEVED}\nD= 01234\nD! reset\nS! reset`;
  const full = "S: 421 too many";
  const second = `${LOGIN}\n${GO_ON}\nC: REST 5\nS: 350 ok\n${RETRIEVED}\nD= 56789\nS: 226 done`;
  await over([first, full, full, second], async (ftp) => {
    const delays: number[] = [];
    const onRetry = ({ delay }: { delay: number }) => delays.push(delay);
    await ftp.downloadTo("f", folder.at("f"), { retries: RETRIES, onRetry });
    assert.deepEqual(delays, [1_000, 2_000, 4_000]);
  });
  assert.equal(await folder.read("f"), "0123456789");
});

Deno.test("a login that is refused meanwhile ends the attempts", async () => {
  await using folder = await Folder.make();
  const first = `${LOGIN}\n${MDTM}\n${TYPE}\n${SIZE}\n${PASSIVE}
    ${RETRIEVED}\nD= 01234\nD! reset\nS! reset`;
  const second = LOGIN.replace("230 in", "530 not any more");
  await over([first, second], async (ftp) => {
    const error = await rejection(
      ftp.downloadTo("f", folder.at("f"), { retries: RETRIES }),
      ErrorPerm,
    );
    assert.equal(error.code, 530);
    assert.doesNotMatch(Deno.inspect(error), /secret/);
  });
  assert.deepEqual(await folder.names(), ["f.part"]);
});

Deno.test("a client that is closed meanwhile is not opened again", async () => {
  await using folder = await Folder.make();
  const first = `${LOGIN}\n${MDTM}\n${TYPE}\n${SIZE}\n${PASSIVE}
    ${RETRIEVED}\nD= 01234\nD! reset\nS! reset`;
  await over([first], async (ftp) => {
    const onRetry = () => ftp.close();
    await rejection(
      ftp.downloadTo("f", folder.at("f"), { retries: RETRIES, onRetry }),
      SessionClosedError,
    );
  });
});

Deno.test("calls that lose one session open one other; who fails to leaves it to the next", async () => {
  await inTestTime(async () => {
    let session = { closed: true } as Session;
    let opened = 0;
    const client = {
      session: () => session,
      opening: new Lock(),
      another: () => assert.fail("nobody needs another"),
      async reopen() {
        await sleep(10);
        if (++opened === 1) throw new EOFError("not yet");
        session = { closed: false } as Session;
      },
    };
    const both = await gather(
      () => liveSession(client, {}),
      () => liveSession(client, {}),
      () => liveSession(client, {}),
      { returnExceptions: true },
    );
    assert.equal(opened, 2);
    assert.ok(both[0] instanceof EOFError);
    assert.ok(both[1] === session && both[2] === session);
  });
});

Deno.test("an upload goes on behind what the server has", async () => {
  await using folder = await Folder.make();
  const path = await folder.write("f", "one\r\ntwo\r\n");
  const first = `${LOGIN}\n${TYPE}\n${PASSIVE}\nC: STOR f\nS: 150 go on\nD? one\nD? two\nS! reset`;
  const there = `${TYPE}\nC: SIZE f\nS: 213 5\n${MDTM}\n${PASSIVE}`;
  const ways = {
    "REST and STOR": "C: REST 5\nS: 350 ok\nC: STOR f\nS: 150 go on\nD? two\nS: 226 done",
    "APPE": `C: REST 5\nS: 502 what?\n${PASSIVE}\nC: APPE f\nS: 150 go on\nD? two\nS: 226 done`,
    "from the beginning": `C: REST 5\nS: 350 ok\nC: STOR f\nS: 451 not configured\n${PASSIVE}
      C: REST 0\nS: 350 ok\nC: STOR f\nS: 150 go on\nD? one\nD? two\nS: 226 done`,
  };
  for (const [name, way] of Object.entries(ways)) {
    const script = way.replace("C: REST 0\nS: 350 ok\n", "");
    await over([first, `${LOGIN}\n${there}\n${script}\n${SIZE}`], async (ftp) => {
      const { transferred, reply } = await ftp.uploadFrom(path, "f", { retries: RETRIES });
      assert.deepEqual([transferred, reply.code], [10, 226], name);
    });
  }
});

Deno.test("an upload starts over where the server has more than was sent, or the local file changed", async () => {
  await using folder = await Folder.make();
  const whole = `C: STOR f\nS: 150 go on\nD? one\nD? two\nS: 226 done\n${SIZE}`;
  const first = `${LOGIN}\n${TYPE}\n${PASSIVE}\nC: STOR f\nS: 150 go on\nD? one\nD? two\nS! reset`;
  for (const [size, changed] of [[11, false], [5, true]] as const) {
    const path = await folder.write("f", "one\r\ntwo\r\n", new Date("2020-01-01"));
    const second = `${LOGIN}\n${TYPE}\nC: SIZE f\nS: 213 ${size}\n${MDTM}\n${PASSIVE}\n${whole}`;
    await over([first, second], async (ftp) => {
      await ftp.uploadFrom(path, "f", {
        retries: RETRIES,
        onRetry: () => {
          if (changed) Deno.utimeSync(path, new Date(), new Date());
        },
      });
    });
  }
});

Deno.test("an upload that only seems to have gone on is sent again", async () => {
  await using folder = await Folder.make();
  const path = await folder.write("f", "one\r\ntwo\r\n");
  const first = `${LOGIN}\n${TYPE}\n${PASSIVE}\nC: STOR f\nS: 150 go on\nD? one\nD? two\nS! reset`;
  // The server takes the marker, and writes from the beginning all the same.
  const second = `${LOGIN}\n${TYPE}\nC: SIZE f\nS: 213 5\n${MDTM}\n${PASSIVE}
    C: REST 5\nS: 350 ok\nC: STOR f\nS: 150 go on\nD? two\nS: 226 done\nC: SIZE f\nS: 213 5
    ${PASSIVE}\nC: STOR f\nS: 150 go on\nD? one\nD? two\nS: 226 done\n${SIZE}`;
  await over([first, second], async (ftp) => {
    await ftp.uploadFrom(path, "f", { retries: RETRIES });
  });
});

Deno.test("an atomic upload whose last answer was lost is complete, and not renamed twice", async () => {
  const temporary = String.raw`f\.[0-9a-f]{8}\.part`;
  const first = `${LOGIN}\n${TYPE}\n${PASSIVE}\nC: /STOR ${temporary}/\nS: 150 go on\nD? abc
    S: 226 done\nC: /SIZE ${temporary}/\nS: 213 5\nC: /RNFR ${temporary}/\nS: 350 ok\nC: RNTO f\nS! reset`;
  const there = `C: SIZE f\nS: 213 5\n${MDTM}`;
  const gone = `C: /SIZE ${temporary}/\nS: 550 no\nC: /MDTM ${temporary}/\nS: 550 no`;
  await over([first, `${LOGIN}\n${TYPE}\n${gone}\n${there}`], async (ftp) => {
    const { transferred } = await ftp.upload("f", "abc\r\n", { atomic: true, retries: RETRIES });
    assert.equal(transferred, 5);
  });
});

Deno.test("what cannot be tried again safely is refused before a byte is sent", async () => {
  await over([LOGIN], async (ftp) => {
    await rejection(ftp.upload("f", "x", { append: true, retries: 1 }), TypeError);
    async function* source() {
      yield await Promise.resolve(new Uint8Array(1));
    }
    await rejection(ftp.upload("f", source(), { retries: 1 }), TypeError);
    await rejection(ftp.uploadFrom("/none", "f", { offset: 5, resume: true }), TypeError);
    await rejection(ftp.uploadFrom("/none", "f", { append: true, resume: true }), TypeError);
  });
});

Deno.test("retries end where the time that the caller has set is over", async () => {
  await using folder = await Folder.make();
  const first = `${LOGIN}\n${MDTM}\n${TYPE}\n${SIZE}\n${PASSIVE}
    ${RETRIEVED}\nD= 01234\nD! reset\nS! reset`;
  await over([first], async (ftp) => {
    const controller = new AbortController();
    const waiting = ftp.downloadTo("f", folder.at("f"), {
      retries: { attempts: Infinity, delay: 60_000, maxDelay: 60_000 },
      onRetry: () => {
        getEventLoop().callLater(10_000, () => controller.abort(new TimeoutError("enough")));
      },
      signal: controller.signal,
    });
    await rejection(waiting, TimeoutError);
  });
  assert.equal(await folder.read("f.part"), "01234");
});
