import assert from "node:assert/strict";
import { run } from "../../../loop/runners.ts";
import { sleep } from "../../../loop/sleep.ts";
import { TimeoutError } from "../../../loop/exceptions.ts";
import { createTask } from "../../../loop/tasks.ts";
import { timeout } from "../../../loop/timeouts.ts";
import { AsyncFile } from "../../../net/files/async_file.ts";
import {
  ConnectionAbortedError,
  FileExistsError,
  FileNotFoundError,
  IncompleteReadError,
  IsADirectoryError,
  LimitOverrunError,
  NotADirectoryError,
  OSError,
  PermissionError,
} from "../../../net/errors.ts";
import { openFile } from "../../../net/files/files.ts";
import { bytes, text } from "../cuts.ts";
import { pipe, withFifo } from "./fifos.ts";

/** Runs a test with a folder of its own. */
async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tulip-files-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs a test with a file that holds this. */
function withFile(content: string, test: (path: string) => Promise<void>): Promise<void> {
  return inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, content);
    await test(`${folder}/file`);
  });
}

Deno.test("A file is read as a whole, in parts, exactly, and into memory of the caller's", async () => {
  await withFile("0123456789", async (path) => {
    await using file = await openFile(path);
    assert.equal(file.path, path);
    assert.equal(text(await file.read(3)), "012");
    assert.equal(text(await file.readexactly(2)), "34");
    const memory = new Uint8Array(2);
    assert.equal(await file.readInto(memory), 2);
    assert.equal(text(memory), "56");
    assert.equal(text(await file.read()), "789");
    assert.equal((await file.read()).length, 0);
    assert.equal((await file.read(5)).length, 0);
    assert.equal(await file.readInto(memory), null);
    await file.seek(8);
    assert.equal(text(await file.read(100)), "89");
    await file.seek(8);
    await assert.rejects(file.readexactly(3), (error) => {
      assert.ok(error instanceof IncompleteReadError);
      assert.equal(text(error.partial), "89");
      return true;
    });
  });
});

Deno.test("The position is that of what was read, whatever was read ahead", async () => {
  await withFile("0123456789", async (path) => {
    await using file = await openFile(path, { read: true, write: true });
    await file.read(2);
    assert.equal(await file.tell(), 2);
    assert.equal(await file.seek(3, 1), 5);
    assert.equal(text(await file.read(1)), "5");
    await file.write("XY");
    assert.equal(await file.tell(), 8);
    assert.equal(text(await file.read(1)), "8");
    assert.equal(await file.seek(-1, 2), 9);
    assert.equal(text(await file.read()), "9");
    assert.equal(await file.seek(0), 0);
    assert.equal(text(await file.read()), "012345XY89");
    await assert.rejects(file.seek(-1), { name: "OSError", code: "EINVAL" });
    assert.equal(await file.tell(), 10);
    await assert.rejects(file.seek(0.5), RangeError);
  });
});

Deno.test("A file is cut off where it was read, not where it was read ahead", async () => {
  await withFile("0123456789", async (path) => {
    await using file = await openFile(path, { read: true, write: true });
    await file.read(4);
    assert.equal(await file.truncate(), 4);
    assert.equal(await file.tell(), 4);
    assert.equal(await file.size(), 4);
    assert.equal((await file.read()).length, 0);
    assert.equal(await file.truncate(6), 6);
    assert.deepEqual([...await file.read()], [0, 0]);
    await assert.rejects(file.truncate(-1), RangeError);
  });
});

Deno.test("A file that has grown is read on", async () => {
  await withFile("one\n", async (path) => {
    await using file = await openFile(path);
    assert.equal(text(await file.readline()), "one\n");
    assert.equal((await file.readline()).length, 0);
    await Deno.writeTextFile(path, "two\n", { append: true });
    assert.equal(text(await file.readline()), "two\n");
  });
});

Deno.test("What is appended goes to the end, wherever was read", async () => {
  await withFile("0123", async (path) => {
    await using file = await openFile(path, { read: true, append: true });
    assert.equal(text(await file.read(1)), "0");
    assert.equal(await file.write("4"), 1);
    assert.equal(await file.tell(), 5);
    await file.seek(0);
    assert.equal(text(await file.read()), "01234");
  });
});

