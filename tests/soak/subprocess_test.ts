import assert from "node:assert/strict";
import { CancelledError, TimeoutError } from "../../loop/exceptions.ts";
import { run } from "../../loop/runners.ts";
import { sleep } from "../../loop/sleep.ts";
import { createTask } from "../../loop/tasks.ts";
import {
  createSubprocessExec,
  createSubprocessShell,
  PIPE,
  STDOUT,
  subprocessExec,
} from "../../net/processes/subprocess.ts";
import { SubprocessProtocol } from "../../net/transports/protocols.ts";
import { sameBytes, text } from "../net/cuts.ts";
import { openFiles, until } from "../net/processes/processes.ts";
import { heapUsed } from "../peers/heap.ts";
import { Random } from "../peers/random.ts";

const ALL = { stdin: PIPE, stdout: PIPE, stderr: PIPE } as const;
const LARGE = 64 * 1024 * 1024;

/** The children of this program that are there, living or waiting for their burial. */
async function children(): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await Deno.readTextFile(`/proc/${name}/stat`).catch(() => "");
    if (stat.slice(stat.lastIndexOf(")")).split(" ")[2] === String(Deno.pid)) found.push(stat);
  }
  return found;
}

Deno.test("a thousand children in a row leave no file, no memory and no process behind", async () => {
  const live = async (count: number) => {
    for (let round = 0; round < count; round += 1) {
      const child = await createSubprocessShell("read x; echo $x; exit 3", ALL);
      if (round % 2 === 0) {
        assert.equal(text((await child.communicate(`${round}\n`)).stdout!), `${round}\n`);
      } else {
        child.stdin!.write("\n");
      }
      assert.equal(await child.wait(), 3);
    }
  };
  const others = (await children()).length;
  await live(50);
  const [files, memory] = [openFiles(), heapUsed()];
  await live(1000);
  await until(() => openFiles() <= files);
  assert.equal((await children()).length, others);
  const grown = heapUsed() - memory;
  assert.ok(grown < 1000 * 1000, `${grown} bytes more`);
});

Deno.test("64 MiB through cat, by communicate()", async () => {
  const data = new Uint8Array(LARGE).map((_, index) => (index * 7 + (index >> 16)) % 251);
  const cat = await createSubprocessExec("cat", [], ALL);
  const { stdout: output } = await cat.communicate(data);
  assert.ok(sameBytes(output!, data));
  assert.equal(cat.returncode, 0);

  const above = await createSubprocessShell("cat; echo", ALL);
  await assert.rejects(above.communicate(data), { name: "LimitOverrunError" });
});

Deno.test("64 MiB through cat, by streams, with a reader that dawdles", async () => {
  const piece = new Uint8Array(1024 * 1024).map((_, index) => index % 251);
  const cat = await createSubprocessExec("cat", [], ALL);
  const before = heapUsed();
  const writing = (async () => {
    for (let count = 0; count < LARGE / piece.length; count += 1) {
      cat.stdin!.write(piece);
      await cat.stdin!.drain();
    }
    cat.stdin!.close();
  })();
  let size = 0;
  for (let round = 0;; round += 1) {
    const part = await cat.stdout!.read(50_000);
    if (part.length === 0) break;
    for (const [at, byte] of part.entries()) {
      if (byte !== ((size + at) % piece.length) % 251) assert.fail(`byte ${size + at}`);
    }
    size += part.length;
    if (round % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    if (round === 500) assert.ok(heapUsed() - before < 8_000_000, "what is unread stays outside");
  }
  await writing;
  assert.equal(size, LARGE);
  assert.equal(await cat.wait(), 0);
});

Deno.test("whenever a task is cancelled, no child, no file and no byte is lost", async () => {
  const random = new Random(4);
  const [files, others] = [openFiles(), (await children()).length];
  await run(async () => {
    const kinds: (() => Promise<unknown>)[] = [
      async () => {
        await using child = await createSubprocessExec("cat", [], ALL);
        await child.communicate("x".repeat(200_000));
      },
      async () => {
        await using child = await createSubprocessExec("sh", ["-c", "echo a; echo b >&2"], {
          stdout: PIPE,
          stderr: STDOUT,
        });
        while (await child.stdout!.nextLine() !== null);
        await child.wait();
      },
      async () => {
        const { transport } = await subprocessExec(() => new SubprocessProtocol(), "cat");
        try {
          await sleep(2);
        } finally {
          transport.close();
        }
      },
      async () => {
        await using child = await createSubprocessShell("sleep 0.003; echo late", ALL);
        child.stdin!.write("x".repeat(200_000));
        await child.communicate(null, { timeout: 1 + random.below(6) });
      },
    ];
    let cancelled = 0;
    for (let round = 0; round < 600; round += 1) {
      const task = createTask(kinds[round % kinds.length]!);
      await sleep(random.below(8));
      if (task.cancel()) cancelled += 1;
      try {
        await task;
      } catch (error) {
        if (!(error instanceof CancelledError || error instanceof TimeoutError)) throw error;
      }
    }
    assert.ok(cancelled > 100, `only ${cancelled} were cancelled in time`);
  });
  for (let round = 0; round < 200 && (await children()).length > others; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.equal((await children()).length, others);
  await until(() => openFiles() <= files);
});

Deno.test("a child does not keep the task alive that has started it", async () => {
  await run(async () => {
    const started: AsyncDisposable[] = [];
    const begin = async () => {
      const task = createTask(async () => {
        started.push(await createSubprocessExec("sleep", ["60"], ALL));
      });
      await task;
      return new WeakRef(task);
    };
    const tasks = [await begin(), await begin(), await begin()];
    for (let round = 0; round < 100 && tasks[0]!.deref() !== undefined; round += 1) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      heapUsed();
    }
    assert.equal(tasks[0]!.deref(), undefined);
    for (const child of started) await child[Symbol.asyncDispose]();
  });
});
