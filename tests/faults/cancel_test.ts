import assert from "node:assert/strict";
import { CancelledError, TimeoutError } from "../../loop/exceptions.ts";
import { run } from "../../loop/runners.ts";
import { allTasks, createTask } from "../../loop/tasks.ts";
import { timeout } from "../../loop/timeouts.ts";
import { FTP } from "../../stdlib/ftplib/client.ts";
import { SessionClosedError } from "../../stdlib/ftplib/errors.ts";
import type { FileReader } from "../../stdlib/ftplib/server/filesystem.ts";
import { MemoryFileSystem } from "../../stdlib/ftplib/server/filesystem_memory.ts";
import { FTPServer } from "../../stdlib/ftplib/server.ts";

const BODY = new Uint8Array(300_000).map((_, index) => index % 251);

/** Files of which one comes to a halt in the middle, until it is let go on. */
class Stalling extends MemoryFileSystem {
  /** Settles when the server has read half of it. */
  readonly stalled = Promise.withResolvers<void>();
  readonly release = Promise.withResolvers<void>();

  constructor() {
    super({ "/stalls.bin": BODY, "/whole.bin": BODY });
  }

  override async read(path: string, offset: number): Promise<FileReader> {
    const reader = await super.read(path, offset);
    if (path !== "/stalls.bin") return reader;
    let position = offset;
    return {
      read: async (buffer) => {
        if (position >= BODY.length / 2) {
          this.stalled.resolve();
          await this.release.promise;
        }
        const count = await reader.read(buffer.subarray(0, 10_000));
        position += count ?? 0;
        return count;
      },
      close: () => reader.close(),
    };
  }
}

/** Waits for a download, as a whole or chunk by chunk. */
type Take = (ftp: FTP, signal?: AbortSignal) => Promise<unknown>;

const TAKES: Record<string, Take> = {
  "awaited": async (ftp, signal) => await ftp.download("/stalls.bin", { signal }),
  "iterated": async (ftp, signal) => {
    let received = 0;
    for await (const chunk of ftp.download("/stalls.bin", { signal })) received += chunk.length;
    return received;
  },
  "by callback": (ftp, signal) => ftp.retrbinary("RETR /stalls.bin", () => {}, { signal }),
};

/** Breaks a download off while it waits, and returns what it rejected with. */
type Way = (ftp: FTP, take: Take, stalled: Promise<void>) => Promise<unknown>;

const REASON = new Error("the user went away");

const WAYS: Record<string, { breakOff: Way; check: (error: unknown) => void }> = {
  "an AbortSignal": {
    async breakOff(ftp, take, stalled) {
      const controller = new AbortController();
      const failed = errorOf(take(ftp, controller.signal));
      await stalled;
      controller.abort(REASON);
      return await failed;
    },
    check: (error) => assert.equal(error, REASON),
  },
  "task.cancel()": {
    async breakOff(ftp, take, stalled) {
      const task = createTask(() => take(ftp));
      await stalled;
      task.cancel();
      return await errorOf(task);
    },
    check: (error) => assert.ok(error instanceof CancelledError, Deno.inspect(error)),
  },
  "timeout()": {
    breakOff: (ftp, take, stalled) =>
      errorOf(timeout(10_000, async (limit) => {
        stalled.then(() => limit.reschedule(0));
        return await take(ftp);
      })),
    check: (error) => assert.ok(error instanceof TimeoutError, Deno.inspect(error)),
  },
  "close() from elsewhere": {
    async breakOff(ftp, take, stalled) {
      const failed = errorOf(take(ftp));
      await stalled;
      ftp.close();
      return await failed;
    },
    check: (error) => assert.equal((error as { origin?: string }).origin, "usage"),
  },
};

/** So long a call that rejects "at once" may take on a machine that is busy; milliseconds. */
const AT_ONCE = 5_000;

for (const [wayName, { breakOff, check }] of Object.entries(WAYS)) {
  for (const [takeName, take] of Object.entries(TAKES)) {
    Deno.test(`a download, ${takeName}, is broken off by ${wayName}`, async () => {
      const filesystem = new Stalling();
      await using server = await FTPServer.start({ filesystem });
      await run(async () => {
        const ftp = await FTP.connect(server.hostname, {
          port: server.port,
          user: "tulip",
          timeout: 30_000,
        });
        try {
          // The server says nothing more: only what breaks it off can end the call.
          const started = performance.now();
          check(await breakOff(ftp, take, filesystem.stalled.promise));
          assert.ok(performance.now() - started < AT_ONCE);
          filesystem.release.resolve();
          await assertUsableOrClosed(ftp);
        } finally {
          ftp.close();
        }
        // What the client itself runs in the background has ended as well.
        assert.equal(allTasks().size, 1);
      });
    });
  }
}

Deno.test("a download is left in the middle: the session goes on", async () => {
  await using server = await FTPServer.start({ files: { "/whole.bin": BODY } });
  await using ftp = await FTP.connect(server.hostname, { port: server.port, user: "tulip" });
  for await (const chunk of ftp.download("/whole.bin")) {
    assert.ok(chunk.length > 0);
    break;
  }
  await assertUsableOrClosed(ftp);
  assert.equal(ftp.closed, false);
});

Deno.test("breaking off a hundred downloads in a row leaves a session in step", async () => {
  await using server = await FTPServer.start({ files: { "/whole.bin": BODY } });
  await using ftp = await FTP.connect(server.hostname, { port: server.port, user: "tulip" });
  for (let round = 0; round < 100; round++) {
    const controller = new AbortController();
    const failed = errorOf((async () => {
      let chunks = 0;
      for await (const _ of ftp.download("/whole.bin", { signal: controller.signal })) {
        if (++chunks > round % 3) controller.abort(REASON);
      }
    })());
    // Every fourth round somewhere else: while it asks for a port, dials, waits for the reply.
    const timer = round % 4 === 0 && setTimeout(() => controller.abort(REASON), round % 5);
    const error = await failed;
    if (timer) clearTimeout(timer);
    assert.ok(error === REASON || error === undefined, Deno.inspect(error));
    assert.equal(await ftp.pwd(), "/");
  }
});

/** The session answers the question that was asked, or says that it is closed. */
async function assertUsableOrClosed(ftp: FTP): Promise<void> {
  if (ftp.closed) {
    await assert.rejects(ftp.pwd(), SessionClosedError);
    return;
  }
  assert.equal(await ftp.pwd(), "/");
  assert.deepEqual(await ftp.download("/whole.bin"), BODY);
  assert.equal(await ftp.size("/whole.bin"), BODY.length);
}

async function errorOf(promise: PromiseLike<unknown>): Promise<unknown> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return error;
  }
}
