/**
 * CPython's tests of protocols that do nothing, and of those with memory of their own.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createConnection } from "../../../net/transports/create_connection.ts";
import { BaseProtocol, BufferedProtocol, Protocol } from "../../../net/transports/protocols.ts";
import { startServer } from "../../../net/servers/server.ts";
import type { Transport } from "../../../net/transports/transports.ts";
import { bufferedProto, protocols } from "./suite.ts";

const nothing = {} as Transport;

protocols.held("ProtocolsAbsTests.test_base_protocol", () => {
  const protocol = new BaseProtocol();
  assert.equal(protocol.connectionMade(nothing), undefined);
  assert.equal(protocol.connectionLost(null), undefined);
  assert.equal(protocol.pauseWriting(), undefined);
  assert.equal(protocol.resumeWriting(), undefined);
});

protocols.held("ProtocolsAbsTests.test_protocol", () => {
  const protocol = new Protocol();
  assert.equal(protocol.connectionMade(nothing), undefined);
  assert.equal(protocol.connectionLost(null), undefined);
  assert.equal(protocol.dataReceived(new Uint8Array(1)), undefined);
  assert.equal(protocol.eofReceived(), undefined);
  assert.equal(protocol.pauseWriting(), undefined);
  assert.equal(protocol.resumeWriting(), undefined);
});

protocols.adapted(
  "ProtocolsAbsTests.test_buffered_protocol",
  "getBuffer() gives memory, so that a subclass which wants to know only of its filling works",
  () => {
    const protocol = new BufferedProtocol();
    assert.equal(protocol.connectionMade(nothing), undefined);
    assert.equal(protocol.connectionLost(null), undefined);
    assert.equal(protocol.getBuffer(100).length, 100);
    assert.ok(protocol.getBuffer(-1).length > 0);
    assert.equal(protocol.bufferUpdated(150), undefined);
    assert.equal(protocol.eofReceived(), undefined);
    assert.equal(protocol.pauseWriting(), undefined);
    assert.equal(protocol.resumeWriting(), undefined);
  },
);

bufferedProto.adapted(
  "BufferedProtocolSelectorTests.test_buffered_proto_create_connection",
  "without a limit on time, which a test clock would make pass",
  ({ run }) =>
    run(async () => {
      const noise = "12345678+".repeat(1024);
      await using server = await startServer(async (reader, writer) => {
        writer.write(noise);
        await reader.readexactly(1);
        writer.close();
        await writer.waitClosed();
      });
      let received = "";
      const lost = Promise.withResolvers<unknown>();
      class ReceiveStuff extends BufferedProtocol {
        #transport!: Transport;
        #buffer!: Uint8Array;
        override connectionMade(transport: Transport): void {
          this.#transport = transport;
        }
        override getBuffer(_sizehint: number): Uint8Array {
          return this.#buffer = new Uint8Array(100);
        }
        override bufferUpdated(count: number): void {
          received += new TextDecoder().decode(this.#buffer.subarray(0, count));
          if (received === noise) this.#transport.write("1");
        }
        override connectionLost(error: unknown): void {
          lost.resolve(error);
        }
      }
      await createConnection(() => new ReceiveStuff(), server.hostname, server.port, {
        connectTimeout: Infinity,
      });
      assert.equal(await lost.promise, null);
      assert.equal(received, noise);
    }),
);
