import assert from "node:assert/strict";
import { MemoryNetwork } from "../../../../net/memory.ts";
import { EventLoop } from "../../../../loop/event_loop.ts";
import { run } from "../../../../loop/runners.ts";
import { TestClock } from "../../../../loop/test_clock.ts";
import { sleep } from "../../../../loop/sleep.ts";
import type { FileSystem } from "../../../../stdlib/ftplib/server/filesystem.ts";
import { MemoryFileSystem } from "../../../../stdlib/ftplib/server/filesystem_memory.ts";
import { FTPServer } from "../../../../stdlib/ftplib/server.ts";
import { FTPReplyError } from "../../../../stdlib/ftplib/server/errors.ts";
import type { FTPServerEvent } from "../../../../stdlib/ftplib/server/events.ts";
import { readAll } from "../../_server/raw_client.ts";
import { RawFTP, session } from "./peer.ts";

const codes = (replies: (string | null)[]) => replies.map((reply) => reply?.slice(0, 3));

Deno.test("FTPServer sends and receives files in binary", () =>
  session({ files: { "f": "one\ntwo\r\n", "zero": "" } }, async (ftp, server) => {
    const { text, replies } = await ftp.fetch("RETR f");
    assert.equal(text, "one\ntwo\r\n");
    assert.equal(replies[0], "150 Opening binary data connection (9 bytes)");
    assert.equal(replies[1], "226 Transfer complete");
    assert.deepEqual(codes((await ftp.fetch("RETR zero")).replies), ["150", "226"]);

    assert.deepEqual(codes(await ftp.put("STOR new", "a\r\nb\n")), ["150", "226"]);
    assert.equal(server.files.text("new"), "a\r\nb\n");
    assert.deepEqual(codes(await ftp.put("STOR new", "")), ["150", "226"]);
    assert.equal(server.files.text("new"), "");
  }));

Deno.test("FTPServer converts line ends in ASCII (RFC 959 §3.1.1.1)", () =>
  session({ files: { "f": "one\ntwo\r\n" } }, async (ftp, server) => {
    await ftp.ask("TYPE A");
    const { text, replies } = await ftp.fetch("RETR f");
    assert.equal(text, "one\r\ntwo\r\n");
    assert.equal(replies[0], "150 Opening ASCII data connection");
    await ftp.put("STOR g", "a\r\nb\rc\r\n\r");
    assert.equal(server.files.text("g"), "a\nb\rc\n\r");
    await ftp.put("APPE g", "d\r\n");
    assert.equal(server.files.text("g"), "a\nb\rc\n\rd\n");
  }));

Deno.test("FTPServer resumes both ways, for the very next transfer alone (RFC 3659 §5)", () =>
  session({ files: { "f": "0123456789" } }, async (ftp, server) => {
    assert.equal(await ftp.ask("REST 7"), "350 The next transfer begins at 7");
    const { text, replies } = await ftp.fetch("RETR f");
    assert.equal(text, "789");
    assert.equal(replies[0], "150 Opening binary data connection");
    assert.equal((await ftp.fetch("RETR f")).text, "0123456789");

    await ftp.ask("REST 10");
    assert.deepEqual(codes((await ftp.fetch("RETR f")).replies), ["150", "226"]);
    await ftp.ask("REST 11");
    assert.deepEqual((await ftp.fetch("RETR f")).replies, ["554 The file ends at 10"]);

    await ftp.ask("REST 8");
    await ftp.put("STOR f", "ABCD");
    assert.equal(server.files.text("f"), "01234567ABCD");
    await ftp.ask("REST 2");
    await ftp.put("STOR f", "__");
    assert.equal(server.files.text("f"), "01__4567ABCD");
    await ftp.ask("REST 1");
    assert.deepEqual(await ftp.put("STOR none", "x"), ["554 The file ends at 0"]);

    await ftp.ask("REST 5");
    await ftp.fetch("NLST");
    assert.equal((await ftp.fetch("RETR f")).text, "01__4567ABCD");
    await ftp.ask("REST 5", "TYPE A");
    assert.match((await ftp.fetch("RETR f")).replies[0] ?? "", /^504 /);
    assert.match(await ftp.ask("REST 5") ?? "", /^504 /);
    assert.match(await ftp.ask("REST 0") ?? "", /^350 /);
  }));

