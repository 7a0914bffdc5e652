import assert from "node:assert/strict";
import { run } from "../../../loop/runners.ts";
import { createTask } from "../../../loop/tasks.ts";
import type { ByteStream } from "../../../net/byte_stream.ts";
import { ConnectionRefusedError, FileNotFoundError, OSError } from "../../../net/errors.ts";
import { isAtLeast } from "../../../net/runtime.ts";
import { dialUnix, listenUnix } from "../../../net/unix/unix.ts";
import { openUnixConnection, startUnixServer } from "../../../net/unix/unix_streams.ts";
import { certificates } from "../../peers/certs.ts";
import { bytes, text } from "../cuts.ts";

const ANYWHERE = { hostname: "localhost", port: 0 };

/** Runs a test with a path in a folder of its own. */
async function withPath(test: (path: string) => Promise<void> | void): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tulip-unix-" });
  try {
    await test(`${folder}/a.sock`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function pair(path: string): Promise<[ByteStream, ByteStream]> {
  const listener = await listenUnix(path)(ANYWHERE);
  try {
    const client = dialUnix(path)(ANYWHERE, {});
    return [await client, (await listener.accept())!];
  } finally {
    listener.close();
  }
}

/** Waits until Deno has let go of the listeners that are closed. */
async function left(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 20));
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

Deno.test("a line, its echo, and the end of each direction", async () => {
  await withPath(async (path) => {
    await using server = await startUnixServer(async (reader, writer) => {
      writer.write(await reader.read());
      writer.write(" and good bye");
    }, path);
    assert.deepEqual(server.addresses, [{ hostname: "", port: 0, transport: "unix", path }]);
    await using connection = await openUnixConnection(path);
    assert.deepEqual(connection.remoteAddress, {
      hostname: "",
      port: 0,
      transport: "unix",
      path,
    });
    assert.equal(connection.localAddress.path, undefined);
    connection.writer.write("hello");
    connection.writer.writeEof();
    assert.equal(text(await connection.reader.read()), "hello and good bye");
  });
});

Deno.test("much data passes, though each write takes only a part of it", async () => {
  await withPath(async (path) => {
    const much = 5_000_000;
    await using _ = await startUnixServer(async (reader, writer) => {
      for (let block = await reader.read(65_536); block.length > 0;) {
        writer.write(block);
        await writer.drain();
        block = await reader.read(65_536);
      }
    }, path);
    await using connection = await openUnixConnection(path);
    const sent = new Uint8Array(much).map((_, index) => index * 7);
    const reading = connection.reader.readexactly(much);
    connection.writer.write(sent);
    connection.writer.writeEof();
    const came = await reading;
    assert.ok(came.every((byte, index) => byte === sent[index]));
  });
});

Deno.test({
  name: "an abstract name needs no file",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const name = `\0tulip-${crypto.randomUUID()}`;
    await using server = await startUnixServer((_, writer) => writer.write("hello\n"), name);
    assert.equal(server.addresses[0]?.path, name);
    await using connection = await openUnixConnection(name);
    assert.equal(await connection.reader.nextLine(), "hello");
    await assert.rejects(openUnixConnection(`${name}x`), {
      name: "ConnectionRefusedError",
      message: new RegExp(`Cannot connect to @tulip-\\S+x: nobody listens there`),
    });
  },
});

Deno.test("the socket's file is gone when the server is closed", async () => {
  await withPath(async (path) => {
    const server = await startUnixServer(() => {}, path);
    assert.ok(exists(path));
    server.close();
    assert.ok(!exists(path));
    await server.waitClosed();
    await assert.rejects(openUnixConnection(path), (error) => {
      assert.ok(error instanceof FileNotFoundError);
      assert.equal(error.path, path);
      assert.equal(error.code, "ENOENT");
      assert.match(error.message, /no such file. Is the server running/);
      return true;
    });
  });
});

