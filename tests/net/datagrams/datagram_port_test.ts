import assert from "node:assert/strict";
import { getEventLoop } from "../../../loop/events.ts";
import { sleep } from "../../../loop/sleep.ts";
import { DatagramPort } from "../../../net/datagrams/datagram_port.ts";
import { UdpTransport } from "../../../net/datagrams/datagram_transport.ts";
import { DatagramProtocol } from "../../../net/transports/protocols.ts";

const HERE = { address: { hostname: "127.0.0.1", family: "IPv4" }, port: 0 } as const;
const DEAF = { received() {}, failed() {} };

Deno.test("DatagramPort ends a send that is under way when it is closed", async () => {
  const port = await DatagramPort.open({ local: HERE }, DEAF);
  const sending = port.send(new Uint8Array(1), { hostname: "127.0.0.1", port: 9 });
  port.close();
  port.close();
  assert.equal(port.isClosed, true);
  await sending;
  await port.send(new Uint8Array(1), { hostname: "127.0.0.1", port: 9 });
});

Deno.test("DatagramPort leaves no socket behind whose settings are refused", async () => {
  await assert.rejects(DatagramPort.open({ local: HERE, multicastTtl: 256 }, DEAF), RangeError);
  await sleep(5);
  // The resource sanitizer sees a socket that was left.
});

Deno.test("UdpTransport tells nothing that came before it was closed, and was not told yet", async () => {
  const told: string[] = [];
  class Noting extends DatagramProtocol {
    override datagramReceived(data: Uint8Array) {
      told.push(`${data.length} bytes`);
    }
    override errorReceived() {
      told.push("error");
    }
    override connectionLost() {
      told.push("lost");
    }
  }
  const transport = new UdpTransport(getEventLoop());
  transport.received(new Uint8Array(1), { hostname: "127.0.0.1", port: 9 });
  transport._begin(await DatagramPort.open({ local: HERE }, transport), new Noting());
  await sleep(1);
  transport.received(new Uint8Array(2), { hostname: "127.0.0.1", port: 9 });
  transport.failed(new Error("too late"));
  transport.abort();
  await sleep(1);
  assert.deepEqual(told, ["1 bytes", "lost"]);
});