Deno.test("FTPServer appends, and finds unused names", () =>
  session({ files: { "f": "one" } }, async (ftp, server) => {
    await ftp.put("APPE f", " two");
    await ftp.put("APPE g", "new");
    assert.equal(server.files.text("f"), "one two");
    assert.equal(server.files.text("g"), "new");
    assert.deepEqual((await ftp.put("STOU f", "x"))[0], "150 FILE: f.2");
    assert.deepEqual((await ftp.put("STOU", "y"))[0], "150 FILE: file");
    assert.equal(server.files.text("f.2"), "x");
    assert.equal(server.files.text("file"), "y");
  }));

Deno.test("FTPServer opens no file without a data connection, and no data connection twice", () =>
  session({ files: { "f": "x" } }, async (ftp, server) => {
    for (const command of ["RETR f", "STOR new", "APPE f", "STOU", "LIST", "NLST", "MLSD"]) {
      assert.equal(await ftp.ask(command), "425 Send PASV, EPSV, PORT or EPRT first", command);
    }
    assert.deepEqual(server.files.paths(), ["/f"]);
    await ftp.fetch("RETR f");
    assert.equal(await ftp.ask("RETR f"), "425 Send PASV, EPSV, PORT or EPRT first");
    for (const command of ["RETR none", "RETR /", "STOR none/x", "LIST none", "MLSD f"]) {
      assert.match((await ftp.fetch(command)).replies[0] ?? "", /^5\d\d /, command);
    }
  }));

Deno.test("FTPServer lists for machines (RFC 3659 §7)", () =>
  session({ files: { sub: {} } }, async (ftp, server) => {
    const modified = new Date(Date.UTC(2001, 1, 3, 4, 5, 6, 999));
    server.files.set("a; b=c ", "12345", modified);
    await server.files.setModified("/sub", modified);
    const { text } = await ftp.fetch("MLSD");
    const unique = text.match(/unique=\w+;/g) ?? [];
    assert.equal(new Set(unique).size, 2);
    assert.equal(
      text.replaceAll(/unique=\w+;/g, ""),
      "type=dir;modify=20010203040506;perm=elcdfmp;unix.mode=0755; sub\r\n" +
        "type=file;size=5;modify=20010203040506;perm=radfw;unix.mode=0644; a; b=c \r\n",
    );
    assert.deepEqual(await ftp.fetch("MLSD sub").then((listing) => listing.text), "");
    assert.equal((await ftp.fetch("MLSD none")).replies[0], "550 No such file or directory");
    assert.equal((await ftp.fetch("MLSD a; b=c ")).replies[0], "501 Not a directory: use MLST");
  }));

Deno.test("FTPServer lists for people, files, directories and patterns alike", () =>
  session({}, async (ftp, server) => {
    const modified = new Date(Date.UTC(2001, 1, 3, 4, 5, 6));
    for (const name of ["dir/a.txt", "dir/b.bin", "dir/.hidden.txt"]) {
      server.files.set(name, "12345", modified);
    }
    const line = (name: string) =>
      `-rw-r--r--   1 ftp      ftp                 5 Feb  3  2001 ${name}\r\n`;
    assert.equal(
      (await ftp.fetch("LIST dir")).text,
      line("a.txt") + line("b.bin") + line(".hidden.txt"),
    );
    assert.equal((await ftp.fetch("LIST dir/a.txt")).text, line("a.txt"));
    assert.equal((await ftp.fetch("LIST -la dir/*.txt")).text, line("a.txt"));
    assert.equal((await ftp.fetch("LIST dir/.*")).text, line(".hidden.txt"));
    assert.equal((await ftp.fetch("LIST none*")).text, "");
    assert.match((await ftp.fetch("LIST -a")).text, /^drwxr-xr-x +\d+ ftp +ftp .* dir\r\n$/);
    assert.match((await ftp.fetch("LIST none")).replies[0] ?? "", /^550 /);
    assert.equal(
      await ftp.ask("STAT dir/a.txt"),
      `213-Status:\n ${line("a.txt").trimEnd()}\n213 End`,
    );
  }));

