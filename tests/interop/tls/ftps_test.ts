/**
 * FTP over TLS as strict servers want it: every data connection goes on with the session of the
 * control connection (RFC 4217 §10), and ends as TLS does, or something is missing.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { ByteStream } from "../../../net/byte_stream.ts";
import { openConnection } from "../../../net/streams/connect.ts";
import { certificates } from "../../peers/certs.ts";
import { interopTest } from "../interop.ts";
import { Session, STRICT } from "./ftps_session.ts";

for (const [name, program, start] of STRICT) {
  interopTest(`${name}: six files up and down, each with the session resumed`, {
    needs: [program],
  }, async () => {
    await using strict = await start();
    await using session = await Session.login(strict);
    assert.equal(session.info.protocol, "TLSv1.2");
    for (let round = 0; round < 6; round++) {
      const bytes = Uint8Array.from({ length: round * 33_333 }, (_, at) => at % 251);
      const up = await session.upload("/pub/file.bin", bytes);
      const [back, down] = await session.download("/pub/file.bin");
      assert.deepEqual(back, bytes);
      assert.deepEqual([up.sessionReused, down.sessionReused], [true, true], `round ${round}`);
    }
  });
}

interopTest("vsftpd: a data connection without the session is refused", {
  needs: ["vsftpd"],
}, async () => {
  await using strict = await STRICT[0]![2]();
  await using session = await Session.login(strict);
  // Over Deno's own TLS, which resumes nothing.
  const data = await session.data("STOR /pub/x", { session: undefined, resumable: undefined });
  data.writer.write("x");
  data.writer.writeEof();
  await data.reader.read().catch(() => {});
  data.close();
  assert.equal(await session.command("NOOP"), 522, session.lastLine);
});

interopTest("a wrong authority is refused where sessions are resumed, and a stranger's session", {
  needs: ["vsftpd"],
}, async () => {
  await using strict = await STRICT[0]![2]();
  const { unknownIssuer, wrongHost } = await certificates();
  await assert.rejects(
    Session.login(strict, { caCerts: [unknownIssuer.cert] }),
    { name: "SSLCertVerificationError", reason: "unknown-issuer" },
  );
  await assert.rejects(
    Session.login(strict, { serverHostname: "wrong.example" }),
    { name: "SSLCertVerificationError", reason: "wrong-host" },
  );
  assert.equal(wrongHost.caCerts.length, 1);
});

interopTest(
  "a download that is cut off is no download",
  { needs: ["vsftpd", "socat"] },
  async () => {
    await using strict = await STRICT[0]![2]();
    await using session = await Session.login(strict);
    await session.upload("/pub/cut.bin", new Uint8Array(3_000_000));
    assert.equal(await session.command("EPSV"), 229);
    const port = Number(/\|\|\|(\d+)\|/.exec(session.lastLine)![1]);
    const data = await openConnection("127.0.0.1", port, {
      timeout: 10_000,
      dial: cutting(100_000),
    });
    assert.equal(await session.command("RETR /pub/cut.bin"), 150);
    await data.startTls({
      caCerts: [strict.server.ca],
      serverHostname: "localhost",
      session: session.info.session,
    });
    await assert.rejects(data.reader.read(), { code: "ERR_TLS_TRUNCATED" });
    data.close();
  },
);

/** Dials, and ends the connection after so many bytes as if the other side had. */
function cutting(after: number) {
  return async (target: { hostname: string; port: number }): Promise<ByteStream> => {
    const { dialTcp } = await import("../../../net/tcp/tcp.ts");
    const stream = await dialTcp(target);
    let left = after;
    return {
      localAddress: stream.localAddress,
      remoteAddress: stream.remoteAddress,
      read: async (buffer) => {
        if (left === 0) return null;
        const count = await stream.read(buffer.subarray(0, left));
        left -= count ?? left;
        return count;
      },
      write: (data) => stream.write(data),
      closeWrite: () => stream.closeWrite(),
      close: () => stream.close(),
    };
  };
}
