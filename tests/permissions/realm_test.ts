import assert from "node:assert/strict";
import { isAtLeast } from "../../net/runtime.ts";
import { certificates } from "../peers/certs.ts";

const ROOT = new URL("../../", import.meta.url);

/** What the script says with these permissions. It must end by itself. */
async function says(...permissions: string[]): Promise<string> {
  const { cert, key, caCerts } = (await certificates()).good;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", "--no-lock", "--quiet", "--allow-net=127.0.0.1", ...permissions],
      new URL("./realm_script.ts", import.meta.url).href,
      ...[cert, key, caCerts[0]!],
    ],
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    signal: AbortSignal.timeout(60_000),
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert.equal(success, true, text + new TextDecoder().decode(stderr));
  return text.trim();
}

const ignore = !isAtLeast("2.9.1");

Deno.test({
  name: "TLS in a realm from the disk needs to read its own code, and the program ends after it",
  ignore,
  fn: async () => assert.equal(await says(`--allow-read=${ROOT.pathname}`), "hello"),
});

Deno.test({
  name: "a Worker that may not be loaded is an error that names the permission",
  ignore,
  async fn() {
    const text = await says();
    assert.match(text, /^PermissionError: Cannot start the Worker of a TLS realm/);
    assert.match(text, /requires read access to ".*worker\.ts"/);
    assert.match(text, /with --allow-read/);
  },
});