Deno.test("FTPServer lists names that can be used as they are (RFC 1123 §4.1.2.7)", () =>
  session({ files: { "d/x": "1", "d/y": "2", z: "3" } }, async (ftp) => {
    assert.equal((await ftp.fetch("NLST")).text, "d\r\nz\r\n");
    assert.equal((await ftp.fetch("NLST d")).text, "d/x\r\nd/y\r\n");
    assert.equal((await ftp.fetch("NLST d/")).text, "d/x\r\nd/y\r\n");
    assert.equal((await ftp.fetch("NLST /d")).text, "/d/x\r\n/d/y\r\n");
    assert.equal((await ftp.fetch("NLST d/?")).text, "d/x\r\nd/y\r\n");
    assert.equal((await ftp.fetch("NLST z")).text, "z\r\n");
    await ftp.ask("CWD d");
    assert.equal((await ftp.fetch("NLST")).text, "x\r\ny\r\n");
    assert.equal((await ftp.fetch("NLST ..")).text, "../d\r\n../z\r\n");
  }));

Deno.test("FTPServer lists ten thousand names", () => {
  const files = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`file ${i}`, ""]));
  return session({ files }, async (ftp) => {
    const { text } = await ftp.fetch("NLST");
    assert.equal(text, Array.from({ length: 10_000 }, (_, i) => `file ${i}\r\n`).join(""));
    assert.equal(await ftp.ask("STAT /"), "450 That is too much for a reply: use LIST");
  });
});

Deno.test("FTPServer tells who connects, what they move, and what breaks", async () => {
  const network = new MemoryNetwork();
  const events: FTPServerEvent[] = [];
  await using server = await FTPServer.start({
    listen: network.listen,
    files: { f: "12345" },
    onEvent: (event) => events.push(event),
  });
  {
    await using ftp = await RawFTP.login(server, { dial: network.dial });
    await ftp.fetch("RETR f");
    await ftp.put("STOR g", "123");
    await ftp.ask("QUIT");
    assert.equal(await ftp.control.reply(), null);
  }
  await server.stop();
  const told = events.filter(({ type }) => type !== "command").map((event) => {
    const { client, type } = event;
    return "bytes" in event ? [client, type, event.path, event.bytes] : [client, type];
  });
  assert.deepEqual(told, [
    [1, "connect"],
    [1, "login"],
    [1, "retrieve", "/f", 5],
    [1, "store", "/g", 3],
    [1, "disconnect"],
  ]);
});

/** A file that never ends, and one that takes everything. */
class Endless extends MemoryFileSystem {
  written = 0;

  override stat(path: string): ReturnType<FileSystem["stat"]> {
    if (path !== "/endless") return super.stat(path);
    return Promise.resolve({ type: "file", size: 2 ** 40, modified: new Date(0) });
  }

  // deno-lint-ignore require-await
  override async read(): ReturnType<FileSystem["read"]> {
    // deno-lint-ignore require-await
    return { read: async (buffer) => buffer.length, close() {} };
  }

  // deno-lint-ignore require-await
  override async write(): ReturnType<FileSystem["write"]> {
    return {
      // deno-lint-ignore require-await
      write: async (bytes) => {
        this.written += bytes.length;
      },
      close() {},
    };
  }
}

