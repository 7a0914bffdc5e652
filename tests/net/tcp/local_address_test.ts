import assert from "node:assert/strict";
import { run } from "../../../loop/runners.ts";
import { createTask } from "../../../loop/tasks.ts";
import { openConnection } from "../../../net/streams/connect.ts";
import { dialFrom } from "../../../net/tcp/local_address.ts";
import { isAtLeast } from "../../../net/runtime.ts";
import { startServer } from "../../../net/servers/server.ts";
import { dialTcp } from "../../../net/tcp/tcp.ts";
import { certificates } from "../../peers/certs.ts";
import { bytes, text } from "../cuts.ts";

// The whole of 127.0.0.0/8 is this machine on Linux alone.
const ignore = Deno.build.os !== "linux" || !isAtLeast("2.7.9");

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore, fn });
}

function startEcho() {
  return startServer(async (reader, writer) => {
    writer.write(`${writer.getExtraInfo("peername")?.hostname}\n`);
    for (let block = await reader.read(65_536); block.length > 0;) {
      writer.write(block);
      await writer.drain();
      block = await reader.read(65_536);
    }
  });
}

test("the server sees the address that was chosen, and the port", async () => {
  await using server = await startEcho();
  const localAddress = { hostname: "127.0.0.7" };
  await using connection = await openConnection("127.0.0.1", server.port, { localAddress });
  assert.equal(await connection.reader.nextLine(), "127.0.0.7");
  assert.equal(connection.localAddress.hostname, "127.0.0.7");

  const probe = Deno.listen({ hostname: "127.0.0.8", port: 0 });
  const { port } = probe.addr;
  probe.close();
  const dial = dialFrom({ hostname: "127.0.0.8", port });
  await using other = await openConnection("localhost", server.port, { dial });
  assert.equal(await other.reader.nextLine(), "127.0.0.8");
  assert.equal(other.localAddress.port, port);
});

test("much data both ways, and the end of each direction", async () => {
  await using server = await startEcho();
  const dial = dialFrom({ hostname: "127.0.0.7" });
  await using connection = await openConnection("127.0.0.1", server.port, { dial });
  await connection.reader.readline();
  const sent = new Uint8Array(3_000_000).map((_, index) => index * 7);
  const reading = connection.reader.read();
  connection.writer.write(sent);
  connection.writer.writeEof();
  const came = await reading;
  assert.equal(came.length, sent.length);
  assert.ok(came.every((byte, index) => byte === sent[index]));
});

test("reading in small pieces loses nothing", async () => {
  await using server = await startServer((_, writer) => writer.write("0123456789"));
  const stream = await dialFrom({ hostname: "127.0.0.7" })(
    { hostname: "127.0.0.1", port: server.port },
    {},
  );
  const buffer = new Uint8Array(3);
  let all = "";
  for (;;) {
    const count = await stream.read(buffer);
    if (count === null) break;
    assert.ok(count <= 3);
    all += text(buffer.slice(0, count));
    if (all.length === 10) break;
  }
  assert.equal(all, "0123456789");
  const reading = stream.read(buffer);
  stream.close();
  stream.close();
  for (
    const failing of [reading, stream.read(buffer), stream.write(bytes("x")), stream.closeWrite()]
  ) {
    await assert.rejects(failing, { name: "ConnectionAbortedError" });
  }
  server.abortClients();
});

test("TLS on top of it", async () => {
  const { cert, key, caCerts } = (await certificates()).good;
  const listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key });
  const serving = (async () => {
    const connection = await listener.accept();
    await connection.write(bytes(`${connection.remoteAddr.hostname}\n`));
    await connection.read(new Uint8Array(9));
    connection.close();
  })();
  const connection = await openConnection("localhost", listener.addr.port, {
    localAddress: { hostname: "127.0.0.7" },
    tls: true,
    caCerts,
  });
  assert.equal(await connection.reader.nextLine(), "127.0.0.7");
  assert.equal(connection.tls, true);
  await connection[Symbol.asyncDispose]();
  await serving;
  listener.close();
});