Deno.test("a server that closes leaves the file of the one that has replaced it", async () => {
  await withPath(async (path) => {
    const first = await startUnixServer(() => {}, path);
    await using _ = await startUnixServer((_, writer) => writer.write("second\n"), path);
    first.close();
    await left();
    await using connection = await openUnixConnection(path);
    assert.equal(await connection.reader.nextLine(), "second");
  });
});

Deno.test("a server that is closed while it accepts does not take its successor's file along", async () => {
  await withPath(async (path) => {
    for (let round = 0; round < 5; round++) {
      const first = await startUnixServer(() => {}, path);
      const second = await startUnixServer(() => {}, path);
      first.close();
      second.close();
      const third = await startUnixServer((_, writer) => writer.write("third\n"), path);
      await Promise.all([first.waitClosed(), second.waitClosed()]);
      const connection = await openUnixConnection(path);
      assert.equal(await connection.reader.nextLine(), "third");
      await connection[Symbol.asyncDispose]();
      await third[Symbol.asyncDispose]();
      await left();
      assert.deepEqual(await Array.fromAsync(Deno.readDir(path.replace("/a.sock", ""))), []);
    }
  });
});

Deno.test("a listener that is on its way out does not take the next one's file along", async () => {
  await withPath(async (path) => {
    const first = await listenUnix(path)(ANYWHERE);
    const accepting = first.accept();
    await left();
    first.close();
    // In the same turn: Deno lets go of the first only after it.
    const listening = listenUnix(path)(ANYWHERE);
    assert.equal(await accepting, null);
    const second = await listening;
    await left();
    const [near, far] = await Promise.all([dialUnix(path)(ANYWHERE, {}), second.accept()]);
    for (const each of [near, far!, second]) each.close();
    assert.deepEqual(await Array.fromAsync(Deno.readDir(path.replace("/a.sock", ""))), []);
  });
});

Deno.test("a server that closes leaves what is no socket, and bears with nothing", async () => {
  await withPath(async (path) => {
    const first = await startUnixServer(() => {}, path);
    await Deno.remove(path);
    await Deno.writeTextFile(path, "mine");
    first.close();
    await left();
    assert.equal(await Deno.readTextFile(path), "mine");
    await Deno.remove(path);

    const second = await startUnixServer(() => {}, path);
    await Deno.remove(path);
    second.close();
    assert.ok(!exists(path));
  });
});

Deno.test("cleanupSocket: false leaves the file", async () => {
  await withPath(async (path) => {
    const server = await startUnixServer(() => {}, path, { cleanupSocket: false });
    server.close();
    await left();
    assert.ok((await Deno.stat(path)).isSocket);
    await assert.rejects(openUnixConnection(path), ConnectionRefusedError);
    // And what a server left that has ended without a word is replaced.
    await using _ = await startUnixServer((_, writer) => writer.write("again\n"), path);
    await using connection = await openUnixConnection(path);
    assert.equal(await connection.reader.nextLine(), "again");
  });
});

Deno.test("what is no socket is not replaced", async () => {
  await withPath(async (path) => {
    await Deno.writeTextFile(path, "mine");
    await assert.rejects(startUnixServer(() => {}, path), { name: "OSError", code: "EADDRINUSE" });
    assert.equal(await Deno.readTextFile(path), "mine");
    await assert.rejects(openUnixConnection(path), ConnectionRefusedError);
    await assert.rejects(startUnixServer(() => {}, `${path}/x`), OSError);
    await assert.rejects(startUnixServer(() => {}, `${path}x/x`), {
      code: "ENOENT",
      message: /its folder does not exist/,
    });
  });
});

Deno.test("a path that can be none is refused before anything is tried", async () => {
  for (const path of ["", "\0", "a\0b", "\0a\0b", "x".repeat(108), "é".repeat(60), "a\ud800"]) {
    assert.throws(() => dialUnix(path), TypeError, JSON.stringify(path));
    assert.throws(() => listenUnix(path), TypeError, JSON.stringify(path));
    await assert.rejects(openUnixConnection(path), TypeError);
    await assert.rejects(startUnixServer(() => {}, path), TypeError);
  }
  // @ts-expect-error: no string.
  assert.throws(() => dialUnix(42), TypeError);
});

