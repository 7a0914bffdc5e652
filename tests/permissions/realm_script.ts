/** A client with TLS in a realm of its own, run by `realm_test.ts` with few permissions. */
// deno-lint-ignore-file no-console

import { dialTcp } from "../../net/tcp/tcp.ts";
import { startServer } from "../../net/servers/server.ts";
import { TlsRealm } from "../../net/tls/realm/realm.ts";

const [cert = "", key = "", ca = ""] = Deno.args;
const server = await startServer(
  (_reader, writer) => {
    writer.write("hello");
    writer.close();
  },
  "127.0.0.1",
  0,
  { tls: { cert, key } },
);
const realm = new TlsRealm();
const stream = await dialTcp({ hostname: "127.0.0.1", port: server.port });
try {
  const encrypted = await realm.startTlsClient(stream, { caCerts: [ca], resumable: true });
  const buffer = new Uint8Array(5);
  await encrypted.read(buffer);
  console.log(new TextDecoder().decode(buffer));
  encrypted.close();
} catch (error) {
  console.log(String(error));
}
// Without it, the Worker would keep the program alive.
realm.close();
await server.stop();
