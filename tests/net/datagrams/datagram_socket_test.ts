import assert from "node:assert/strict";
import { createTask } from "../../../loop/tasks.ts";
import { run } from "../../../loop/runners.ts";
import { sleep } from "../../../loop/sleep.ts";
import {
  bindDatagram,
  connectDatagram,
  type DatagramSocket,
} from "../../../net/datagrams/datagram_socket.ts";
import {
  ConnectionAbortedError,
  OSError,
  PermissionError,
  ResolveError,
} from "../../../net/errors.ts";
import { isAtLeast } from "../../../net/runtime.ts";

const LIMIT = { timeout: 5000 };
const text = (data: Uint8Array) => new TextDecoder().decode(data);

/** Waits until as many datagrams have come as were sent. */
async function arrived(socket: DatagramSocket, count: number): Promise<void> {
  for (let round = 0; socket.queued + socket.dropped < count; round++) {
    assert.ok(round < 500, `${socket.queued} of ${count} came`);
    await sleep(10);
  }
}

for (const host of ["127.0.0.1", "::1"]) {
  Deno.test(`A datagram goes there and back over ${host}`, async () => {
    await using server = await bindDatagram(host, 0);
    await using client = await connectDatagram(host, server.localAddress.port);
    await client.send("there");
    const { data, address } = await server.receive(LIMIT);
    assert.equal(text(data), "there");
    assert.deepEqual(address, client.localAddress);
    assert.equal(address.hostname, host);
    await server.send(new Uint8Array([98, 97, 99, 107]), address);
    assert.equal(text((await client.receive(LIMIT)).data), "back");
    assert.deepEqual(client.remoteAddress, server.localAddress);
    assert.equal(server.remoteAddress, null);
  });
}

Deno.test("An empty datagram is one, and so is the longest", async () => {
  await using server = await bindDatagram("127.0.0.1", 0);
  await using client = await connectDatagram("127.0.0.1", server.localAddress.port);
  await client.send("");
  await client.send(new Uint8Array(65_507).fill(7));
  assert.equal((await server.receive(LIMIT)).data.length, 0);
  const { data } = await server.receive(LIMIT);
  assert.equal(data.length, 65_507);
  assert.ok(data.every((byte) => byte === 7));
});

Deno.test("A datagram that is too long is refused by name, and the socket goes on", async () => {
  await using server = await bindDatagram("127.0.0.1", 0);
  await using client = await connectDatagram("127.0.0.1", server.localAddress.port);
  await assert.rejects(client.send(new Uint8Array(65_508)), (error) => {
    assert.ok(error instanceof OSError);
    assert.equal(error.code, "EMSGSIZE");
    assert.equal(error.port, server.localAddress.port);
    assert.match(error.message, /65508 bytes .* too long/);
    return true;
  });
  await client.send("short");
  assert.equal(text((await server.receive(LIMIT)).data), "short");
});

Deno.test("What a caller does with its bytes after send() does not change the datagram", async () => {
  await using server = await bindDatagram("127.0.0.1", 0);
  await using client = await connectDatagram("127.0.0.1", server.localAddress.port);
  const bytes = new Uint8Array([1, 2, 3]);
  const sending = client.send(bytes);
  bytes.fill(9);
  await sending;
  assert.deepEqual([...(await server.receive(LIMIT)).data], [1, 2, 3]);
});

Deno.test("What was received belongs to the caller, and keeps no more memory than it needs", async () => {
  await using server = await bindDatagram("127.0.0.1", 0);
  await using client = await connectDatagram("127.0.0.1", server.localAddress.port);
  await client.send("abc");
  const { data } = await server.receive(LIMIT);
  assert.equal(data.buffer.byteLength, 3);
});

Deno.test("Datagrams of one socket are sent in the order of the calls", async () => {
  await using server = await bindDatagram("127.0.0.1", 0);
  await using client = await connectDatagram("127.0.0.1", server.localAddress.port);
  const numbers = Array.from({ length: 100 }, (_, number) => String(number));
  await Promise.all(numbers.map((number) => client.send(number)));
  const received = [];
  for (let count = 0; count < 100; count++) received.push(text((await server.receive(LIMIT)).data));
  assert.deepEqual(received, numbers);
});

Deno.test("A connected socket hears its peer only", async () => {
  await using peer = await bindDatagram("127.0.0.1", 0);
  await using stranger = await bindDatagram("127.0.0.1", 0);
  await using client = await connectDatagram("127.0.0.1", peer.localAddress.port);
  await stranger.send("let me in", client.localAddress);
  await peer.send("it is me", client.localAddress);
  assert.equal(text((await client.receive(LIMIT)).data), "it is me");
  assert.equal(client.queued, 0);
});