Deno.test("Lines come as bytes with their ends, or as text without", async () => {
  await withFile("one\r\n\ntw\u00f6\nthree", async (path) => {
    await using file = await openFile(path);
    const lines = [];
    for await (const line of file) lines.push(text(line));
    assert.deepEqual(lines, ["one\r\n", "\n", "twö\n", "three"]);
    await file.seek(0);
    assert.deepEqual(await Array.fromAsync(file.lines()), ["one", "", "twö", "three"]);
  });
});

Deno.test("A line that is too long is an error, and so is one that is no UTF-8", async () => {
  await withFile("x".repeat(100) + "\nshort\n", async (path) => {
    await using file = await openFile(path, { limit: 50 });
    await assert.rejects(file.readline(), LimitOverrunError);
    assert.equal(text(await file.readline()), "short\n");
    await Deno.writeFile(path, new Uint8Array([0xff, 10]));
    await file.seek(0);
    await assert.rejects(Array.fromAsync(file.lines()), TypeError);
    await file.seek(0);
    assert.deepEqual(await Array.fromAsync(file.lines({ fatal: false })), ["\ufffd"]);
  });
});

Deno.test("Chunks and web streams move large files", async () => {
  await inFolder(async (folder) => {
    const content = new Uint8Array(1_000_003).map((_, index) => index % 251);
    {
      await using file = await openFile(`${folder}/large`, { write: true, createNew: true });
      await new Blob([content]).stream().pipeTo(file.writable);
      assert.equal(await file.size(), content.length);
    }
    await using file = await openFile(`${folder}/large`);
    let position = 0;
    for await (const chunk of file.chunks(10_000)) {
      assert.ok(chunk.length <= 10_000);
      assert.equal(chunk[0], position % 251);
      position += chunk.length;
    }
    assert.equal(position, content.length);
    await assert.rejects(file.chunks(0).next(), RangeError);
    await file.seek(1);
    const copy = new Uint8Array(await new Response(file.readable).arrayBuffer());
    assert.equal(copy.length, content.length - 1);
    assert.ok(copy.every((byte, index) => byte === (index + 1) % 251));
    assert.equal(file.closed, false);
  });
});

Deno.test("Failures have Python's names, a code, and the path", async () => {
  await withFile("", async (path) => {
    const folder = path.slice(0, -5);
    // deno-lint-ignore no-explicit-any
    const cases: [() => Promise<unknown>, any, string, RegExp][] = [
      [() => openFile(`${folder}/none`), FileNotFoundError, "ENOENT", /there is no such file/],
      [
        () => openFile(path, { write: true, createNew: true }),
        FileExistsError,
        "EEXIST",
        /there already/,
      ],
      [() => openFile(folder, { write: true }), IsADirectoryError, "EISDIR", /a directory/],
      [() => openFile(`${path}/x`), NotADirectoryError, "ENOTDIR", /should be a directory/],
      [() => openFile(`${folder}/${"x".repeat(300)}`), OSError, "ENAMETOOLONG", /name too long/],
      [
        () =>
          openFile("/dev/full", { write: true }).then(async (file) => {
            await using full = file;
            await full.write("x");
          }),
        OSError,
        "ENOSPC",
        /disk is full/,
      ],
      [
        () =>
          openFile(folder).then(async (file) => {
            await using directory = file;
            await directory.read();
          }),
        IsADirectoryError,
        "EISDIR",
        /a directory/,
      ],
      [
        () =>
          openFile(path, { write: true }).then(async (file) => {
            await using unreadable = file;
            await unreadable.read();
          }),
        OSError,
        "EBADF",
        /not opened for that/,
      ],
    ];
    for (const [failing, Kind, code, message] of cases) {
      await assert.rejects(failing(), (error) => {
        assert.ok(error instanceof Kind, `${error}`);
        assert.equal((error as OSError).code, code);
        assert.ok((error as OSError).path);
        assert.match((error as Error).message, message);
        return true;
      });
    }
  });
});

