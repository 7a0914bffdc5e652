import assert from "node:assert/strict";
import { CancelledError, TimeoutError } from "../../../loop/exceptions.ts";
import { gather } from "../../../loop/gather.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask } from "../../../loop/tasks.ts";
import type { Dial } from "../../../net/byte_stream.ts";
import { MemoryNetwork } from "../../../net/memory.ts";
import { FTP } from "../../../stdlib/ftplib/client.ts";
import { ErrorPerm, ErrorTemp, SessionClosedError } from "../../../stdlib/ftplib/errors.ts";
import { FTPPool, type FTPPoolOptions } from "../../../stdlib/ftplib/pool.ts";
import { FTPServer } from "../../../stdlib/ftplib/server.ts";
import { scripted } from "../../peers/scripted.ts";
import { rejection } from "../../rejection.ts";
import { Folder } from "./_folder.ts";
import { bytes, inTestTime, text } from "./_session.ts";

/** A pool on a server of ours, and how often it was dialled for a session. */
interface Place {
  readonly pool: FTPPool;
  readonly server: FTPServer;
  /** How many sessions were opened. */
  opened(): number;
}

/** By a clock that does not wait. */
async function inPlace(
  options: FTPPoolOptions,
  body: (place: Place) => Promise<void>,
): Promise<void> {
  await inTestTime(() => inRealTime(options, body));
}

/** By the clock of the machine, which local files take their time of. */
async function inRealTime(
  options: FTPPoolOptions,
  body: (place: Place) => Promise<void>,
): Promise<void> {
  const network = new MemoryNetwork();
  await using server = await FTPServer.start({
    files: { "/a": "one", "/b": "two", "/c": "three", "/sub/d": "four" },
    users: { ada: { password: "secret" } },
    listen: network.listen,
  });
  let opened = 0;
  const dial: Dial = (target, settings) => {
    if (target.port === server.port) opened++;
    return network.dial(target, settings);
  };
  const login = { user: "ada", password: "secret" };
  await using pool = await FTPPool.connect(server.hostname, {
    ...options,
    ...login,
    port: server.port,
    dial,
  });
  await body({ pool, server, opened: () => opened });
}

Deno.test("a pool opens sessions when they are needed, and lends them again", async () => {
  await inPlace({ connections: 3 }, async ({ pool, opened }) => {
    assert.deepEqual([pool.size, pool.busy, opened()], [1, 0, 1]);
    await pool.use((ftp) => ftp.noop());
    await pool.use(async (first) => {
      await pool.use(async (second) => {
        assert.notEqual(first, second);
        assert.deepEqual([pool.size, pool.busy], [2, 2]);
        assert.equal(text(await second.download("/a")), "one");
      });
      assert.equal(text(await first.download("/b")), "two");
    });
    for (let round = 0; round < 5; round++) await pool.use((ftp) => ftp.noop());
    assert.deepEqual([pool.size, pool.busy, opened()], [2, 0, 2]);
  });
});

Deno.test("a pool has no more sessions than it may; who waits gets one in his turn", async () => {
  await inPlace({ connections: 2 }, async ({ pool, opened }) => {
    const order: number[] = [];
    let most = 0;
    await gather([0, 1, 2, 3, 4, 5, 6].map((each) => () =>
      pool.use(async (ftp) => {
        order.push(each);
        most = Math.max(most, pool.busy);
        await ftp.noop();
        await sleep(100);
      })
    ));
    assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6]);
    assert.deepEqual([most, opened()], [2, 2]);
  });
});

Deno.test("the wait for a session ends by a signal, a timeout, cancel(), and the end of the pool", async () => {
  await inPlace({ connections: 1 }, async ({ pool }) => {
    const never = () => assert.fail("was lent");
    await pool.use(async () => {
      const late = await rejection(pool.use(never, { timeout: 100 }), TimeoutError);
      assert.match(late.message, /None of 1 sessions was free within 100 ms/);
      const controller = new AbortController();
      const waiting = pool.use(never, { signal: controller.signal });
      waiting.catch(() => {});
      await sleep(10);
      controller.abort(new RangeError("enough"));
      await rejection(waiting, RangeError);
      await rejection(pool.use(never, { signal: controller.signal }), RangeError);
      const task = createTask(() => pool.use(never));
      await sleep(10);
      task.cancel();
      await rejection(task, CancelledError);
    });
    // None of them keeps the place.
    await pool.use((ftp) => ftp.noop());
    await pool.use(async (ftp) => {
      const waiting = pool.use(never);
      waiting.catch(() => {});
      await sleep(10);
      pool.close();
      await rejection(waiting, SessionClosedError);
      assert.equal(ftp.closed, true);
    });
    await rejection(pool.use(never), SessionClosedError);
    assert.equal(pool.size, 0);
  });
});