Deno.test("A connected socket knows its peer however its address is written", async () => {
  await using peer = await bindDatagram("::1", 0);
  await using client = await connectDatagram("0:0:0:0:0:0:0:1", peer.localAddress.port);
  await client.send("hello", { hostname: "::1", port: peer.localAddress.port });
  const { address } = await peer.receive(LIMIT);
  await peer.send("back", address);
  assert.equal(text((await client.receive(LIMIT)).data), "back");
});

Deno.test("A connected socket sends to nobody else", async () => {
  await using client = await connectDatagram("127.0.0.1", 9);
  await assert.rejects(client.send("x", { hostname: "127.0.0.1", port: 10 }), RangeError);
});

Deno.test("A peer that is not there is not noticed: Deno does not tell", async () => {
  await using gone = await bindDatagram("127.0.0.1", 0);
  const { port } = gone.localAddress;
  gone.close();
  await using client = await connectDatagram("127.0.0.1", port);
  for (let count = 0; count < 3; count++) await client.send("anybody there?");
  await assert.rejects(client.receive({ timeout: 30 }), { name: "TimeoutError" });
});

Deno.test("What nobody receives is dropped beyond a number of datagrams, and counted", async () => {
  await using server = await bindDatagram("127.0.0.1", 0, { maxQueued: 3 });
  await using client = await connectDatagram("127.0.0.1", server.localAddress.port);
  for (let number = 0; number < 5; number++) await client.send(String(number));
  await arrived(server, 5);
  assert.equal(server.queued, 3);
  assert.equal(server.dropped, 2);
  for (const expected of ["0", "1", "2"]) {
    assert.equal(text((await server.receive(LIMIT)).data), expected);
  }
  await client.send("5");
  assert.equal(text((await server.receive(LIMIT)).data), "5");
});

Deno.test("What nobody receives is dropped beyond a number of bytes", async () => {
  await using server = await bindDatagram("127.0.0.1", 0, { maxQueuedBytes: 10 });
  await using client = await connectDatagram("127.0.0.1", server.localAddress.port);
  for (const data of ["1234567", "1234", "", "123"]) await client.send(data);
  await arrived(server, 4);
  assert.equal(server.dropped, 1);
  const sizes = [];
  while (server.queued > 0) sizes.push((await server.receive(LIMIT)).data.length);
  assert.deepEqual(sizes, [7, 0, 3]);
});

Deno.test("Limits and times cannot be switched off by 0 or NaN", async () => {
  for (const bad of [0, NaN, -1, 1.5]) {
    await assert.rejects(bindDatagram("127.0.0.1", 0, { maxQueued: bad }), RangeError);
    await assert.rejects(bindDatagram("127.0.0.1", 0, { maxQueuedBytes: bad }), RangeError);
  }
  await assert.rejects(bindDatagram("127.0.0.1", 0, { timeout: 0 }), RangeError);
  await using socket = await bindDatagram();
  await assert.rejects(socket.receive({ timeout: 0 }), RangeError);
  await assert.rejects(
    socket.send("x", { hostname: "127.0.0.1", port: 9 }, { timeout: NaN }),
    RangeError,
  );
});

Deno.test("Wrong arguments are refused before a socket is opened or a byte is sent", async () => {
  // deno-lint-ignore no-explicit-any
  const anything = (value: unknown): any => value;
  for (const host of ["", "a b", "a\r\nb", "a\0b", "http://x/", anything(5)]) {
    await assert.rejects(bindDatagram(host, 0), TypeError, JSON.stringify(host));
  }
  for (const port of [-1, 65_536, 1.5, NaN, anything("7")]) {
    await assert.rejects(bindDatagram("127.0.0.1", port), RangeError, String(port));
  }
  await assert.rejects(connectDatagram("127.0.0.1", 0), RangeError);
  await assert.rejects(bindDatagram("127.0.0.1", 0, { family: "IPv6" }), RangeError);
  await assert.rejects(bindDatagram("127.0.0.1", 0, { family: anything(4) }), RangeError);
  await assert.rejects(
    connectDatagram("127.0.0.1", 9, { localAddress: { hostname: "::1", port: 0 } }),
    RangeError,
  );
  await using socket = await bindDatagram();
  await assert.rejects(socket.send("x"), TypeError);
  await assert.rejects(socket.send(anything(5), socket.localAddress), TypeError);
  await assert.rejects(socket.send("x", { hostname: "127.0.0.1", port: 65_536 }), RangeError);
  await assert.rejects(socket.send("x", anything("127.0.0.1")), TypeError);
});

