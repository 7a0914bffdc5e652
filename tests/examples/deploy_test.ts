import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { SMTPServer } from "../../stdlib/smtpd/mod.ts";

const PROGRAM = fileURLToPath(new URL("../../examples/deploy.ts", import.meta.url));

/** Starts the service with the narrowest permissions; returns its address. */
async function serve(smtpUrl: string): Promise<AsyncDisposable & { url: string }> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-net=127.0.0.1", "--allow-env=SMTP_URL", PROGRAM],
    env: { SMTP_URL: smtpUrl, DENO_SERVE_ADDRESS: "tcp:127.0.0.1:0", NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let said = "";
  for await (const text of process.stderr.values({ preventCancel: true })) {
    said += new TextDecoder().decode(text);
    if (/:\d+\/?\s/.test(said)) break;
  }
  const url = /http:\/\/\S+:\d+/.exec(said)?.[0];
  assert.ok(url, said);
  return {
    url,
    async [Symbol.asyncDispose]() {
      process.kill("SIGTERM");
      await process.stderr.cancel();
      await process.status;
    },
  };
}

Deno.test("the service for Deno Deploy tells what a mail server can do", async () => {
  await using post = await SMTPServer.start();
  await using service = await serve(`smtp://${post.hostname}:${post.port}`);
  const response = await fetch(service.url);
  const { server, extensions } = await response.json();
  assert.equal(response.status, 200);
  assert.equal(server, `${post.hostname}:${post.port}`);
  assert.ok("pipelining" in extensions, JSON.stringify(extensions));
  assert.equal(await statusOf(`${service.url}/other`), 404);
});

Deno.test("the service for Deno Deploy says that a mail server is down", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  await using service = await serve(`smtp://127.0.0.1:${port}`);
  const response = await fetch(service.url);
  assert.equal(response.status, 502);
  assert.match((await response.json()).error, new RegExp(String(port)));
});

async function statusOf(url: string): Promise<number> {
  const response = await fetch(url);
  await response.body?.cancel();
  return response.status;
}
