import assert from "node:assert/strict";
import { RuntimeError } from "../../../loop/exceptions.ts";
import type { ByteStream } from "../../../net/byte_stream.ts";
import { TlsRealm } from "../../../net/tls/realm/realm.ts";
import { bytes, text } from "../cuts.ts";
import { CARRIERS, tlsTest, writeAll } from "./pairs.ts";
import { shakeIn } from "./realms.ts";

/** Reads so many bytes. */
async function readText(stream: ByteStream, length: number): Promise<string> {
  const buffer = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const count = await stream.read(buffer.subarray(at));
    assert.ok(count !== null, `the end after ${at} of ${length} bytes`);
    at += count;
  }
  return text(buffer);
}

for (const [carrier, pair] of Object.entries(CARRIERS)) {
  tlsTest(`TLS is taken off in a realm, and nothing that follows is lost: ${carrier}`, async () => {
    await using realm = new TlsRealm();
    for (let round = 0; round < 5; round++) {
      const [client, server] = await shakeIn(realm, await pair());
      await writeAll(client, bytes("CCC"));
      assert.equal(await readText(server, 3), "CCC");
      // The server says something as soon as it can.
      const greeted = server.endTls!().then(async (stream) => {
        await writeAll(stream, bytes("in clear"));
        return stream;
      });
      const near = await client.endTls!();
      const far = await greeted;
      assert.equal(await readText(near, 2), "in");
      assert.equal(await readText(near, 6), " clear");
      await assert.rejects(client.read(new Uint8Array(1)), { name: "ConnectionAbortedError" });
      for (const words of ["one", "two"]) {
        await writeAll(near, bytes(words));
        assert.equal(await readText(far, 3), words);
        await writeAll(far, bytes(words));
        assert.equal(await readText(near, 3), words);
      }
      // Once more, over what was encrypted before.
      const again = await shakeIn(realm, [near, far]);
      await writeAll(again[1], bytes("secret"));
      assert.equal(await readText(again[0], 6), "secret");
      again[0].close();
      again[1].close();
    }
  });
}

tlsTest("TLS is not taken off in a realm where it is in use, or the peer goes on", async () => {
  await using realm = new TlsRealm();
  const [client, server] = await shakeIn(realm, await CARRIERS.memory!());
  const reading = client.read(new Uint8Array(1));
  await assert.rejects(client.endTls!(), RuntimeError);
  await writeAll(server, bytes("ab"));
  assert.equal(await reading, 1);
  // One more byte is unread.
  await assert.rejects(client.endTls!(), RuntimeError);
  assert.equal(await readText(client, 1), "b");
  const ending = assert.rejects(client.endTls!(), { code: "ERR_TLS_UNEXPECTED" });
  await writeAll(server, bytes("I go on"));
  await ending;
  await assert.rejects(client.endTls!(), { name: "ConnectionAbortedError" });
  server.close();
});

tlsTest("who waits in vain for the end of TLS can close, and a cut is none", async () => {
  await using realm = new TlsRealm();
  const [client, server] = await shakeIn(realm, await CARRIERS.memory!());
  const ending = assert.rejects(client.endTls!(), { name: "ConnectionAbortedError" });
  client.close();
  await ending;
  server.close();
  const ends = await CARRIERS.memory!();
  const [other, cut] = await shakeIn(realm, ends);
  const cutting = assert.rejects(other.endTls!(), { code: "ERR_TLS_TRUNCATED" });
  ends[1].close();
  await cutting;
  other.close();
  cut.close();
});