Deno.test("Whoever has no port cannot be answered, which is no mistake of the caller's", async () => {
  await using socket = await bindDatagram();
  await assert.rejects(
    socket.send("x", { hostname: "127.0.0.1", port: 0 }),
    (error) => error instanceof OSError && error.code === "EINVAL" && error.origin === "transport",
  );
});

Deno.test("A port that is taken is an OSError, unless both share it", async () => {
  await using first = await bindDatagram("127.0.0.1", 0);
  await assert.rejects(bindDatagram("127.0.0.1", first.localAddress.port), (error) => {
    assert.ok(error instanceof OSError);
    assert.equal(error.code, "EADDRINUSE");
    assert.equal(error.port, first.localAddress.port);
    return true;
  });
  await using shared = await bindDatagram("127.0.0.1", 0, { reuseAddress: true });
  const { port } = shared.localAddress;
  await using other = await bindDatagram("127.0.0.1", port, { reuseAddress: true });
  assert.equal(other.localAddress.port, port);
});

Deno.test("A port is free when its socket has been disposed of", async () => {
  let port = 0;
  for (let round = 0; round < 20; round++) {
    await using socket = await bindDatagram("127.0.0.1", port);
    ({ port } = socket.localAddress);
  }
});

Deno.test("An address of another machine cannot be bound", async () => {
  await assert.rejects(bindDatagram("203.0.113.9", 0), { code: "EADDRNOTAVAIL" });
});

Deno.test("Host names are resolved, to bind and to send", async () => {
  await using server = await bindDatagram("localhost", 0, { family: "IPv4" });
  assert.equal(server.localAddress.hostname, "127.0.0.1");
  await using client = await bindDatagram("127.0.0.1", 0);
  await client.send("by name", { hostname: "localhost", port: server.localAddress.port });
  assert.equal(text((await server.receive(LIMIT)).data), "by name");
});

Deno.test("A host name that is unknown is a ResolveError", async () => {
  await assert.rejects(bindDatagram("no-such-host.invalid", 0), ResolveError);
  await using socket = await bindDatagram();
  const nowhere = { hostname: "no-such-host.invalid", port: 9 };
  await assert.rejects(socket.send("x", nowhere), ResolveError);
});

Deno.test("An abort ends the wait, and takes no datagram", async () => {
  await using server = await bindDatagram("127.0.0.1", 0);
  await using client = await connectDatagram("127.0.0.1", server.localAddress.port);
  const controller = new AbortController();
  const waiting = server.receive({ signal: controller.signal });
  controller.abort(new Error("enough"));
  await assert.rejects(waiting, { message: "enough" });
  await client.send("later");
  assert.equal(text((await server.receive(LIMIT)).data), "later");
  await assert.rejects(server.receive({ signal: controller.signal }), { message: "enough" });
});

Deno.test("A task that is cancelled takes no datagram", async () => {
  await run(async () => {
    await using server = await bindDatagram("127.0.0.1", 0);
    await using client = await connectDatagram("127.0.0.1", server.localAddress.port);
    const task = createTask(() => server.receive());
    await sleep(1);
    task.cancel();
    await assert.rejects(async () => await task, { name: "CancelledError" });
    await client.send("first");
    assert.equal(text((await server.receive(LIMIT)).data), "first");
  });
});

Deno.test("One call waits at a time", async () => {
  await using socket = await bindDatagram();
  const waiting = socket.receive();
  await assert.rejects(socket.receive(), { name: "RuntimeError" });
  socket.close();
  await assert.rejects(waiting, ConnectionAbortedError);
});

Deno.test("Closing ends iterations and waits, and is idempotent", async () => {
  const socket = await bindDatagram();
  const iterating = (async () => {
    for await (const _ of socket);
    return "ended";
  })();
  await sleep(1);
  socket.close();
  socket.close();
  assert.equal(await iterating, "ended");
  assert.equal(socket.closed, true);
  await assert.rejects(socket.receive(), ConnectionAbortedError);
  await assert.rejects(
    socket.send("x", { hostname: "127.0.0.1", port: 9 }),
    ConnectionAbortedError,
  );
  assert.throws(() => socket.setBroadcast(true), ConnectionAbortedError);
  for await (const _ of socket) assert.fail();
});

