/**
 * A service for Deno Deploy: asks a mail server whether it is well, and answers by HTTP.
 *
 * `SMTP_URL` in the environment names the server. Elsewhere it runs the same:
 *
 * ```sh
 * SMTP_URL=smtp://mail.example.org:587 deno run -N -E=SMTP_URL examples/deploy.ts
 * ```
 *
 * @module
 */

import * as asyncio from "https://tulip.example/stdlib/asyncio.ts";
import { SMTP } from "https://tulip.example/stdlib/smtplib/mod.ts";

/** Deploy ends a request that takes longer, and whoever asks waits no longer either. */
const LIMIT = 8_000;

Deno.serve(async (request) => {
  if (new URL(request.url).pathname !== "/") return new Response("Not found\n", { status: 404 });
  const server = URL.parse(Deno.env.get("SMTP_URL") ?? "");
  if (server?.protocol !== "smtp:") {
    return Response.json({ error: "SMTP_URL should be smtp://host:port" }, { status: 500 });
  }

  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(LIMIT)]);
  const started = performance.now();
  try {
    const port = Number(server.port || 587);
    await using smtp = await SMTP.connect(server.hostname, { port, signal });
    await smtp.ehlo();
    return Response.json({
      server: server.host,
      answered: `${Math.round(performance.now() - started)} ms`,
      extensions: Object.fromEntries(smtp.esmtpFeatures),
    });
  } catch (error) {
    asyncio.rethrowIfCancelled(error);
    const message = error instanceof Error ? error.message : String(error);
    return Response.json({ server: server.host, error: message }, { status: 502 });
  }
});
