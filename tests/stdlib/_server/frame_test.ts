import assert from "node:assert/strict";
import { EventLoop } from "../../../loop/event_loop.ts";
import { run } from "../../../loop/runners.ts";
import { sleep } from "../../../loop/sleep.ts";
import { TestClock } from "../../../loop/test_clock.ts";
import { openConnection } from "../../../net/streams/connect.ts";
import { MemoryNetwork } from "../../../net/memory.ts";
import type { ServerOptions, StopOptions } from "../../../stdlib/_server/command_server.ts";
import { FTPServer } from "../../../stdlib/ftplib/server.ts";
import { SMTPServer } from "../../../stdlib/smtpd/server.ts";
import { RawClient } from "./raw_client.ts";

interface Embedded extends AsyncDisposable {
  readonly hostname: string;
  readonly port: number;
  readonly connections: number;
  close(): void;
  stop(options?: StopOptions): Promise<void>;
}

/** Both servers stand on one frame, and have to hold out alike. */
const KINDS: Record<string, (options: ServerOptions) => Promise<Embedded>> = {
  FTPServer: (options) => FTPServer.start({ dataTimeout: 10, ...options }),
  SMTPServer: (options) => SMTPServer.start(options),
};

/** Runs a body in a loop whose time jumps, so that waiting takes none. */
function quickly(body: (clock: TestClock) => Promise<void>): Promise<void> {
  const clock = new TestClock();
  return run(() => body(clock), { loopFactory: () => new EventLoop({ clock }) });
}