Deno.test("a session that was lost, or does not answer, is not lent again", async () => {
  await inPlace({ connections: 2 }, async ({ pool, opened }) => {
    await pool.use((ftp) => ftp.close());
    assert.equal(pool.size, 0);
    await pool.use((ftp) => ftp.noop());
    assert.deepEqual([pool.size, opened()], [1, 2]);
  });
  // One that has died unnoticed: it is asked after a time, and only then.
  const login = "S: 220 ready\nC: USER anonymous\nS: 230 in";
  const silent = `${login}\nC: NOOP\nS: 200 ok\nC: NOOP\nC! eof`;
  await inTestTime(async () => {
    await using peer = scripted([silent, `${login}\nC: PWD\nS: 257 "/"`]);
    await using pool = await FTPPool.connect("server", { user: "anonymous", dial: peer.dial });
    await pool.use((ftp) => ftp.noop());
    await sleep(10_000);
    assert.equal(await pool.use((ftp) => ftp.pwd()), "/");
  });
});

Deno.test("who borrows a session finds it as the pool was made", async () => {
  await inPlace({ connections: 1 }, async ({ pool, opened }) => {
    const seen: FTP[] = [];
    await pool.use(async (ftp) => {
      seen.push(ftp);
      await ftp.cwd("/sub");
    });
    await pool.use(async (ftp) => {
      assert.notEqual(ftp, seen[0]);
      assert.equal(await ftp.pwd(), "/");
      await ftp.login("ada", "secret");
    });
    await pool.use(() => {});
    assert.equal(opened(), 3);
    // A transfer that was begun and forgotten.
    await pool.use(async (ftp) => {
      await ftp.download("/a").readInto(new Uint8Array(1));
    });
    assert.equal(await pool.use((ftp) => ftp.pwd()), "/");
    assert.equal(opened(), 3);
  });
});

Deno.test("an error of the borrower is his own, and costs the pool nothing", async () => {
  await inPlace({ connections: 1 }, async ({ pool, opened }) => {
    await rejection(pool.use((ftp) => ftp.delete("/none")), ErrorPerm);
    await rejection(
      pool.use(() => {
        throw new SyntaxError("mine");
      }),
      SyntaxError,
    );
    await rejection(
      pool.use(async (ftp) => {
        for await (const _chunk of ftp.download("/a")) throw new SyntaxError("mine");
      }),
      SyntaxError,
    );
    assert.equal(text(await pool.use(async (ftp) => await ftp.download("/a"))), "one");
    assert.equal(opened(), 1);
  });
});

Deno.test("map does something with each item, so many at a time, and keeps their order", async () => {
  await inPlace({ connections: 3 }, async ({ pool, opened }) => {
    let [now, most, taken] = [0, 0, 0];
    async function* paths() {
      for (const path of ["/a", "/b", "/c", "/sub/d", "/a", "/b"]) {
        taken++;
        yield await Promise.resolve(path);
      }
    }
    const found = await pool.map(paths(), async (ftp, path) => {
      most = Math.max(most, ++now);
      // No item is taken that nobody has time for.
      assert.ok(taken <= 6 && pool.busy <= 3);
      const data = text(await ftp.download(path));
      await sleep(path === "/a" ? 500 : 10);
      now--;
      return data;
    });
    assert.deepEqual(found, ["one", "two", "three", "four", "one", "two"]);
    assert.deepEqual([most, opened()], [3, 3]);
    assert.deepEqual(await pool.map([], () => assert.fail("no item")), []);
  });
});