Deno.test("FTPServer breaks a transfer off at ABOR: 426, then 226 (RFC 959 §4.1.3)", () =>
  session({ filesystem: new Endless() }, async (ftp) => {
    for (const abor of ["ABOR\r\n", "\xff\xf4\xff\xf2ABOR\r\n"]) {
      await using data = await ftp.data();
      assert.match(await ftp.ask("RETR endless") ?? "", /^150 /);
      await data.reader.read(1000);
      assert.match(await ftp.ask("STAT") ?? "", / Transferred so far: \d+ bytes\n/);
      ftp.control.send(Uint8Array.from(abor, (character) => character.charCodeAt(0)));
      assert.equal(await ftp.control.reply(), "426 Transfer aborted");
      assert.equal(await ftp.control.reply(), "226 Nothing is being transferred any more");
      assert.match(await ftp.ask("NOOP") ?? "", /^200 /);
    }
  }));

Deno.test("FTPServer understands an ABOR whose line end went as urgent data", () => {
  const clock = new TestClock();
  return run(() =>
    session({ dataTimeout: 1_000_000 }, async (ftp) => {
      for (const late of ["", "\n"]) {
        await using _data = await ftp.data();
        assert.match(await ftp.ask("STOR x") ?? "", /^150 /);
        ftp.control.send("ABOR\r");
        assert.equal(await ftp.control.reply(), "426 Transfer aborted");
        assert.match(await ftp.control.reply() ?? "", /^226 /);
        ftp.control.send(late);
        assert.match(await ftp.ask("NOOP") ?? "", /^200 /);
      }
      assert.match(await ftp.ask("") ?? "", /^500 /);

      // "Interrupt process" and "data mark" before it, as RFC 959 §4.1.3 has it.
      await using _data = await ftp.data();
      assert.match(await ftp.ask("STOR x") ?? "", /^150 /);
      ftp.control.send(Uint8Array.of(0xff, 0xf4, 0xff, 0xf2));
      ftp.control.send("ABOR\r");
      assert.equal(await ftp.control.reply(), "426 Transfer aborted");
      assert.match(await ftp.control.reply() ?? "", /^226 /);
    }), { loopFactory: () => new EventLoop({ clock }) });
});

Deno.test("FTPServer keeps other commands until the transfer has ended", () =>
  session({ filesystem: new Endless() }, async (ftp) => {
    const data = await ftp.data();
    assert.match(await ftp.ask("STOR big") ?? "", /^150 /);
    data.writer.write(new Uint8Array(1000));
    ftp.control.send("NOOP\r\nPWD\r\n");
    await sleep(20);
    assert.equal(ftp.control.connection.reader.buffered, 0);
    data.writer.close();
    assert.deepEqual(
      codes([await ftp.control.reply(), await ftp.control.reply(), await ftp.control.reply()]),
      ["226", "200", "257"],
    );
  }));

Deno.test("FTPServer ends a transfer with the control connection, and goes on for others", async () => {
  const network = new MemoryNetwork();
  const events: FTPServerEvent[] = [];
  await using server = await FTPServer.start({
    listen: network.listen,
    filesystem: new Endless(),
    onEvent: (event) => events.push(event),
  });
  for (const direction of ["RETR endless", "STOR x"]) {
    const ftp = await RawFTP.login(server, { dial: network.dial });
    await using data = await ftp.data();
    assert.match(await ftp.ask(direction) ?? "", /^150 /);
    ftp.close();
    if (direction === "STOR x") data.writer.write("xxx");
    await readAll(data).catch(() => {});
  }
  await using ftp = await RawFTP.login(server, { dial: network.dial });
  assert.match(await ftp.ask("NOOP") ?? "", /^200 /);
  assert.deepEqual(events.filter(({ type }) => type === "broken").length, 2);
  assert.equal(server.connections, 1);
});

