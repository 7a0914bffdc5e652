import assert from "node:assert/strict";
import type { ByteStream, Dial } from "../../../net/byte_stream.ts";
import { openConnection } from "../../../net/streams/connect.ts";
import { memoryPair } from "../../../net/memory.ts";
import { dialTcp, listenTcp } from "../../../net/tcp/tcp.ts";
import { isAtLeast } from "../../../net/runtime.ts";
import { looksLikeTls } from "../../../net/tls/tls.ts";
import { CancelledError } from "../../../loop/exceptions.ts";
import { run } from "../../../loop/runners.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask } from "../../../loop/tasks.ts";

/** A port where nothing listens, as far as one can know. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

Deno.test("openConnection connects by name and by address, and says to whom", async () => {
  const listener = listenTcp({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.address;
  for (const host of ["127.0.0.1", "localhost"]) {
    const [connection, peer] = await Promise.all([openConnection(host, port), listener.accept()]);
    assert.deepEqual(connection.remoteAddress, { hostname: "127.0.0.1", port, transport: "tcp" });
    assert.deepEqual(peer!.remoteAddress, connection.localAddress);
    connection.close();
    peer!.close();
  }
  listener.close();
});

Deno.test("openConnection takes IPv6 with and without brackets", async () => {
  const targets: unknown[] = [];
  const dial: Dial = (target) => {
    targets.push(target);
    return Promise.resolve(memoryPair()[0]);
  };
  await openConnection("[::1]", 25, { dial });
  await openConnection("::1", 25, { dial });
  assert.deepEqual(targets, [{ hostname: "::1", port: 25 }, { hostname: "::1", port: 25 }]);
});

Deno.test("test_open_connection_error: refused", async () => {
  const port = freePort();
  await assert.rejects(openConnection("127.0.0.1", port), {
    name: "ConnectionRefusedError",
    code: "ECONNREFUSED",
    origin: "transport",
    hostname: "127.0.0.1",
    port,
    message: new RegExp(`^Cannot connect to 127\\.0\\.0\\.1:${port}: connection refused\\. Is the`),
  });
});

Deno.test("openConnection names a host that does not exist", async () => {
  // RFC 6761 §6.4: "invalid" never resolves.
  await assert.rejects(openConnection("no-such-host.invalid", 25), {
    name: "ResolveError",
    code: "ENOTFOUND",
    hostname: "no-such-host.invalid",
  });
});

Deno.test({
  name: "openConnection names the permission that is missing",
  permissions: { net: ["127.0.0.1:1"] },
  async fn() {
    await assert.rejects(openConnection("127.0.0.1", 2), {
      name: "PermissionError",
      code: "EACCES",
      origin: "usage",
      message: /--allow-net=127\.0\.0\.1:2$/,
    });
    assert.throws(() => listenTcp({ hostname: "127.0.0.1", port: 2 }), { name: "PermissionError" });
  },
});

Deno.test("listening on a port that is taken is an OSError", () => {
  const listener = listenTcp({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.address;
  assert.throws(() => listenTcp({ hostname: "127.0.0.1", port }), {
    name: "OSError",
    code: "EADDRINUSE",
    message: /the port is taken/,
  });
  listener.close();
});

Deno.test("openConnection refuses arguments before anything is dialled", async () => {
  const dial: Dial = () => assert.fail("must not be called");
  for (const host of ["", "a b", "host\r\nX", "a\0b", "http://host", "user@host", "[::1"]) {
    await assert.rejects(openConnection(host, 25, { dial }), TypeError, JSON.stringify(host));
  }
  for (const port of [0, -1, 65_536, 1.5, NaN]) {
    await assert.rejects(openConnection("host", port, { dial }), RangeError);
  }
  for (const ms of [0, -1, NaN]) {
    await assert.rejects(openConnection("host", 25, { dial, timeout: ms }), RangeError);
    await assert.rejects(openConnection("host", 25, { dial, connectTimeout: ms }), RangeError);
  }
  await assert.rejects(openConnection("host", 25, { dial, limit: 0 }), RangeError);
  const signal = AbortSignal.abort(new Error("before"));
  await assert.rejects(openConnection("host", 25, { dial, signal }), /before/);
});

/** A dial that answers when the test says so, and tells what became of its connection. */
function slowDial() {
  const [near, far] = memoryPair();
  const answer = Promise.withResolvers<void>();
  let signal: AbortSignal | undefined;
  const dial: Dial = async (_target, options) => {
    signal = options.signal;
    await answer.promise;
    return near;
  };
  return {
    dial,
    async isClosedWhenItComesLate() {
      assert.equal(signal!.aborted, true, "the dial was told");
      answer.resolve();
      return await far.read(new Uint8Array(1)) === null;
    },
  };
}

