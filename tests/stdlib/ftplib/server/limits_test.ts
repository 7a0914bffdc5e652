import assert from "node:assert/strict";
import { EventLoop } from "../../../../loop/event_loop.ts";
import { getEventLoop } from "../../../../loop/events.ts";
import { run } from "../../../../loop/runners.ts";
import { TestClock } from "../../../../loop/test_clock.ts";
import { MemoryNetwork } from "../../../../net/memory.ts";
import type { FTPServerOptions } from "../../../../stdlib/ftplib/server/options.ts";
import { FTPServer } from "../../../../stdlib/ftplib/server.ts";
import { RawClient } from "../../_server/raw_client.ts";
import { RawFTP, session } from "./peer.ts";

/** Runs a body in a loop whose time jumps, so that waiting takes none. */
function quickly(body: () => Promise<void>): Promise<void> {
  return run(body, { loopFactory: () => new EventLoop({ clock: new TestClock() }) });
}

const now = () => getEventLoop().time();

Deno.test("FTPServer keeps whoever guesses passwords waiting", () =>
  quickly(async () => {
    const network = new MemoryNetwork();
    const users = { ada: { password: "lovelace" } };
    await using server = await FTPServer.start({ listen: network.listen, users, loginDelay: 2000 });
    await using client = await RawClient.greeted(server, network);
    const begin = now();
    assert.match(await client.ask("USER ada", "PASS wrong") ?? "", /^530 /);
    assert.ok(now() - begin >= 2000, `${now() - begin} ms`);
    const again = now();
    assert.match(await client.ask("USER ada", "PASS lovelace") ?? "", /^230 /);
    assert.ok(now() - again < 2000);
  }));

Deno.test("FTPServer holds each data connection to its speed, both ways", () =>
  quickly(async () => {
    await session({ bytesPerSecond: 10_000 }, async (ftp, server) => {
      const begin = now();
      assert.match((await ftp.put("STOR f", "x".repeat(100_000)))[1] ?? "", /^226 /);
      const stored = now();
      assert.ok(stored - begin >= 9_000, `${stored - begin} ms`);
      assert.equal((await ftp.fetch("RETR f")).text.length, 100_000);
      assert.ok(now() - stored >= 9_000, `${now() - stored} ms`);
      assert.equal(server.files.get("f")?.length, 100_000);
    }, { timeout: Infinity });
  }));

Deno.test("FTPServer cuts nobody off for a slowness that is its own", () =>
  quickly(() =>
    session({ bytesPerSecond: 100, dataTimeout: 100 }, async (ftp) => {
      assert.match((await ftp.put("STOR f", "x".repeat(10_000)))[1] ?? "", /^226 /);
      assert.equal((await ftp.fetch("RETR f")).text.length, 10_000);
    }, { timeout: Infinity })
  ));

Deno.test("FTPServer takes so many clients from one address, and others besides", async () => {
  const options = { maxConnectionsPerAddress: 2 };
  await using server = await FTPServer.start({ ...options, hostname: "0.0.0.0" });
  const from = async (hostname: string) => {
    const place = { hostname, port: server.port };
    const client = await RawClient.connect(place);
    return { client, greeting: await client.reply() };
  };
  // Whoever connects to 127.0.0.2 comes from there.
  const clients = [await from("127.0.0.1"), await from("127.0.0.1"), await from("127.0.0.1")];
  assert.deepEqual(clients.map(({ greeting }) => greeting?.slice(0, 3)), ["220", "220", "421"]);
  if (Deno.build.os === "linux") {
    const other = await from("127.0.0.2");
    const { hostname } = other.client.connection.localAddress;
    assert.equal(other.greeting?.slice(0, 3), hostname === "127.0.0.1" ? "421" : "220");
    other.client.close();
  }
  for (const { client } of clients) client.close();
});

const passive = (options: FTPServerOptions, body: (ftp: RawFTP) => Promise<void>) =>
  session(options, body);

Deno.test("FTPServer tells another address in answer to PASV, where it is told so", async () => {
  await passive({ passiveAddress: "192.0.2.7" }, async (ftp) => {
    assert.match(await ftp.ask("PASV") ?? "", /^227 .*\(192,0,2,7,\d+,\d+\)/);
  });
  const passiveAddress = ({ hostname }: { hostname: string }) =>
    hostname === "localhost" ? "192.0.2.8" : undefined;
  await passive({ passiveAddress }, async (ftp) => {
    assert.match(await ftp.ask("PASV") ?? "", /^227 .*\(192,0,2,8,/);
  });
  await passive({ passiveAddress: () => undefined }, async (ftp) => {
    assert.match(await ftp.ask("PASV") ?? "", /^227 .*\(127,0,0,1,/);
  });
});

Deno.test("FTPServer takes data connections of others where it is told so", async () => {
  const take = async (options: FTPServerOptions) => {
    const network = new MemoryNetwork();
    // The stranger has another address than the client.
    const listen: typeof network.listen = (target, how) => {
      const listener = network.listen(target, how);
      if (target.port === 21) return listener;
      return {
        address: listener.address,
        close: () => listener.close(),
        accept: async () => {
          const stream = await listener.accept();
          if (stream === null) return null;
          const remoteAddress = { ...stream.remoteAddress, hostname: "192.0.2.9" };
          return new Proxy(stream, {
            get: (target, name) => {
              if (name === "remoteAddress") return remoteAddress;
              const value = Reflect.get(target, name);
              return typeof value === "function" ? value.bind(target) : value;
            },
          });
        },
      };
    };
    await using server = await FTPServer.start({
      port: 21,
      listen,
      files: { f: "x" },
      dataTimeout: 50,
      ...options,
    });
    await using ftp = await RawFTP.login(server, network);
    return (await ftp.fetch("RETR f")).replies[1];
  };
  assert.match(await take({}) ?? "", /^425 /);
  assert.match(await take({ foreignAddresses: true }) ?? "", /^226 /);
});

Deno.test("FTPServer refuses limits that make no sense", async () => {
  for (
    const options of [
      { bytesPerSecond: 0 },
      { bytesPerSecond: NaN },
      { loginDelay: 0 },
      { maxConnectionsPerAddress: 0 },
      { maxConnectionsPerAddress: NaN },
    ]
  ) {
    await assert.rejects(FTPServer.start(options), RangeError, JSON.stringify(options));
  }
  await assert.rejects(FTPServer.start({ passiveAddress: "ftp.example.org" }), TypeError);
});