Deno.test("FTPServer says 426 where the data connection breaks, and keeps what came", () =>
  session({ filesystem: new Endless() }, async (ftp) => {
    const data = await ftp.data();
    assert.match(await ftp.ask("RETR endless") ?? "", /^150 /);
    data.close();
    assert.equal(await ftp.control.reply(), "426 The data connection broke");
    assert.match(await ftp.ask("NOOP") ?? "", /^200 /);
  }));

Deno.test("FTPServer says 425 where no data connection comes, 426 where it falls silent", async () => {
  await session({ files: { f: "x" }, dataTimeout: 30 }, async (ftp) => {
    await ftp.ask("EPSV");
    assert.match(await ftp.ask("RETR f") ?? "", /^150 /);
    assert.equal(await ftp.control.reply(), "425 No data connection came");
    await using _data = await ftp.data();
    assert.match(await ftp.ask("STOR g") ?? "", /^150 /);
    assert.equal(await ftp.control.reply(), "426 The data connection broke");
    assert.equal((await ftp.fetch("RETR f")).text, "x");
  });
});

Deno.test("FTPServer says 226 when the file is closed, and no sooner", async () => {
  let closed = false;
  class Slow extends MemoryFileSystem {
    // deno-lint-ignore require-await
    override async write(): ReturnType<FileSystem["write"]> {
      return {
        write: () => Promise.resolve(),
        close: async () => {
          await sleep(20);
          closed = true;
        },
      };
    }
  }
  await session({ filesystem: new Slow() }, async (ftp) => {
    assert.deepEqual(codes(await ftp.put("STOR f", "x")), ["150", "226"]);
    assert.equal(closed, true);
  });
});

Deno.test("FTPServer lets a transfer end that began while it was stopped", async () => {
  const network = new MemoryNetwork();
  class Slow extends MemoryFileSystem {
    override async write(path: string): ReturnType<FileSystem["write"]> {
      await sleep(20);
      return super.write(path);
    }
  }
  const filesystem = new Slow();
  const server = await FTPServer.start({ listen: network.listen, filesystem });
  await using ftp = await RawFTP.login(server, { dial: network.dial });
  await using data = await ftp.data();
  ftp.control.send("STOR f\r\n");
  await sleep(5);
  const stopping = server.stop();
  assert.match(await ftp.control.reply() ?? "", /^150 /);
  data.writer.write("all of it");
  await sleep(20);
  data.writer.close();
  assert.match(await ftp.control.reply() ?? "", /^226 /);
  assert.match(await ftp.control.reply() ?? "", /^421 /);
  await stopping;
  assert.equal(filesystem.text("f"), "all of it");
});

Deno.test("FTPServer passes on what its file system says, and reports what it does not", async () => {
  class Faulty extends MemoryFileSystem {
    override write(path: string): ReturnType<FileSystem["write"]> {
      if (path === "/refused") throw new FTPReplyError(553, "Only on Sundays");
      return Promise.resolve({
        write: () => Promise.reject(new FTPReplyError(452, "The disk is full")),
        close: () => {
          if (path === "/late") throw new Error("not flushed");
        },
      });
    }
    override makeDirectory(): Promise<void> {
      throw new Error("a bug");
    }
  }
  const errors: string[] = [];
  await session({
    filesystem: new Faulty({ f: "x" }),
    onError: (error) => errors.push(String(error)),
  }, async (ftp) => {
    assert.deepEqual(await ftp.put("STOR refused", ""), ["553 Only on Sundays"]);
    assert.equal((await ftp.put("STOR full", "x"))[1], "452 The disk is full");
    assert.equal((await ftp.put("STOR late", ""))[1], "451 Local error, the transfer broke off");
    assert.equal(await ftp.ask("MKD x"), "451 Local error, nothing was done");
    assert.equal((await ftp.fetch("RETR f")).text, "x");
  });
  assert.deepEqual(errors, ["Error: not flushed", "Error: a bug"]);
});
