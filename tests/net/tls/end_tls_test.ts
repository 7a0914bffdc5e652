import assert from "node:assert/strict";
import { RuntimeError, TimeoutError } from "../../../loop/exceptions.ts";
import { SSLError } from "../../../net/errors.ts";
import { Connection } from "../../../net/streams/connection.ts";
import { rejection } from "../../rejection.ts";
import { startTlsClient } from "../../../net/tls/starttls.ts";
import type { TlsStream } from "../../../net/tls/tls_stream.ts";
import { Between, CARRIERS, certs, type Ends, shake, tlsTest } from "./pairs.ts";

async function connections(ends: Ends): Promise<[Connection, Connection]> {
  const { cert, key, caCerts } = certs.good;
  const client = new Connection(ends[0], { hostname: "localhost", timeout: 5000 });
  const server = new Connection(ends[1], { side: "server", timeout: 5000 });
  await Promise.all([
    client.startTls({ caCerts, resumable: true }),
    server.startTls({ cert, key }),
  ]);
  return [client, server];
}

for (const [name, carry] of Object.entries(CARRIERS)) {
  tlsTest(
    `TLS is taken off on both sides, and the connection goes on in clear (${name})`,
    async () => {
      const [client, server] = await connections(await carry());
      client.writer.write("CCC\r\n");
      assert.equal(await server.reader.nextLine(), "CCC");
      server.writer.write("200 ok\r\n");
      assert.equal(await client.reader.nextLine(), "200 ok");
      await Promise.all([client.endTls(), server.endTls()]);
      assert.deepEqual([client.tls, server.tls], [false, false]);
      for (const round of ["one", "two"]) {
        client.writer.write(`${round}\r\n`);
        assert.equal(await server.reader.nextLine(), round);
        server.writer.write(`${round} too\r\n`);
        assert.equal(await client.reader.nextLine(), `${round} too`);
      }
      // Once more, over what was encrypted before.
      const { cert, key, caCerts } = certs.good;
      await Promise.all([
        client.startTls({ caCerts, details: true }),
        server.startTls({ cert, key }),
      ]);
      server.writer.write("secret\r\n");
      assert.equal(await client.reader.nextLine(), "secret");
      client.close();
      server.close();
    },
  );

  tlsTest(
    `who has TLS taken off waits for the other side, and for no longer (${name})`,
    async () => {
      const [client, server] = await connections(await carry());
      await rejection(client.endTls({ timeout: 50 }), TimeoutError);
      assert.ok(client.closed);
      server.close();
      const [other, cutting] = await shake(await carry(), { resumable: true });
      const ending = rejection(new Connection(other).endTls({ timeout: 5000 }), SSLError);
      await cutting.write(new TextEncoder().encode("I go on"));
      await ending;
      cutting.close();
    },
  );

  tlsTest(
    `TLS is not taken off where something is unread, or there is none (${name})`,
    async () => {
      const [client, server] = await connections(await carry());
      server.writer.write("one\r\ntwo\r\n");
      assert.equal(await client.reader.nextLine(), "one");
      await rejection(client.endTls(), RuntimeError);
      assert.equal(await client.reader.nextLine(), "two");
      const reading = client.reader.nextLine();
      await rejection(client.endTls(), RuntimeError);
      server.writer.write("three\r\n");
      assert.equal(await reading, "three");
      client.close();
      server.close();
      const [plain, far] = await carry();
      await rejection(new Connection(plain).endTls(), RuntimeError);
      plain.close();
      far.close();
    },
  );
}

for (const most of [1, 7, 40]) {
  tlsTest(
    `what comes in clear right behind the end of TLS is kept, up to ${most} bytes a read`,
    async () => {
      const [near, far] = await CARRIERS.memory!();
      const { cert, key, caCerts } = certs.good;
      const options = { side: "server", timeout: 5000 } as const;
      const server = new Connection(new Between(far, most), options);
      const [client] = await Promise.all([
        startTlsClient(near, { caCerts, serverHostname: "localhost", resumable: true }),
        server.startTls({ cert, key }),
      ]);
      server.writer.write("200 ok\r\n");
      const ending = server.endTls();
      assert.equal(await client.read(new Uint8Array(100)), 8);
      // A client that waits for nothing, and whose words arrive with its end of TLS.
      await (client as TlsStream).sayEnd();
      await near.write(new TextEncoder().encode("PWD\r\n"));
      await ending;
      assert.equal(await server.reader.nextLine(), "PWD");
      client.close();
      server.close();
    },
  );
}