for (const [kind, start] of Object.entries(KINDS)) {
  Deno.test(`${kind} cuts a line off that is too long, and goes on behind it`, async () => {
    const network = new MemoryNetwork();
    await using server = await start({ listen: network.listen });
    await using client = await RawClient.greeted(server, { dial: network.dial });
    for (const length of [5000, 20_000]) {
      assert.match(await client.ask("x".repeat(length)) ?? "", /^500 .*Line too long/);
      assert.match(await client.ask("NOOP") ?? "", /^2[05]0 /);
    }
  });

  Deno.test(`${kind} sends away whose line has no end, in bounded memory`, async () => {
    const network = new MemoryNetwork();
    await using server = await start({ listen: network.listen });
    await using client = await RawClient.greeted(server, { dial: network.dial });
    client.send("x".repeat(200_000));
    assert.match(await client.reply() ?? "", /^421 .*Line too long/);
    assert.equal(await client.reply(), null);
  });

  Deno.test(`${kind} sends away who makes too many errors`, async () => {
    const network = new MemoryNetwork();
    await using server = await start({ listen: network.listen, maxBadCommands: 5 });
    await using client = await RawClient.greeted(server, { dial: network.dial });
    for (const bad of ["FROB", "", "\xff\xfe", "NOOP\0", "NOOP\rNOOP"]) {
      client.send(Uint8Array.from(`${bad}\r\n`, (character) => character.charCodeAt(0)));
      assert.match(await client.reply() ?? "", /^50\d /, JSON.stringify(bad));
      assert.match(await client.ask("NOOP") ?? "", /^2[05]0 /);
    }
    assert.match(await client.ask("FROB") ?? "", /^500 /);
    assert.match(await client.reply() ?? "", /^421 .*Too many errors/);
    assert.equal(await client.reply(), null);
  });

  Deno.test(`${kind} speaks no HTTP, and runs nothing that a browser was made to send`, async () => {
    const network = new MemoryNetwork();
    await using server = await start({ listen: network.listen });
    await using client = await RawClient.greeted(server, { dial: network.dial });
    client.send("POST / HTTP/1.1\r\nHost: x\r\n\r\nNOOP\r\n");
    assert.match(await client.reply() ?? "", /^421 /);
    assert.equal(await client.reply(), null);
  });

  Deno.test(`${kind} drops a client that begins with TLS`, async () => {
    const network = new MemoryNetwork();
    const errors: unknown[] = [];
    await using server = await start({ listen: network.listen, onError: (e) => errors.push(e) });
    await using client = await RawClient.greeted(server, { dial: network.dial });
    client.send(Uint8Array.of(0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc));
    client.connection.writer.writeEof();
    assert.equal(await client.reply(), null);
    assert.deepEqual(errors, []);
  });

  Deno.test(`${kind} takes so many clients and no more`, async () => {
    const network = new MemoryNetwork();
    await using server = await start({ listen: network.listen, maxConnections: 2 });
    const options = { dial: network.dial };
    await using first = await RawClient.greeted(server, options);
    await using _second = await RawClient.greeted(server, options);
    await using third = await RawClient.connect(server, options);
    assert.match(await third.reply() ?? "", /^421 .*Too many connections/);
    assert.equal(await third.reply(), null);
    await first.ask("QUIT");
    assert.equal(await first.reply(), null);
    await using fourth = await RawClient.connect(server, options);
    assert.match(await fourth.reply() ?? "", /^220/);
    assert.equal(server.connections, 2);
  });

  Deno.test(`${kind} sends away who is silent for five minutes`, () =>
    quickly(async (clock) => {
      const network = new MemoryNetwork();
      await using server = await start({ listen: network.listen });
      await using client = await RawClient.greeted(server, {
        dial: network.dial,
        timeout: Infinity,
      });
      assert.match(await client.reply() ?? "", /^421 .*Too long silent/);
      assert.equal(await client.reply(), null);
      assert.equal(clock.now(), 300_000);
      await sleep(1);
      assert.equal(server.connections, 0);
    }));

  Deno.test(`${kind} gives a command five minutes, however slowly its bytes drip`, () =>
    quickly(async (clock) => {
      const network = new MemoryNetwork();
      await using server = await start({ listen: network.listen });
      await using client = await RawClient.greeted(server, {
        dial: network.dial,
        timeout: Infinity,
      });
      await sleep(200_000);
      assert.match(await client.ask("NOOP") ?? "", /^2[05]0 /);
      let endedAt = 0;
      const ended = client.reply().finally(() => endedAt = clock.now());
      let dripped = 0;
      while (server.connections > 0 && dripped < 1000) {
        client.send("x");
        dripped++;
        await sleep(10_000);
      }
      assert.match(await ended ?? "", /^421 .*Too long silent/);
      assert.ok(Math.abs(endedAt - 500_000) <= 20_000, `at ${endedAt}`);
    }));

  Deno.test(`${kind} gives up on a client that sends and never reads`, () =>
    quickly(async () => {
      const network = new MemoryNetwork({ capacity: 4096 });
      await using server = await start({ listen: network.listen, timeout: 1000 });
      await using connection = await openConnection(server.hostname, server.port, {
        dial: network.dial,
        timeout: Infinity,
      });
      let sent = 0;
      const flood = "NOOP\r\n".repeat(1000);
      await assert.rejects(async () => {
        for (; sent < 100_000_000; sent += flood.length) {
          connection.writer.write(flood);
          await connection.writer.drain();
        }
      });
      assert.ok(sent < 1_000_000, `${sent} bytes taken`);
      assert.equal(server.connections, 0);
    }));

  Deno.test(`${kind} loses nothing and leaks nothing where a client goes away`, async () => {
    const dialogue = kind === "FTPServer"
      ? "USER a\r\nPASS b\r\nTYPE I\r\nEPSV\r\nSTOR x\r\nMLSD\r\nMKD d\r\nQUIT\r\n"
      : "EHLO a\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\nx\r\n..y\r\n.\r\nQUIT\r\n";
    const network = new MemoryNetwork();
    const errors: unknown[] = [];
    await using server = await start({
      listen: network.listen,
      maxConnections: 1000,
      onError: (error) => errors.push(error),
    });
    for (let cut = 0; cut < dialogue.length; cut++) {
      for (const politely of [true, false]) {
        await using client = await RawClient.connect(server, { dial: network.dial });
        client.send(dialogue.slice(0, cut));
        await client.connection.writer.flush();
        if (politely) client.connection.writer.writeEof();
        else client.close();
        if (politely) { while (await client.reply() !== null); }
      }
    }
    for (let turn = 0; server.connections > 0 && turn < 200; turn++) await sleep(5);
    assert.equal(server.connections, 0);
    assert.deepEqual(errors, []);
    await using client = await RawClient.greeted(server, { dial: network.dial });
    assert.match(await client.ask("NOOP") ?? "", /^2[05]0 /);
  });

  Deno.test(`${kind} says goodbye when it stops, and listens no more`, async () => {
    const network = new MemoryNetwork();
    const server = await start({ listen: network.listen });
    await using client = await RawClient.greeted(server, { dial: network.dial });
    const stopping = server.stop();
    assert.match(await client.reply() ?? "", /^421 .*Service closing/);
    assert.equal(await client.reply(), null);
    await stopping;
    await assert.rejects(RawClient.connect(server, { dial: network.dial }), /refused|nobody/i);
    await server.stop();
    server.close();
  });

  Deno.test(`${kind} cuts everybody off when it is closed`, async () => {
    const network = new MemoryNetwork();
    await using server = await start({ listen: network.listen });
    await using client = await RawClient.greeted(server, { dial: network.dial });
    server.close();
    assert.equal(await client.reply(), null);
    server.close();
  });

  Deno.test(`${kind} tells who else has its port`, async () => {
    await using server = await start({});
    assert.equal(server.hostname, "127.0.0.1");
    await assert.rejects(start({ port: server.port }), { code: "EADDRINUSE" });
  });
}

