/** Servers and clients with TLS of every kind, run by `tls_test.ts` with the least permission. */
// deno-lint-ignore-file no-console

import { openConnection } from "../../net/streams/connect.ts";
import { startServer } from "../../net/servers/server.ts";

const [cert = "", key = "", ca = "", fingerprint = ""] = Deno.args;
await using server = await startServer(
  async (reader, writer) => {
    writer.write(await reader.readline());
  },
  "127.0.0.1",
  0,
  { tls: { cert, key } },
);
const told: string[] = [];
for (
  const options of [
    { caCerts: [ca] },
    { caCerts: [ca], details: true },
    { caCerts: [ca], resumable: true },
    { pinnedFingerprints: [fingerprint] },
    { caCerts: [], resumable: true },
    { caCerts: [cert], resumable: true },
  ]
) {
  try {
    const connection = await openConnection("127.0.0.1", server.port, { tls: true, ...options });
    connection.writer.write("hello\n");
    told.push(await connection.reader.nextLine() ?? "nothing");
    connection.close();
  } catch (error) {
    told.push((error as { reason?: string }).reason ?? String(error));
  }
}
console.log(told.join(", "));
