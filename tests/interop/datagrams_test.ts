import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { createDatagramEndpoint } from "../../net/datagrams/create_datagram_endpoint.ts";
import { bindDatagram, connectDatagram } from "../../net/datagrams/datagram_socket.ts";
import { DatagramProtocol } from "../../net/transports/protocols.ts";
import type { DatagramAddress, DatagramTransport } from "../../net/transports/transports.ts";
import { interopTest } from "./interop.ts";
import { pathOf, type Program } from "./servers/installed.ts";

const LIMIT = { timeout: 10_000 };
const text = (data: Uint8Array) => new TextDecoder().decode(data);
const script = (name: string) => fileURLToPath(new URL(`./datagrams/${name}`, import.meta.url));

/** Starts a program; it is ended, if it has not ended by itself, when the test is over. */
function start(program: Program, args: string[], input = "") {
  const child = new Deno.Command(pathOf(program), {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
    signal: AbortSignal.timeout(20_000),
  }).spawn();
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const writer = child.stdin.getWriter();
  const writing = writer.write(new TextEncoder().encode(input)).then(() => writer.close());
  return {
    output,
    status: child.status,
    [Symbol.asyncDispose]: async () => {
      await output.cancel();
      await writing.catch(() => {});
      try {
        child.kill();
      } catch {
        // It has ended by itself.
      }
      await child.status;
    },
  };
}

for (const host of ["127.0.0.1", "::1"]) {
  interopTest(`A socket asks a server of Python's asyncio over ${host}`, {
    needs: ["python3"],
  }, async () => {
    await using server = start("python3", [script("echo.py"), host]);
    const port = Number((await server.output.read()).value);
    await using client = await connectDatagram(host, port);
    await client.send("hello");
    assert.equal(text((await client.receive(LIMIT)).data), "HELLO");
    await client.send("y".repeat(60_000));
    assert.equal(text((await client.receive(LIMIT)).data), "Y".repeat(60_000));
    await client.send("");
    assert.equal((await server.status).code, 0);
  });

  interopTest(`A client of Python's asyncio asks a protocol over ${host}`, {
    needs: ["python3"],
  }, async () => {
    class Echo extends DatagramProtocol {
      #transport!: DatagramTransport;

      override connectionMade(transport: DatagramTransport) {
        this.#transport = transport;
      }

      override datagramReceived(data: Uint8Array, address: DatagramAddress) {
        this.#transport.sendto(data, address);
        if (text(data) === "end") this.#transport.close();
      }
    }
    const localAddress = { hostname: host, port: 0 };
    const { transport } = await createDatagramEndpoint(() => new Echo(), { localAddress });
    const { port } = transport.getExtraInfo("sockname");
    await using client = start("python3", [script("ask.py"), host, String(port)]);
    let printed = "";
    for (;;) {
      const { value, done } = await client.output.read();
      if (done) break;
      printed += value;
    }
    // Python is told by its system that we are gone.
    assert.equal(printed, "one\n60000\nend\nConnectionRefusedError\n");
    assert.equal((await client.status).code, 0);
  });
}

interopTest("socat sends to a socket, and prints what it answers", {
  needs: ["socat"],
}, async () => {
  await using server = await bindDatagram("127.0.0.1", 0);
  const address = `UDP4:127.0.0.1:${server.localAddress.port}`;
  await using client = start("socat", ["-t", "2", "-", address], "from socat\n");
  const { data, address: from } = await server.receive(LIMIT);
  assert.equal(text(data), "from socat\n");
  await server.send("from us\n", from);
  assert.equal((await client.output.read()).value, "from us\n");
});

interopTest("A socket sends to socat, which answers from the same port", {
  needs: ["socat"],
}, async () => {
  const free = await bindDatagram("::1", 0);
  const { port } = free.localAddress;
  await free[Symbol.asyncDispose]();
  await using server = start("socat", [`UDP6-RECVFROM:${port},bind=[::1]`, "EXEC:rev"]);
  await using client = await connectDatagram("::1", port);
  // Nobody says when socat listens.
  let answer = "";
  for (let attempt = 0; answer === "" && attempt < 100; attempt++) {
    await client.send("desserts\n");
    answer = await client.receive({ timeout: 100 }).then(({ data }) => text(data), () => "");
  }
  assert.equal(answer, "stressed\n");
  assert.equal((await server.status).code, 0);
});
