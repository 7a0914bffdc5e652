import assert from "node:assert/strict";
import { run } from "../../loop/runners.ts";
import { TimeoutError } from "../../loop/exceptions.ts";
import { openConnection } from "../../net/streams/connect.ts";
import { SSLError } from "../../net/errors.ts";
import { isAtLeast } from "../../net/runtime.ts";
import type { TlsOptions } from "../../net/tls/tls.ts";
import { certificates } from "../peers/certs.ts";
import { everyFault } from "../peers/rig.ts";
import { scriptedOverSockets } from "../peers/scripted.ts";
import { assertBothEnds } from "./both_ends.ts";
import { TLS_DIALOGUES } from "./tls_dialogues.ts";

const { good } = await certificates();

/** The two that make TLS: Deno's own, and `node:tls` where more is asked of it. */
const MAKERS: Record<string, TlsOptions> = { "Deno's TLS": {}, "node:tls": { details: true } };

/** Connects to a peer with TLS at once, and reads all that it sends. */
async function readAll(script: string, options: TlsOptions, timeout = 5_000): Promise<string> {
  const peer = await scriptedOverSockets(script);
  try {
    return await run(async () => {
      const connection = await openConnection("localhost", peer.port, {
        tls: true,
        caCerts: good.caCerts,
        connectTimeout: timeout,
        timeout,
        ...options,
      });
      try {
        return new TextDecoder().decode(await connection.reader.read());
      } finally {
        connection.close();
      }
    });
  } finally {
    peer.close();
    await peer.done;
  }
}

/** What a handshake that goes wrong comes to. */
const WRONG: [how: string, name: string, code: string | RegExp, reason?: string][] = [
  ["wrongHost", "SSLCertVerificationError", "ERR_TLS_CERTIFICATE", "wrong-host"],
  ["expired", "SSLCertVerificationError", "ERR_TLS_CERTIFICATE", "expired"],
  ["notYetValid", "SSLCertVerificationError", "ERR_TLS_CERTIFICATE"],
  ["unknownIssuer", "SSLCertVerificationError", "ERR_TLS_CERTIFICATE", "unknown-issuer"],
  ["selfSignedLeaf", "SSLCertVerificationError", "ERR_TLS_CERTIFICATE"],
  ["plaintext", "SSLError", "ERR_TLS_PLAINTEXT"],
  ["garbage", "SSLError", /^ERR_TLS/],
  ["old", "SSLError", "ERR_TLS_VERSION"],
  ["alert", "SSLError", /^ERR_TLS/],
];

for (const [maker, options] of Object.entries(MAKERS)) {
  const able = maker !== "node:tls" || isAtLeast("2.9.1");
  const test = (name: string, fn: () => Promise<void>) =>
    Deno.test({
      name: able ? `${maker}: ${name}` : `${maker}: ${name} (skipped: needs Deno 2.9.1)`,
      ignore: !able,
      fn,
    });

  test("every handshake that goes wrong is an error that says in which way", async () => {
    for (const [how, name, code, reason] of WRONG) {
      await assert.rejects(readAll(`S! tls ${how}\nS: never\nS! silence`, options), (error) => {
        const found = error as Error & { code?: string; reason?: string };
        assert.equal(found.name, name, `${how}: ${Deno.inspect(error)}`);
        if (typeof code === "string") assert.equal(found.code, code, how);
        else assert.match(found.code ?? "", code, how);
        // OpenSSL's codes, which Deno's node:tls has, do not tell every refusal from another.
        if (maker !== "node:tls" && reason !== undefined) assert.equal(found.reason, reason, how);
        return true;
      });
    }
  });

  test("a handshake that stalls, or is not answered, ends in time", async () => {
    for (const how of ["stalls", "deaf"]) {
      await assert.rejects(readAll(`S! tls ${how}\nS! silence`, options, 150), TimeoutError);
    }
  });

  test("a connection that ends without a word under TLS is never taken for whole", async () => {
    const words = "a line\r\n";
    for (let length = 0; length <= words.length; length++) {
      const sent = words.slice(0, length).replace("\r", "\\r").replace("\n", "\\n");
      const send = length === 0 ? "" : `S= ${sent}\n`;
      await assert.rejects(
        readAll(`S! tls\n${send}S! turn\nS! truncate`, options),
        (error) => {
          assert.ok(error instanceof SSLError, Deno.inspect(error));
          assert.equal(error.code, "ERR_TLS_TRUNCATED");
          return true;
        },
        `after ${length} bytes`,
      );
    }
    assert.equal(await readAll("S! tls\nS: a line\nS! close", options), words);
  });
}

Deno.test("smtplib and ftplib under TLS: a sample of the faults, in the handshake and after it", async () => {
  for (const [index, dialogue] of TLS_DIALOGUES.entries()) {
    assertBothEnds(await everyFault(dialogue, { over: "sockets", sample: 60, seed: index + 1 }));
  }
});
