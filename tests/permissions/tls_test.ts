import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { isAtLeast } from "../../net/runtime.ts";
import { certificates } from "../peers/certs.ts";

Deno.test({
  name: "TLS of every kind needs no more than its address",
  ignore: !isAtLeast("2.9.1"),
  async fn() {
    const { cert, key, caCerts } = (await certificates()).good;
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--no-prompt", "--no-lock", "--quiet", "--allow-net=127.0.0.1"],
        new URL("./tls_script.ts", import.meta.url).href,
        ...[cert, key, caCerts[0]!, new X509Certificate(cert).fingerprint256],
      ],
      env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
      signal: AbortSignal.timeout(30_000),
    }).output();
    const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    assert.equal(success, true, text);
    // The platform's authorities are not seen, and so nobody is trusted by them.
    assert.equal(text.trim(), "hello, hello, hello, hello, unknown-issuer, unknown-issuer");
  },
});
