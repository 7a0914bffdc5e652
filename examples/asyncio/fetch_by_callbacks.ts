/**
 * A page fetched by callbacks: each step says who is called next, and who if it fails.
 *
 * ```sh
 * deno run --allow-net=127.0.0.1 examples/asyncio/fetch_by_callbacks.ts
 * ```
 *
 * The time limit, the connection that must be closed on every way out, and the one that comes too
 * late: all that is to be remembered by hand.
 *
 * @module
 */
// deno-lint-ignore-file no-console

import * as asyncio from "https://tulip.example/stdlib/asyncio.ts";
import { placeOf, requestFor, startSite, summary } from "./site.ts";

type OnPage = (error: unknown, page?: Uint8Array) => void;

function fetchPage(url: URL, onPage: OnPage): void {
  let connection: asyncio.Connection | undefined;
  let over = false;
  const loop = asyncio.getRunningLoop();
  const limit = loop.callLater(5_000, () => finish(new asyncio.TimeoutError("No page in 5 s")));
  const { hostname, port, tls } = placeOf(url);
  asyncio.openConnection(hostname, port, { tls }).then(onConnected, finish);

  function onConnected(opened: asyncio.Connection): void {
    if (over) return opened.close();
    console.log("Connected");
    connection = opened;
    connection.writer.write(requestFor(url));
    connection.reader.read().then((page) => finish(null, page), finish);
  }

  function finish(error: unknown, page?: Uint8Array): void {
    if (over) return;
    over = true;
    limit.cancel();
    connection?.close();
    onPage(error, page);
  }
}

await asyncio.run(async () => {
  await using site = startSite();
  const done = asyncio.getRunningLoop().createFuture<void>();
  fetchPage(new URL(Deno.args[0] ?? site.url), (error, page) => {
    if (page === undefined) return done.setException(error);
    console.log(summary(page));
    done.setResult();
  });
  console.log("fetchPage() has returned, the page is still to come");
  await done;
});
