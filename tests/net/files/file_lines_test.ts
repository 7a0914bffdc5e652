import assert from "node:assert/strict";
import { LimitOverrunError } from "../../../net/errors.ts";
import { openFile } from "../../../net/files/files.ts";
import type { OpenFileOptions } from "../../../net/files/file_options.ts";
import type { AsyncFile } from "../../../net/files/async_file.ts";
import { bytes, text } from "../cuts.ts";

/** Runs a test with an open file that holds this. */
async function withFile(
  content: string | Uint8Array,
  test: (file: AsyncFile) => Promise<void>,
  options: OpenFileOptions = { read: true, write: true },
): Promise<void> {
  const path = await Deno.makeTempFile({ prefix: "tulip-lines-" });
  try {
    await Deno.writeFile(path, typeof content === "string" ? bytes(content) : content);
    await using file = await openFile(path, options);
    await test(file);
  } finally {
    await Deno.remove(path);
  }
}

/** Lines of many lengths, more than are read or decoded at once. */
const MANY = Array.from({ length: 5000 }, (_, index) => `${index} ${"wö".repeat(index % 97)}`);

Deno.test("Many lines come in their order, as text and as bytes, with and without a last end", async () => {
  for (const end of ["", "\n"]) {
    for (const separator of ["\n", "\r\n"]) {
      await withFile(MANY.join(separator) + end, async (file) => {
        assert.deepEqual(await Array.fromAsync(file.lines()), MANY);
        await file.seek(0);
        const lines = await Array.fromAsync(file, text);
        assert.equal(lines.join(""), MANY.join(separator) + end);
        assert.equal(lines.length, MANY.length);
      });
    }
  }
});

Deno.test("The file stands behind the line that was given out last", async () => {
  await withFile("one\ntwö\nthree\nfour\n", async (file) => {
    for await (const line of file.lines()) if (line === "twö") break;
    assert.equal(await file.tell(), 9);
    assert.equal(text(await file.readline()), "three\n");
    for await (const line of file) {
      assert.equal(text(line), "four\n");
      break;
    }
    assert.deepEqual(await Array.fromAsync(file.lines()), []);
  });
});

Deno.test("Whoever iterates may use the file in between", async () => {
  await withFile("one\ntwo\nthree\nfour\nfive\n", async (file) => {
    const lines = [];
    for await (const line of file.lines()) {
      lines.push(line);
      if (line === "one") assert.equal(text(await file.readline()), "two\n");
      if (line === "three") await file.write("FOUR\n");
      if (line === "five") await file.seek(-5, 2);
      if (lines.length === 4) break;
    }
    assert.deepEqual(lines, ["one", "three", "five", "five"]);
    await file.seek(0);
    assert.equal(text(await file.read()), "one\ntwo\nthree\nFOUR\nfive\n");
  });
});

Deno.test("Two who iterate at the same time get each line once", async () => {
  await withFile(MANY.join("\n"), async (file) => {
    const lines: string[] = [];
    const iterate = async () => {
      for await (const line of file.lines()) lines.push(line);
    };
    await Promise.all([iterate(), iterate()]);
    assert.deepEqual(lines.toSorted(), MANY.toSorted());
  });
});

Deno.test("A line that is no UTF-8 is the one that fails", async () => {
  const content = new Uint8Array([...bytes("one\ntwo\n"), 0xff, 10, ...bytes("four\n")]);
  await withFile(content, async (file) => {
    const lines = file.lines();
    assert.equal((await lines.next()).value, "one");
    assert.equal((await lines.next()).value, "two");
    await assert.rejects(lines.next(), TypeError);
    await file.seek(0);
    assert.deepEqual(
      await Array.fromAsync(file.lines({ fatal: false })),
      ["one", "two", "\ufffd", "four"],
    );
  });
});

Deno.test("A byte order mark stays, at the beginning as anywhere, as Python's utf-8 has it", async () => {
  await withFile("\ufeffone\n\ufefftwo", async (file) => {
    assert.deepEqual(await Array.fromAsync(file.lines()), ["\ufeffone", "\ufefftwo"]);
  });
});

Deno.test("A line that is too long fails in its turn, wherever it ends", async () => {
  const long = "x".repeat(100);
  await withFile(`one\n${long}\ntwo\n${"y".repeat(70_000)}`, async (file) => {
    const lines = file.lines();
    assert.equal((await lines.next()).value, "one");
    await assert.rejects(lines.next(), LimitOverrunError);
    assert.equal(text(await file.readline()), "two\n");
    await assert.rejects(file.lines().next(), LimitOverrunError);
  }, { limit: 50 });
});

Deno.test("A line longer than what is read at once comes whole", async () => {
  const long = "z".repeat(700_000);
  await withFile(`${long}\nshort\n${long}`, async (file) => {
    assert.deepEqual(await Array.fromAsync(file.lines()), [long, "short", long]);
  });
});

Deno.test("Lines that come as bytes belong to whoever gets them", async () => {
  await withFile("one\ntwo\n", async (file) => {
    const [first, second] = await Array.fromAsync(file);
    first!.fill(120);
    assert.equal(text(second!), "two\n");
    assert.equal(second!.buffer.byteLength, 4);
  });
});