Deno.test("SMTPServer lets a hook finish when it stops, for as long as it was told", async () => {
  const network = new MemoryNetwork();
  const started = Promise.withResolvers<void>();
  const server = await SMTPServer.start({
    listen: network.listen,
    async onMessage() {
      started.resolve();
      await sleep(50);
    },
  });
  await using client = await RawClient.greeted(server, { dial: network.dial });
  await client.ask("EHLO x", "MAIL FROM:<a@b.test>", "RCPT TO:<c@d.test>", "DATA");
  client.send("x\r\n.\r\n");
  await started.promise;
  const stopping = server.stop();
  assert.match(await client.reply() ?? "", /^250 /);
  assert.match(await client.reply() ?? "", /^421 /);
  assert.equal(await client.reply(), null);
  await stopping;
});

Deno.test("SMTPServer stops although a hook never settles", async () => {
  const network = new MemoryNetwork();
  const started = Promise.withResolvers<void>();
  const server = await SMTPServer.start({
    listen: network.listen,
    onMessage: () => {
      started.resolve();
      return new Promise(() => {});
    },
  });
  await using client = await RawClient.greeted(server, { dial: network.dial });
  await client.ask("EHLO x", "MAIL FROM:<a@b.test>", "RCPT TO:<c@d.test>", "DATA");
  client.send("x\r\n.\r\n");
  await started.promise;
  await server.stop({ grace: 20 });
  assert.equal(await client.reply(), null);
  await assert.rejects(server.stop({ grace: 0 }), RangeError);
});

Deno.test("FTPServer lets a transfer finish when it stops", async () => {
  const network = new MemoryNetwork();
  const server = await FTPServer.start({ listen: network.listen });
  const options = { dial: network.dial };
  await using client = await RawClient.greeted(server, options);
  await client.ask("USER a", "PASS b", "TYPE I");
  const port = Number(/\|(\d+)\|/.exec(await client.ask("EPSV") ?? "")?.[1]);
  await using data = await openConnection("localhost", port, options);
  await client.ask("STOR f");
  data.writer.write("first ");
  await sleep(10);
  const stopping = server.stop();
  await sleep(10);
  data.writer.write("second");
  data.writer.close();
  assert.match(await client.reply() ?? "", /^226 /);
  assert.match(await client.reply() ?? "", /^421 /);
  assert.equal(await client.reply(), null);
  await stopping;
  assert.equal(server.files.text("f"), "first second");
});