Deno.test("Options that contradict each other are refused before a file is made", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/none`;
    for (
      const options of [
        { read: false },
        { create: true },
        { truncate: true },
        { append: true, create: true, truncate: true },
      ]
    ) {
      await assert.rejects(openFile(path, options), TypeError, JSON.stringify(options));
    }
    for (const limit of [0, NaN, -1]) await assert.rejects(openFile(path, { limit }), RangeError);
    await assert.rejects(openFile(path, { timeout: 0 }), RangeError);
    await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
  });
});

Deno.test("A program without permission is told the flag", async () => {
  const file = new URL("../../../net/files/files.ts", import.meta.url);
  const program = `
    import { openFile } from ${JSON.stringify(file.href)};
    const show = ({ name, code, message, path }) => console.log(name, code, message, path);
    await openFile("/etc/hostname").catch(show);
    await openFile("/tmp/x", { write: true, create: true }).catch(show);
  `;
  const script = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(script, program);
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-lock", "--no-check", "--quiet", script],
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    stdin: "null",
  }).output();
  await Deno.remove(script);
  assert.deepEqual(text(stdout).trim().split("\n"), [
    'PermissionError EACCES Cannot open "/etc/hostname": permission denied. Run the program with ' +
    "--allow-read=/etc/hostname /etc/hostname",
    'PermissionError EACCES Cannot open "/tmp/x": permission denied. Run the program with ' +
    "--allow-write=/tmp/x /tmp/x",
  ]);
});

Deno.test("A file whose opening is given up is not left open", async () => {
  await withFile("x", async (path) => {
    const controller = new AbortController();
    const opening = openFile(path, { signal: controller.signal });
    controller.abort(new Error("never mind"));
    await assert.rejects(opening, { message: "never mind" });
    await sleep(20);
    // The resource sanitizer sees a file that was left.
  });
});

Deno.test("A file that is closed says so, and closing is idempotent", async () => {
  await withFile("x", async (path) => {
    const file = await openFile(path);
    file.close();
    file.close();
    assert.equal(file.closed, true);
    await assert.rejects(file.read(), { name: "RuntimeError", message: /is closed/ });
    await assert.rejects(file.write("x"), { name: "RuntimeError", message: /is closed/ });
    await file[Symbol.asyncDispose]();
  });
});

Deno.test("Calls at the same time are served in their order", async () => {
  await withFile("0123456789", async (path) => {
    await using file = await openFile(path, { read: true, write: true });
    const results = await Promise.all([
      file.read(2),
      file.write("ab"),
      file.read(2),
      file.seek(0),
      file.read(4),
      file.tell(),
    ]);
    assert.equal(text(results[0]), "01");
    assert.equal(text(results[2]), "45");
    assert.equal(text(results[4]), "01ab");
    assert.equal(results[5], 4);
  });
});

/** A file whose system calls end when a test says so. */
class SlowFile {
  readonly log: string[] = [];
  readonly #waiting: (() => void)[] = [];
  failWrites = false;
  isClosed = false;
  #position = 0;

  async read(buffer: Uint8Array): Promise<number> {
    await this.#wait("read");
    buffer[0] = 48 + this.#position++;
    return 1;
  }

  async write(data: Uint8Array): Promise<number> {
    await this.#wait(`write ${text(data)}`);
    if (this.failWrites) throw new Deno.errors.PermissionDenied("no (os error 13)");
    return 1;
  }

  async seek(offset: number): Promise<number> {
    await this.#wait(`seek ${offset}`);
    return offset;
  }

  close(): void {
    this.isClosed = true;
  }

  /** Ends the next system call, when there is one. */
  async step(): Promise<void> {
    while (this.#waiting.length === 0) await sleep(1);
    this.#waiting.shift()!();
    await sleep(1);
  }

  #wait(call: string): Promise<void> {
    this.log.push(call);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

function slow(): [AsyncFile, SlowFile] {
  const below = new SlowFile();
  return [new AsyncFile(below as unknown as Deno.FsFile, "slow"), below];
}

Deno.test("A read that is cancelled loses nothing: the next call gets what it brings", async () => {
  await run(async () => {
    const [file, below] = slow();
    const task = createTask(() => file.read(2));
    await below.step(); // the first byte has come
    task.cancel();
    await assert.rejects(async () => await task, { name: "CancelledError" });
    const next = file.read(2);
    await below.step(); // the read that the task began
    assert.equal(text(await next), "01");
    assert.deepEqual(below.log, ["read", "read"]);
    file.close();
  });
});

Deno.test("A call that comes after a cancelled read waits until the system is done with it", async () => {
  const [file, below] = slow();
  const controller = new AbortController();
  const reading = file.read(1, { signal: controller.signal });
  await sleep(1);
  controller.abort(new Error("enough"));
  await assert.rejects(reading, { message: "enough" });
  const seeking = file.seek(7);
  await sleep(5);
  assert.deepEqual(below.log, ["read"]);
  await below.step();
  await below.step();
  assert.equal(await seeking, 7);
  assert.deepEqual(below.log, ["read", "seek 7"]);
  file.close();
});

Deno.test("A write that is cancelled is carried out as a whole, before what comes after", async () => {
  await run(async () => {
    const [file, below] = slow();
    const task = createTask(() => file.write("abc"));
    await sleep(1);
    task.cancel();
    await assert.rejects(async () => await task, { name: "CancelledError" });
    const next = file.write("z");
    for (let call = 0; call < 4; call++) await below.step();
    await next;
    assert.deepEqual(below.log, ["write abc", "write bc", "write c", "write z"]);
    file.close();
  });
});

Deno.test("What a cancelled write fails with the next call tells, once", async () => {
  const [file, below] = slow();
  below.failWrites = true;
  await assert.rejects(file.write("abc", { timeout: 5 }), { name: "TimeoutError" });
  await below.step();
  await assert.rejects(file.tell(), PermissionError);
  const telling = file.tell();
  await below.step();
  await telling;
  const again = file.write("x", { timeout: 5 });
  await assert.rejects(again, { name: "TimeoutError" });
  await below.step();
  await assert.rejects(file[Symbol.asyncDispose](), PermissionError);
  assert.equal(below.isClosed, true);
});

Deno.test("A call that is given up before its turn does nothing, and keeps the order", async () => {
  const [file, below] = slow();
  const first = file.write("a");
  const controller = new AbortController();
  const second = file.write("b", { signal: controller.signal });
  const third = file.write("c");
  await sleep(1);
  controller.abort(new Error("not that one"));
  await assert.rejects(second, { message: "not that one" });
  await sleep(1);
  assert.deepEqual(below.log, ["write a"]);
  await below.step();
  await below.step();
  await Promise.all([first, third]);
  assert.deepEqual(below.log, ["write a", "write c"]);
  file.close();
});

Deno.test("Closing rejects the read that waits; disposing waits for what is under way", async () => {
  const [file, below] = slow();
  const reading = file.read(1);
  await sleep(1);
  file.close();
  await assert.rejects(reading, ConnectionAbortedError);
  await below.step();

  const [other, slowly] = slow();
  const writing = other.write("x");
  const disposing = other[Symbol.asyncDispose]();
  await sleep(5);
  assert.equal(slowly.isClosed, false);
  await slowly.step();
  await writing;
  await disposing;
  assert.equal(slowly.isClosed, true);
});

Deno.test("What was written is made safe on the disk", async () => {
  await withFile("", async (path) => {
    await using file = await openFile(new URL(`file://${path}`), { write: true });
    await file.write(bytes("x"));
    await file.flush();
    await file.flush({ metadata: true });
    assert.equal((await file.stat()).size, 1);
  });
});

Deno.test("A read of a pipe that was given up does not keep await using from its end", async () => {
  await withFifo(async (path) => {
    const { reader, writer } = await pipe(path);
    await run(async () => {
      await assert.rejects(
        timeout(20, async () => {
          await using file = new AsyncFile(reader, path);
          await file.read(1);
        }),
        TimeoutError,
      );
    });
    // The system is waiting still, and nobody for it.
    await writer.write(bytes("x"));
    writer.close();
  });
});

Deno.test("What waits behind a read that was given up is done before await using ends", async () => {
  const arrived = Promise.withResolvers<number | null>();
  const calls: string[] = [];
  const slow = {
    read: () => arrived.promise,
    seek: (offset: number) => Promise.resolve(offset),
    write: (data: Uint8Array) => {
      calls.push(`write ${text(data)}`);
      return Promise.resolve(data.length);
    },
    close: () => void calls.push("close"),
  } as unknown as Deno.FsFile;
  {
    await using file = new AsyncFile(slow, "slow");
    await assert.rejects(file.read(4, { timeout: 5 }), TimeoutError);
    void file.write("abc");
    setTimeout(() => arrived.resolve(null), 20);
  }
  assert.deepEqual(calls, ["write abc", "close"]);
});