Deno.test("a signal ends the connecting, and what is aborted already opens nothing", async () => {
  await withPath(async (path) => {
    const listener = await listenUnix(path)(ANYWHERE);
    const reason = new Error("enough");
    const dial = dialUnix(path);
    await assert.rejects(dial(ANYWHERE, { signal: AbortSignal.abort(reason) }), reason);
    const abort = new AbortController();
    const dialling = dial(ANYWHERE, { signal: abort.signal });
    abort.abort(reason);
    await assert.rejects(dialling, reason);
    listener.close();
  });
});

Deno.test("a read that waits ends when the stream is closed, or the peer is gone", async () => {
  await withPath(async (path) => {
    const [near, far] = await pair(path);
    const reading = near.read(new Uint8Array(8));
    near.close();
    near.close();
    await assert.rejects(reading, {
      name: "ConnectionAbortedError",
      message: `Cannot read from ${path}: the connection was closed on our side`,
    });
    const buffer = new Uint8Array(8);
    assert.equal(await far.read(buffer), null);
    await assert.rejects(far.write(bytes("x")), { name: "BrokenPipeError" });
    far.close();
  });
});

Deno.test("a task that waits on a Unix connection can be cancelled", async () => {
  await withPath(async (path) => {
    await run(async () => {
      await using _ = await startUnixServer(async (reader) => void await reader.read(), path);
      await using connection = await openUnixConnection(path);
      const task = createTask(() => connection.reader.readline());
      await Promise.resolve();
      task.cancel();
      await assert.rejects(async () => await task, { name: "CancelledError" });
    });
  });
});

Deno.test({
  name: "STARTTLS over a Unix socket, whose server is localhost unless another name is said",
  ignore: !isAtLeast("2.9.1"),
  async fn() {
    const { good, wrongHost } = await certificates();
    await withPath(async (path) => {
      for (const { cert, key, caCerts } of [good, wrongHost]) {
        await using _ = await startUnixServer(async (reader, writer) => {
          await reader.readline();
          writer.write("go\n");
          try {
            await writer.startTls({ cert, key });
            for await (const line of reader) writer.write(line);
          } catch (error) {
            // A client that refuses our certificate goes in the middle of the handshake.
            if (!(error instanceof OSError)) throw error;
          }
        }, path);
        await using connection = await openUnixConnection(path);
        connection.writer.write("STARTTLS\n");
        assert.equal(await connection.reader.nextLine(), "go");
        if (cert === wrongHost.cert) {
          await assert.rejects(connection.startTls({ caCerts }), { reason: "wrong-host" });
          continue;
        }
        await connection.startTls({ caCerts });
        connection.writer.write("hello\n");
        assert.equal(await connection.reader.nextLine(), "hello");
        assert.equal(connection.tls, true);
        assert.equal(connection.remoteAddress.path, path);
      }
    });
  },
});

Deno.test("without permission the error names the flags", async () => {
  const program = `
    import { openUnixConnection } from ${
    JSON.stringify(import.meta.resolve("../../../net/unix/unix_streams.ts"))
  };
    const path = Deno.args[0].replace("@", "\\0");
    const error = await openUnixConnection(path).catch((error) => error);
    console.log(error.name, error.origin, error.message);
  `;
  for (
    const [path, expected] of [
      ["/tmp/x.sock", /--allow-read=\/tmp\/x\.sock --allow-write=\/tmp\/x\.sock/],
      ["@x", /Run the program with .*, in full/],
    ] as const
  ) {
    const url = `data:application/typescript,${encodeURIComponent(program)}`;
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--no-check", "--no-lock", url, path],
      env: { NO_COLOR: "1" },
    }).output();
    const said = new TextDecoder().decode(stdout);
    assert.match(said, /^PermissionError usage /, new TextDecoder().decode(stderr));
    assert.match(said, expected);
  }
});