Deno.test("map ends at the first failure: the others are told, and waited for", async () => {
  await inPlace({ connections: 3 }, async ({ pool }) => {
    const begun: number[] = [];
    const ended: number[] = [];
    const failing = pool.map([0, 1, 2, 3, 4, 5], async (_ftp, item, signal) => {
      begun.push(item);
      if (item === 1) {
        await sleep(10);
        throw new SyntaxError("mine");
      }
      try {
        await sleep(10_000, undefined, { signal });
      } finally {
        ended.push(item);
      }
    });
    await rejection(failing, SyntaxError);
    assert.deepEqual([begun, ended], [[0, 1, 2], [0, 2]]);
    assert.equal(pool.busy, 0);

    const controller = new AbortController();
    const waiting = pool.map([1, 2, 3, 4], () => sleep(10_000), { signal: controller.signal });
    waiting.catch(() => {});
    await sleep(10);
    controller.abort(new RangeError("enough"));
    await rejection(waiting, RangeError);

    const task = createTask(() => pool.map([1, 2, 3], () => sleep(10_000)));
    await sleep(10);
    task.cancel();
    await rejection(task, CancelledError);
    assert.equal(pool.busy, 0);
  });
});

Deno.test("a server that takes no more sessions makes the pool smaller, and nobody fails", async () => {
  const login = "S: 220 ready\nC: USER anonymous\nS: 230 in";
  const noops = "C: NOOP\nS: 200 ok\n".repeat(6);
  for (const full of ["S: 421 Too many", "S: 220 hi\nC: USER anonymous\nS: 530 The maximum is 1"]) {
    await inTestTime(async () => {
      await using peer = scripted([`${login}\n${noops}`, full, full]);
      await using pool = await FTPPool.connect("server", {
        user: "anonymous",
        dial: peer.dial,
        connections: 3,
      });
      await pool.map([1, 2, 3, 4, 5, 6], (ftp) => ftp.noop());
      assert.equal(pool.size, 1);
    });
  }
  // With no session at all there is nobody to wait for.
  await inTestTime(async () => {
    await using peer = scripted([login, "S: 421 Too many"]);
    await using pool = await FTPPool.connect("server", { user: "anonymous", dial: peer.dial });
    await pool.use((ftp) => ftp.close());
    await rejection(pool.use(() => assert.fail("was lent")), ErrorTemp);
  });
});

Deno.test("FTPPool.of makes sessions like one that is open, and leaves that alone", async () => {
  await inPlace({ connections: 1 }, async ({ pool }) => {
    await pool.use(async (ftp) => {
      await ftp.cwd("/sub");
      await using others = FTPPool.of(ftp, { connections: 2 });
      assert.deepEqual([others.size, others.connections], [0, 2]);
      const found = await others.map(["d", "d", "d"], async (other, path) => {
        assert.notEqual(other, ftp);
        return text(await other.download(path));
      });
      assert.deepEqual(found, ["four", "four", "four"]);
      await others.use((other) => other.upload("e", bytes("five")));
      others.close();
      assert.equal(text(await ftp.download("e")), "five");
    });
  });
});

Deno.test("a pool fetches and stores local files by whichever session is free", async () => {
  await using folder = await Folder.make();
  await inRealTime({ connections: 2 }, async ({ pool, server, opened }) => {
    const paths = ["a", "b", "c"];
    await Promise.all(paths.map((path) => pool.downloadTo(`/${path}`, folder.at(path))));
    assert.deepEqual(await Promise.all(paths.map((path) => folder.read(path))), [
      "one",
      "two",
      "three",
    ]);
    const up = paths.map((path) => pool.uploadFrom(folder.at(path), `/up-${path}`));
    assert.deepEqual((await Promise.all(up)).map(({ transferred }) => transferred), [3, 3, 5]);
    assert.equal(server.files.text("/up-c"), "three");
    assert.equal(opened(), 2);
    const signal = AbortSignal.abort(new RangeError("enough"));
    await rejection(pool.downloadTo("/a", folder.at("d"), { signal }), RangeError);
    await rejection(pool.uploadFrom(folder.at("a"), "/d", { signal }), RangeError);
  });
});

Deno.test("a pool without sessions is none", async () => {
  for (const connections of [0, NaN, 1.5]) {
    await rejection(FTPPool.connect("server", { connections }), RangeError);
  }
  assert.throws(() => FTPPool.of(new FTP(), { checkAfter: 0 }), RangeError);
});
