/**
 * A page fetched by callbacks on tasks: a task keeps what became of it, for whoever asks.
 *
 * ```sh
 * deno run --allow-net=127.0.0.1 examples/asyncio/fetch_by_tasks.ts
 * ```
 *
 * `task.result()` returns the result, or throws the error. A future passes both on to the caller,
 * who can add callbacks of his own, or simply await it.
 *
 * @module
 */
// deno-lint-ignore-file no-console

import * as asyncio from "https://tulip.example/stdlib/asyncio.ts";
import { placeOf, requestFor, startSite, summary } from "./site.ts";

function fetchPage(url: URL): asyncio.Future<Uint8Array> {
  const page = asyncio.getRunningLoop().createFuture<Uint8Array>();
  const { hostname, port, tls } = placeOf(url);
  asyncio.createTask(() => asyncio.openConnection(hostname, port, { tls }))
    .addDoneCallback(onConnected);

  function onConnected(task: asyncio.Task<asyncio.Connection>): void {
    if (task.exception() !== null) return page.setException(task.exception());
    console.log("Connected");
    const connection = task.result();
    connection.writer.write(requestFor(url));
    const reading = asyncio.createTask(() => connection.reader.read());
    reading.addDoneCallback(onRead);
    reading.addDoneCallback(() => connection.close());
  }

  function onRead(task: asyncio.Task<Uint8Array>): void {
    if (task.exception() !== null) page.setException(task.exception());
    else page.setResult(task.result());
  }
  return page;
}

await asyncio.run(async () => {
  await using site = startSite();
  const page = fetchPage(new URL(Deno.args[0] ?? site.url));
  page.addDoneCallback(() => console.log(summary(page.result())));
  console.log(`fetchPage() has returned ${page}`);
  await page;
});
