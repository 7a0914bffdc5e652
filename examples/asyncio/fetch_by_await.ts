/**
 * A page fetched by an async function: the steps stand one below the other.
 *
 * ```sh
 * deno run --allow-net=127.0.0.1 examples/asyncio/fetch_by_await.ts
 * ```
 *
 * `await using` closes the connection on every way out; `timeout()` throws into the function at
 * the very `await` where it stands; an error goes to the caller by itself.
 *
 * @module
 */
// deno-lint-ignore-file no-console

import * as asyncio from "https://tulip.example/stdlib/asyncio.ts";
import { placeOf, requestFor, startSite, summary } from "./site.ts";

async function fetchPage(url: URL): Promise<Uint8Array> {
  const { hostname, port, tls } = placeOf(url);
  await using connection = await asyncio.openConnection(hostname, port, { tls });
  connection.writer.write(requestFor(url));
  return await connection.reader.read();
}

await asyncio.run(async () => {
  await using site = startSite();
  const url = new URL(Deno.args[0] ?? site.url);
  const page = await asyncio.timeout(5_000, () => fetchPage(url));
  console.log(summary(page));
});
