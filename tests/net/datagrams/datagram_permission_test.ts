import assert from "node:assert/strict";

/** Runs a program with no more permission than is said, and tells what it printed. */
async function runWith(permissions: string[], program: string): Promise<string> {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    const net = new URL("../../../net/", import.meta.url);
    await Deno.writeTextFile(file, program.replaceAll("net/", net.href));
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--no-lock", "--no-check", "--quiet", ...permissions, file],
      env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
      stdin: "null",
      signal: AbortSignal.timeout(30_000),
    }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout).trim();
  } finally {
    await Deno.remove(file);
  }
}

const SHOW = `
  const show = (error) => console.log(error.name, error.code, error.message);
`;

Deno.test("A program that may not bind gets a PermissionError, and lives", async () => {
  const out = await runWith(
    [],
    `
    import { bindDatagram, connectDatagram } from "net/datagrams/datagram_socket.ts";
    import { createDatagramEndpoint } from "net/datagrams/create_datagram_endpoint.ts";
    import { DatagramProtocol } from "net/transports/protocols.ts";
    ${SHOW}
    await bindDatagram("127.0.0.1", 0).catch(show);
    await connectDatagram("::1", 9).catch(show);
    await createDatagramEndpoint(() => new DatagramProtocol(), { family: "IPv4" }).catch(show);
    await bindDatagram("localhost", 0).catch(show);
    setTimeout(() => console.log("alive"), 20);
  `,
  );
  assert.deepEqual(out.split("\n"), [
    "PermissionError EACCES Cannot bind to 127.0.0.1:0: permission denied. Run the program with " +
    "--allow-net=127.0.0.1:0",
    "PermissionError EACCES Cannot bind to [::1]:0: permission denied. Run the program with " +
    "--allow-net=[::1]:0",
    "PermissionError EACCES Cannot bind to 0.0.0.0:0: permission denied. Run the program with " +
    "--allow-net=0.0.0.0:0",
    'PermissionError EACCES Cannot resolve "localhost": permission denied. Run the program with ' +
    "--allow-net=localhost, without a port",
    "alive",
  ]);
});

Deno.test("A program that may not send there gets a PermissionError, and lives", async () => {
  const out = await runWith(
    ["--allow-net=127.0.0.1:0"],
    `
    import { bindDatagram } from "net/datagrams/datagram_socket.ts";
    import { createDatagramEndpoint } from "net/datagrams/create_datagram_endpoint.ts";
    import { DatagramProtocol } from "net/transports/protocols.ts";
    ${SHOW}
    await using socket = await bindDatagram("127.0.0.1", 0);
    await socket.send("x", { hostname: "127.0.0.1", port: 9 }).catch(show);
    const { promise, resolve } = Promise.withResolvers();
    class Told extends DatagramProtocol {
      errorReceived(error) { show(error); resolve(); }
    }
    const remoteAddress = { hostname: "127.0.0.1", port: 9 };
    const { transport } = await createDatagramEndpoint(() => new Told(), { remoteAddress });
    transport.sendto("x");
    await promise;
    transport.close();
    console.log("alive");
  `,
  );
  const refused = "PermissionError EACCES Cannot send to 127.0.0.1:9: permission denied. Run the " +
    "program with --allow-net=127.0.0.1:9";
  assert.deepEqual(out.split("\n"), [refused, refused, "alive"]);
});

Deno.test("A client needs its peer and a free port of this machine, and no more", async () => {
  const peer = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = peer.addr as Deno.NetAddr;
  peer.close();
  const out = await runWith(
    [`--allow-net=127.0.0.1:0,127.0.0.1:${port}`],
    `
    import { bindDatagram, connectDatagram } from "net/datagrams/datagram_socket.ts";
    await using server = await bindDatagram("127.0.0.1", ${port});
    await using client = await connectDatagram("127.0.0.1", ${port});
    await client.send("hello");
    const { data } = await server.receive({ timeout: 5000 });
    console.log(new TextDecoder().decode(data));
  `,
  );
  assert.equal(out, "hello");
});