test("what cannot be is told in words", async () => {
  await using server = await startEcho();
  const from = (hostname: string, host = "127.0.0.1", port = server.port) =>
    openConnection(host, port, { localAddress: { hostname } });
  await assert.rejects(from("192.0.2.7"), {
    name: "OSError",
    code: "EADDRNOTAVAIL",
    message: /from 192\.0\.2\.7:0: this machine does not have that address/,
  });
  await assert.rejects(from("::1"), { name: "OSError", code: "EINVAL" });
  await assert.rejects(from("127.0.0.7", "nobody.invalid"), { name: "ResolveError" });
  const gone = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  gone.close();
  await assert.rejects(from("127.0.0.7", "127.0.0.1", gone.addr.port), {
    name: "ConnectionRefusedError",
  });
  const taken = Deno.listen({ hostname: "127.0.0.9", port: 0 });
  await assert.rejects(
    openConnection("127.0.0.1", server.port, {
      localAddress: { hostname: "127.0.0.9", port: taken.addr.port },
    }),
    { name: "OSError", code: "EADDRINUSE" },
  );
  taken.close();
});

test("a signal and a cancellation end the connecting", async () => {
  await using server = await startEcho();
  const target = { hostname: "127.0.0.1", port: server.port };
  const dial = dialFrom({ hostname: "127.0.0.7" });
  const reason = new Error("enough");
  await assert.rejects(dial(target, { signal: AbortSignal.abort(reason) }), reason);
  const abort = new AbortController();
  const dialling = dial(target, { signal: abort.signal });
  abort.abort(reason);
  await assert.rejects(dialling, reason);
  await run(async () => {
    const task = createTask(() =>
      openConnection("127.0.0.1", server.port, { localAddress: { hostname: "127.0.0.7" } })
    );
    await Promise.resolve();
    task.cancel();
    await assert.rejects(async () => await task, { name: "CancelledError" });
  });
});

test("without a permission the program goes on, and the error says which", async () => {
  const program = `
    import { openConnection } from ${
    JSON.stringify(import.meta.resolve("../../../net/streams/connect.ts"))
  };
    const localAddress = { hostname: "127.0.0.7" };
    const [port] = Deno.args;
    await openConnection("127.0.0.1", Number(port), { localAddress })
      .then((connection) => connection[Symbol.asyncDispose](), (error) => {
        console.log(error.name, error.message);
      });
    console.log("goes on");
  `;
  await using server = await startServer(() => {});
  const { port } = server;
  const url = `data:application/typescript,${encodeURIComponent(program)}`;
  const outputs: string[] = [];
  for (const net of [`127.0.0.1:${port}`, "127.0.0.7", `127.0.0.1:${port},127.0.0.7`]) {
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--no-prompt", "--no-check", "--no-lock", `--allow-net=${net}`],
        ...[url, String(port)],
      ],
      env: { NO_COLOR: "1" },
    }).output();
    outputs.push(new TextDecoder().decode(stdout));
  }
  server.abortClients();
  assert.match(outputs[0]!, /^PermissionError .*--allow-net=127\.0\.0\.7:0\ngoes on\n$/);
  assert.match(
    outputs[1]!,
    new RegExp(`^PermissionError .*--allow-net=127.0.0.1:${port}\ngoes on`),
  );
  assert.equal(outputs[2], "goes on\n");
});

Deno.test("wrong arguments are refused before anything is dialled", async () => {
  for (const hostname of ["localhost", "", "1.2.3", "::1%lo"]) {
    assert.throws(() => dialFrom({ hostname }), TypeError);
    await assert.rejects(openConnection("a", 1, { localAddress: { hostname } }), TypeError);
  }
  assert.throws(() => dialFrom({ hostname: "127.0.0.1", port: 65_536 }), RangeError);
  const localAddress = { hostname: "127.0.0.1" };
  await assert.rejects(openConnection("a", 1, { localAddress, dial: dialTcp }), TypeError);
});

if (Deno.build.os === "linux" && !isAtLeast("2.7.9")) {
  Deno.test({
    name: "an old Deno that connects from elsewhere is found out",
    async fn() {
      await using server = await startServer(() => {});
      const localAddress = { hostname: "127.0.0.7" };
      await assert.rejects(openConnection("127.0.0.1", server.port, { localAddress }), {
        name: "RuntimeError",
        message: /this Deno \(2\.\d+\.\d+\) has connected from 127\.0\.0\.1:\d+ instead/,
      });
    },
  });
}