Deno.test("openConnection gives up after connectTimeout, and closes what comes late", async () => {
  const slow = slowDial();
  await assert.rejects(openConnection("host", 25, { dial: slow.dial, connectTimeout: 2 }), {
    name: "TimeoutError",
    message: /^Cannot connect to host:25: no answer within 2 ms/,
  });
  assert.equal(await slow.isClosedWhenItComesLate(), true);
});

Deno.test("openConnection does not mind that what comes late cannot be closed", async () => {
  const [near] = memoryPair();
  const late = Object.assign(near, {
    close() {
      throw new Error("a bug of the proxy");
    },
  });
  const answer = Promise.withResolvers<ByteStream>();
  const opening = openConnection("host", 25, { dial: () => answer.promise, connectTimeout: 2 });
  await assert.rejects(opening, { name: "TimeoutError" });
  answer.resolve(late);
  // A rejection that nobody handles would fail the test.
  await new Promise((resolve) => setTimeout(resolve, 1));
});

Deno.test("openConnection ends with its signal, and closes what comes late", async () => {
  const slow = slowDial();
  const abort = new AbortController();
  const opening = openConnection("host", 25, { dial: slow.dial, signal: abort.signal });
  const reason = new Error("changed my mind");
  abort.abort(reason);
  await assert.rejects(opening, reason);
  assert.equal(await slow.isClosedWhenItComesLate(), true);
});

Deno.test("openConnection ends with its task, and closes what comes late", async () => {
  const slow = slowDial();
  await run(async () => {
    const task = createTask(() => openConnection("host", 25, { dial: slow.dial }));
    await sleep(0);
    task.cancel();
    await assert.rejects(task, CancelledError);
  });
  assert.equal(await slow.isClosedWhenItComesLate(), true);
});

Deno.test("openConnection closes the connection whose handshake is not done in time", async () => {
  const [near, far] = memoryPair();
  const dial: Dial = () =>
    Promise.resolve(Object.assign(near, { startTls: () => new Promise<never>(() => {}) }));
  await assert.rejects(openConnection("host", 25, { dial, tls: true, connectTimeout: 2 }), {
    name: "TimeoutError",
  });
  assert.equal(await far.read(new Uint8Array(1)), null);
});

Deno.test({
  name: "openConnection makes TLS over whatever was dialled, and closes it where that fails",
  ignore: !isAtLeast("2.9.1"),
  async fn() {
    const [near, far] = memoryPair();
    const dial: Dial = () => Promise.resolve(near);
    const opening = openConnection("host", 25, { dial, tls: true });
    const buffer = new Uint8Array(1024);
    await far.read(buffer);
    assert.equal(looksLikeTls(buffer), true);
    await far.closeWrite();
    await assert.rejects(opening, { name: "SSLError", code: "ERR_TLS_TRUNCATED" });
    assert.equal(await far.read(buffer), null);
  },
});

Deno.test("the timeout of openConnection holds for each wait, and a call may say otherwise", async () => {
  const listener = listenTcp({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.address;
  const connection = await openConnection("127.0.0.1", port, { timeout: 5 });
  await assert.rejects(connection.reader.nextLine(), /was silent for 5 ms/);
  await assert.rejects(connection.reader.nextLine({ timeout: 7 }), /was silent for 7 ms/);
  connection.close();
  listener.close();
});

Deno.test("dialTcp rejects with the reason of its signal", async () => {
  const reason = new Error("no");
  await assert.rejects(
    dialTcp({ hostname: "127.0.0.1", port: 1 }, { signal: AbortSignal.abort(reason) }),
    reason,
  );
});

if (!isAtLeast("2.9.0")) {
  Deno.test({
    name: "an old Deno is said to try the first address of a name alone",
    async fn() {
      const gone = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      gone.close();
      await assert.rejects(openConnection("localhost", gone.addr.port), {
        name: "ConnectionRefusedError",
        message: /This Deno \(2\.\d+\.\d+\) tries the first address of a name alone/,
      });
      await assert.rejects(openConnection("127.0.0.1", gone.addr.port), { message: /right\?$/ });
    },
  });
}
