// deno-lint-ignore-file no-console
/** A client that trusts the platform's authorities and one more, run by `tls_client_test.ts`. */

import { openConnection } from "../../../net/streams/connect.ts";

const [port, another = ""] = Deno.args;
const told: string[] = [];
for (const caCerts of [[], [another]]) {
  for (
    const options of [{}, { details: true }, { details: true }, { minVersion: "TLSv1.3" as const }]
  ) {
    try {
      const given = { tls: true, caCerts, timeout: 5000, ...options };
      const connection = await openConnection("localhost", Number(port), given);
      told.push(await connection.reader.nextLine() ?? "nothing");
      connection.close();
    } catch (error) {
      told.push((error as { reason?: string }).reason ?? String(error));
    }
  }
}
console.log([...new Set(told)].join(", "));
