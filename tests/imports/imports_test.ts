import assert from "node:assert/strict";
import { isAtLeast } from "../../net/runtime.ts";
import { certificates } from "../peers/certs.ts";
import { MODULES } from "./modules.ts";
import { type ContentType, serveCheckout, type WebServer } from "./web_server.ts";

const PLAIN: ContentType = "text/plain; charset=utf-8";

/** Runs a program in a fresh process that knows nothing of this one, with an empty cache. */
async function runFresh(program: string, flags: string[]): Promise<{ out: string; error: string }> {
  const cache = await Deno.makeTempDir({ prefix: "tulip-cache-" });
  try {
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--no-config", "--quiet", ...flags, program],
      cwd: cache,
      clearEnv: true,
      env: { DENO_DIR: cache, HOME: cache, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
      stdin: "null",
      signal: AbortSignal.timeout(30_000),
    }).output();
    const error = new TextDecoder().decode(stderr);
    assert.ok(success, `${program} ${flags.join(" ")}:\n${error}`);
    return { out: new TextDecoder().decode(stdout), error };
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
}

/** What was fetched beyond what the module may need. */
function strangers(server: WebServer, needs: readonly string[]): string[] {
  return [...server.requested].filter((path) =>
    path !== "main.ts" && !needs.some((prefix) => path.startsWith(prefix))
  );
}

for (const [path, { needs, action, prints }] of Object.entries(MODULES)) {
  Deno.test(`${path} by URL: loads without any permission, and only what it needs`, async () => {
    const main =
      `import * as module from "./${path}"; console.log(Object.keys(module).length > 0);`;
    await using server = serveCheckout(PLAIN, { "main.ts": main });
    const { out, error } = await runFresh(`${server.origin}/main.ts`, []);
    assert.equal(out, "true\n");
    assert.equal(error, "");
    assert.deepEqual(strangers(server, needs), []);
  });

  Deno.test(`${path} by URL: works`, async () => {
    const main = `import * as module from "./${path}";\n${action}`;
    await using server = serveCheckout(PLAIN, { "main.ts": main });
    const { out } = await runFresh(`${server.origin}/main.ts`, ["--allow-net=127.0.0.1"]);
    assert.equal(out, prints);
  });
}

Deno.test("mod.ts by URL: works as application/typescript, from a local program", async () => {
  await using server = serveCheckout("application/typescript");
  const program = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(
      program,
      `import { asyncio } from "${server.origin}/mod.ts";
       console.log(await asyncio.run(() => asyncio.sleep(1, "slept")));`,
    );
    const { out } = await runFresh(program, [`--allow-import=${server.host}`]);
    assert.equal(out, "slept\n");
  } finally {
    await Deno.remove(program);
  }
});

Deno.test({
  name: "a Worker by URL: TLS in a realm works, with no permission but the network",
  ignore: !isAtLeast("2.9.1"),
  async fn() {
    const { good } = await certificates();
    const main = `
      import { memoryPair } from "./net/memory.ts";
      import { TlsRealm } from "./net/tls/realm/realm.ts";
      import { startTlsServer } from "./net/tls/starttls.ts";
      const { cert, key, caCerts } = ${JSON.stringify(good)};
      const realm = new TlsRealm();
      const [near, far] = memoryPair();
      const [client, server] = await Promise.all([
        realm.startTlsClient(near, { caCerts, serverHostname: "localhost" }),
        startTlsServer(far, { cert, key }),
      ]);
      console.log(client.tlsInfo.protocol);
      client.close();
      server.close();
      realm.close();`;
    await using server = serveCheckout(PLAIN, { "main.ts": main });
    const { out } = await runFresh(`${server.origin}/main.ts`, []);
    assert.equal(out, "TLSv1.3\n");
  },
});

Deno.test("every module that deno.json exports is imported by these tests", async () => {
  const { exports } = JSON.parse(
    await Deno.readTextFile(new URL("../../deno.json", import.meta.url)),
  );
  assert.deepEqual(
    Object.values<string>(exports).map((path) => path.replace("./", "")).sort(),
    Object.keys(MODULES).sort(),
  );
});
