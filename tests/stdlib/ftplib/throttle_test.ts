import assert from "node:assert/strict";
import { CancelledError } from "../../../loop/exceptions.ts";
import { gather } from "../../../loop/gather.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask } from "../../../loop/tasks.ts";
import { Throttle } from "../../../stdlib/ftplib/throttle.ts";
import { inNoTime } from "../../loop/in_no_time.ts";
import { rejection } from "../../rejection.ts";
import { bytes, withServer } from "./_session.ts";
import { getEventLoop } from "../../../loop/events.ts";

/** A tenth of a second's bytes may go at once at the beginning. */
const CREDIT = 100;

function isAbout(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) <= CREDIT + 2, `${actual} ms instead of ${expected}`);
}

Deno.test("a throttle lets so many bytes through in a second, however they are cut", async () => {
  for (const size of [1, 100, 1_000, 40_000]) {
    await inNoTime(async (clock) => {
      const throttle = new Throttle(10_000);
      for (let taken = 0; taken < 40_000; taken += size) await throttle.take(size);
      isAbout(clock.now(), 4_000);
    });
  }
});

Deno.test("a throttle makes nothing up for the time in which nobody wanted it", async () => {
  await inNoTime(async (clock) => {
    const throttle = new Throttle(1_000);
    await throttle.take(500);
    await sleep(60_000);
    const begun = clock.now();
    for (let round = 0; round < 10; round++) await throttle.take(200);
    isAbout(clock.now() - begun, 2_000);
  });
});

Deno.test("a throttle is shared: those who take together get no more than one alone", async () => {
  await inNoTime(async (clock) => {
    const throttle = new Throttle(1_000);
    const finished: number[] = [];
    await gather([0, 1, 2, 3].map((each) => async () => {
      for (let round = 0; round < 5; round++) await throttle.take(100);
      finished.push(each);
    }));
    isAbout(clock.now(), 2_000);
    assert.deepEqual(finished, [0, 1, 2, 3], "in their turn");
  });
});

Deno.test("a wait for the throttle can be broken off; its bytes count all the same", async () => {
  await inNoTime(async (clock) => {
    const throttle = new Throttle(1_000);
    const controller = new AbortController();
    const waiting = throttle.take(3_000, { signal: controller.signal });
    waiting.catch(() => {});
    await sleep(10);
    controller.abort(new RangeError("enough"));
    await rejection(waiting, RangeError);
    const task = createTask(() => throttle.take(1_000));
    await sleep(10);
    task.cancel();
    await rejection(task, CancelledError);
    await throttle.take(1_000);
    isAbout(clock.now(), 5_000);
  });
});

Deno.test("a throttle that lets nothing or all through is none", () => {
  for (const rate of [0, -1, NaN]) assert.throws(() => new Throttle(rate), RangeError);
});

const PASSIVE = "C: EPSV\nS: 229 ok (|||{port}|)";

Deno.test("throttle holds up a download, in whichever way it is taken, and an upload", async () => {
  const data = "x".repeat(20_000);
  const retrieve = `${PASSIVE}\nC: RETR f\nS: 150 f (20000 bytes)\nD= ${data}\nS: 226 done`;
  const store = `${PASSIVE}\nC: STOR g\nS: 150 go on\nD? ${data}\nS: 226 done`;
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/g`, `${data}\r\n`);
    const script = [
      "C: TYPE I\nS: 200 ok\nC: SIZE f\nS: 213 20000",
      retrieve,
      retrieve,
      retrieve,
      store,
      store,
    ].join("\n");
    await withServer(script, async (ftp) => {
      const throttle = 10_000;
      const ways: (() => Promise<unknown>)[] = [
        async () => await ftp.download("f", { throttle }),
        async () => {
          for await (const chunk of ftp.download("f", { throttle })) {
            assert.ok(chunk.length <= 1_024, `${chunk.length} at once`);
          }
        },
        () => ftp.downloadTo("f", `${folder}/f`, { throttle }),
        () => ftp.upload("g", bytes(`${data}\r\n`), { throttle }),
        () => ftp.uploadFrom(`${folder}/g`, "g", { throttle }),
      ];
      for (const way of ways) {
        const begun = getEventLoop().time();
        await way();
        isAbout(getEventLoop().time() - begun, 2_000);
      }
    });
    assert.equal(await Deno.readTextFile(`${folder}/f`), data);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
