import assert from "node:assert/strict";
import { EventLoop } from "../../../../loop/event_loop.ts";
import { run } from "../../../../loop/runners.ts";
import { TestClock } from "../../../../loop/test_clock.ts";
import { MemoryNetwork } from "../../../../net/memory.ts";
import { FTPServer } from "../../../../stdlib/ftplib/server.ts";
import { RawFTP } from "./peer.ts";

Deno.test("FTPServer tells what happens to whoever looks on, until it stops", async () => {
  const network = new MemoryNetwork();
  await using server = await FTPServer.start({
    listen: network.listen,
    files: { "a.txt": "alpha", d: {} },
  });
  const events = server.events();
  const few = server.events({ maxBuffered: 1 });
  await using ftp = await RawFTP.login(server, network);
  await ftp.put("STOR b", "beta");
  await ftp.fetch("RETR a.txt");
  await ftp.ask("RNFR b", "RNTO d/c", "DELE a.txt", "MKD e", "RMD e", "SITE CHMOD 600 d/c", "QUIT");
  await ftp.control.reply();
  await server.stop();

  const told = (await Array.fromAsync(events)).filter(({ type }) => type !== "command");
  assert.deepEqual(
    told.map((event) => ({ ...event, client: undefined, port: undefined })),
    [
      { type: "connect", hostname: "localhost" },
      { type: "login", user: "ada" },
      { type: "store", path: "/b", bytes: 4 },
      { type: "retrieve", path: "/a.txt", bytes: 5 },
      { type: "rename", path: "/b", to: "/d/c" },
      { type: "remove", path: "/a.txt" },
      { type: "makeDirectory", path: "/e" },
      { type: "removeDirectory", path: "/e" },
      { type: "attributes", path: "/d/c" },
      { type: "disconnect" },
    ].map((event) => ({ ...event, client: undefined, port: undefined })),
  );

  const [first, rest, ...none] = await Array.fromAsync(few);
  assert.equal(first?.type, "connect");
  assert.ok(rest?.type === "missed" && rest.count > 10);
  assert.deepEqual(none, []);
  assert.deepEqual(await Array.fromAsync(server.events()), []);
});

/** Runs a body in a loop whose time jumps, so that waiting takes none. */
function quickly(body: () => Promise<void>): Promise<void> {
  return run(body, { loopFactory: () => new EventLoop({ clock: new TestClock() }) });
}

Deno.test("FTPServer tells an error of the client's connection when it ends", () =>
  quickly(async () => {
    const network = new MemoryNetwork();
    await using server = await FTPServer.start({ listen: network.listen });
    const events = server.events();
    const ftp = await RawFTP.login(server, { dial: network.dial, timeout: Infinity });
    assert.match(await ftp.control.reply() ?? "", /^421 /);
    ftp.close();
    await server.stop();
    const last = (await Array.fromAsync(events)).at(-1);
    assert.ok(last?.type === "disconnect" && last.error instanceof Error);
  }));
