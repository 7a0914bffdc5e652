import assert from "node:assert/strict";
import { run } from "../../loop/runners.ts";
import { sleep } from "../../loop/sleep.ts";
import { createTask } from "../../loop/tasks.ts";
import { createDatagramEndpoint } from "../../net/datagrams/create_datagram_endpoint.ts";
import { bindDatagram, connectDatagram } from "../../net/datagrams/datagram_socket.ts";
import { openFile } from "../../net/files/files.ts";
import { openReadPipe, openWritePipe } from "../../net/files/pipes.ts";
import { DatagramProtocol } from "../../net/transports/protocols.ts";
import type { DatagramAddress, DatagramTransport } from "../../net/transports/transports.ts";
import { withFifo } from "../net/files/fifos.ts";

/** How many descriptors the program has. */
async function descriptors(): Promise<number> {
  await sleep(100);
  return (await Array.fromAsync(Deno.readDir("/proc/self/fd"))).length;
}

Deno.test("Two thousand sockets for datagrams in a row leave nothing behind", async () => {
  await using _first = await bindDatagram();
  const before = await descriptors();
  for (let round = 0; round < 1000; round++) {
    await using server = await bindDatagram();
    await using client = await connectDatagram("127.0.0.1", server.localAddress.port);
    await client.send("x");
    await server.receive({ timeout: 5000 });
  }
  assert.equal(await descriptors(), before);
});

Deno.test("Twenty thousand datagrams are answered, each once, by a protocol that minds its marks", async () => {
  class Echo extends DatagramProtocol {
    #transport!: DatagramTransport;
    override connectionMade(transport: DatagramTransport) {
      this.#transport = transport;
    }
    override datagramReceived(data: Uint8Array, address: DatagramAddress) {
      this.#transport.sendto(data, address);
    }
  }
  const localAddress = { hostname: "127.0.0.1", port: 0 };
  const { transport } = await createDatagramEndpoint(() => new Echo(), { localAddress });
  await using client = await connectDatagram(
    "127.0.0.1",
    transport.getExtraInfo("sockname").port,
  );
  // No more are under way than the system holds for a socket, so none is lost.
  const data = new Uint32Array(1);
  for (let number = 0; number < 20_000; number += 50) {
    for (let next = number; next < number + 50; next++) {
      data[0] = next;
      await client.send(new Uint8Array(data.buffer));
    }
    for (let next = number; next < number + 50; next++) {
      const answer = await client.receive({ timeout: 5000 });
      assert.equal(new Uint32Array(answer.data.buffer)[0], next);
    }
  }
  assert.equal(client.dropped, 0);
  transport.close();
});

Deno.test("Two thousand reads of files that are cancelled anywhere lose no byte and no file", async () => {
  const path = await Deno.makeTempFile();
  const content = new Uint8Array(1_000_000).map((_, index) => index % 251);
  await Deno.writeFile(path, content);
  const before = await descriptors();
  await run(async () => {
    for (let round = 0; round < 20; round++) {
      await using file = await openFile(path);
      let position = 0;
      for (let call = 0; call < 100; call++) {
        const task = createTask(() => file.read(10_000));
        for (let turn = 0; turn < (call + round) % 12; turn++) await sleep(0);
        task.cancel();
        try {
          const piece = await task;
          if (piece.length > 0) assert.equal(piece[0], position % 251);
          position += piece.length;
        } catch (error) {
          assert.equal((error as Error).name, "CancelledError");
        }
        assert.equal(await file.tell(), position);
      }
    }
  });
  assert.equal(await descriptors(), before);
  await Deno.remove(path);
});

Deno.test("Two hundred waits for named pipes that are given up leave nothing behind", async () => {
  await withFifo(async (path) => {
    const before = await descriptors();
    for (let round = 0; round < 100; round++) {
      const signal = AbortSignal.timeout(round % 5);
      await assert.rejects(openReadPipe(path, { signal }));
      await assert.rejects(openWritePipe(path, { timeout: 1 + round % 3 }));
    }
    assert.equal(await descriptors(), before);
  });
});