Deno.test("Closing rejects what is being sent", async () => {
  const socket = await bindDatagram();
  const sending = socket.send("x", { hostname: "127.0.0.1", port: 9 });
  socket.close();
  await assert.rejects(sending, ConnectionAbortedError);
});

Deno.test("A datagram that was given up before its turn is not sent", async () => {
  await using server = await bindDatagram("127.0.0.1", 0);
  await using client = await connectDatagram("127.0.0.1", server.localAddress.port);
  const controller = new AbortController();
  const first = client.send("first");
  const second = client.send("second", null, { signal: controller.signal });
  const third = client.send("third");
  controller.abort(new Error("not that one"));
  await assert.rejects(second, { message: "not that one" });
  await Promise.all([first, third]);
  await arrived(server, 2);
  assert.equal(text((await server.receive(LIMIT)).data), "first");
  assert.equal(text((await server.receive(LIMIT)).data), "third");
});

Deno.test("A wait for a socket that is aborted leaves none behind", async () => {
  const controller = new AbortController();
  const opening = bindDatagram("127.0.0.1", 0, { signal: controller.signal });
  controller.abort(new Error("never mind"));
  await assert.rejects(opening, { message: "never mind" });
  await sleep(20);
  // The resource sanitizer sees a socket that was left.
});

Deno.test("Broadcast and the time to live for groups can be set", async () => {
  await using socket = await bindDatagram("0.0.0.0", 0, {
    allowBroadcast: true,
    multicastTtl: 2,
    multicastLoopback: false,
  });
  socket.setBroadcast(false);
  socket.setMulticastTtl(255);
  assert.throws(() => socket.setMulticastTtl(0), RangeError);
  assert.throws(() => socket.setMulticastTtl(256), RangeError);
  assert.throws(() => socket.setTtl(NaN), RangeError);
});

Deno.test("What Deno would take for IPv6 and not do is refused", async () => {
  await using socket = await bindDatagram("::1", 0);
  assert.throws(() => socket.setTtl(5), { name: "NotImplementedError" });
  assert.throws(() => socket.setMulticastTtl(5), { name: "NotImplementedError" });
});

const multicast = isAtLeast("2.7.5");

Deno.test({
  name: "A member of a group receives what is sent to it, until it leaves (RFC 1112)",
  ignore: !multicast,
  fn: async () => {
    const group = "239.255.77.7";
    const here = { interface: "127.0.0.1" };
    await using member = await bindDatagram("0.0.0.0", 0, { reuseAddress: true });
    member.joinGroup(group, here);
    await using sender = await bindDatagram("127.0.0.1", 0, {
      multicastInterface: "127.0.0.1",
      multicastLoopback: true,
      ttl: 3,
    });
    const target = { hostname: group, port: member.localAddress.port };
    await sender.send("to all", target);
    assert.equal(text((await member.receive(LIMIT)).data), "to all");
    member.leaveGroup(group, here);
    await sender.send("too late", target);
    await assert.rejects(member.receive({ timeout: 50 }), { name: "TimeoutError" });
    assert.throws(() => member.leaveGroup(group, here), OSError);
    member.joinGroup("232.1.1.1", { ...here, source: "127.0.0.1" });
    member.leaveGroup("232.1.1.1", { ...here, source: "127.0.0.1" });
    assert.throws(() => member.joinGroup("ff02::1"), TypeError);
    assert.throws(() => member.joinGroup("10.0.0.1"), OSError);
  },
});

if (!multicast) {
  Deno.test({
    name: "An old Deno joins no groups, and says so with the version that does",
    fn: async () => {
      await using socket = await bindDatagram("0.0.0.0", 0);
      const message = /needs Deno 2\.7\.5/;
      assert.throws(() => socket.joinGroup("239.255.77.7"), message);
      assert.throws(() => socket.leaveGroup("239.255.77.7"), message);
      assert.throws(() => socket.setTtl(5), message);
      assert.throws(() => socket.setMulticastInterface("127.0.0.1"), message);
      await assert.rejects(bindDatagram("0.0.0.0", 0, { ttl: 5 }), message);
    },
  });
}

Deno.test("Broadcasting without leave is refused", async () => {
  await using socket = await bindDatagram("127.0.0.1", 0);
  const everybody = { hostname: "127.255.255.255", port: 9 };
  await assert.rejects(socket.send("x", everybody), (error) => {
    assert.ok(error instanceof OSError && !(error instanceof PermissionError));
    assert.match(error.message, /allowBroadcast/);
    return true;
  });
  socket.setBroadcast(true);
  await socket.send("x", everybody);
});
