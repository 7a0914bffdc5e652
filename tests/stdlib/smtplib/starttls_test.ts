import assert from "node:assert/strict";
import { certificates } from "../../peers/certs.ts";
import { SSLCertVerificationError, SSLError } from "../../../net/errors.ts";
import { SMTP, SMTP_SSL } from "../../../stdlib/smtplib/client.ts";
import {
  SMTPException,
  SMTPNotSupportedError,
  SMTPResponseException,
  SMTPServerDisconnected,
} from "../../../stdlib/smtplib/errors.ts";
import type { SMTPConnectOptions } from "../../../stdlib/smtplib/types.ts";
import { scriptedOverSockets, type ScriptedPeer } from "../../peers/scripted.ts";
import { rejection } from "../../rejection.ts";
import { ehlo } from "./_session.ts";

/** Plays a script over sockets, on which TLS can be made. */
async function withSockets(
  script: string,
  body: (smtp: SMTP, peer: ScriptedPeer) => Promise<unknown>,
  options: SMTPConnectOptions = {},
): Promise<void> {
  const { good } = await certificates();
  await using peer = await scriptedOverSockets(`S: 220 ready\n${script}`);
  await using smtp = await SMTP.connect("localhost", {
    port: peer.port,
    localHostname: "me.example",
    timeout: 5_000,
    caCerts: good.caCerts,
    ...options,
  });
  await body(smtp, peer);
}

/** A test whose peer answers TLS after STARTTLS, which node:tls can do from Deno 2.9.1 on. */
function upgradeTest(name: string, body: () => Promise<void>): void {
  const [major = 0, minor = 0, patch = 0] = Deno.version.deno.split(".").map(Number);
  const able = major * 1e6 + minor * 1e3 + patch >= 2_009_001;
  Deno.test({
    name: able ? name : `${name} (skipped: its peer needs Deno 2.9.1)`,
    ignore: !able,
    fn: body,
  });
}

const UPGRADE = `${ehlo("STARTTLS", "SIZE 1")}
  C: STARTTLS
  S: 220 go ahead
  S! tls
`;

upgradeTest(
  "starttls encrypts, and forgets what was said in the clear (RFC 3207 §4.2)",
  async () => {
    await withSockets(
      `${UPGRADE}${ehlo("AUTH PLAIN")}
    C: AUTH PLAIN AHRpbQBzZWNyZXQ=
    S: 235 in
    C: NOOP
    S: 250 ok`,
      async (smtp) => {
        assert.equal(smtp.tls, false);
        assert.equal((await smtp.starttls()).code, 220);
        assert.equal(smtp.tls, true);
        assert.equal(smtp.ehloResp, undefined);
        assert.ok(!smtp.hasExtn("size"));
        await smtp.login("tim", "secret");
        assert.deepEqual([...smtp.esmtpFeatures.keys()], ["auth"]);
        await smtp.noop();
        const again = await rejection(smtp.starttls(), SMTPException);
        assert.match(again.message, /encrypted already/);
      },
    );
  },
);

upgradeTest("a certificate that does not hold ends the connection, and says why", async () => {
  await withSockets(`${UPGRADE}`, async (smtp) => {
    const error = await rejection(smtp.starttls({ caCerts: [] }), SSLCertVerificationError);
    assert.equal(error.reason, "unknown-issuer");
    assert.equal(smtp.connected, false);
    const after = await rejection(smtp.noop(), SMTPServerDisconnected);
    assert.match(after.message, /closed \(the TLS handshake failed\)/);
    assert.equal(after.cause, error);
  }).catch(onlyTheScript);
  await withSockets(`${UPGRADE}`, async (smtp) => {
    const error = await rejection(
      smtp.starttls({ serverHostname: "wrong.example" }),
      SSLCertVerificationError,
    );
    assert.equal(error.reason, "wrong-host");
    assert.match(error.message, /its certificate is for another name/);
  }).catch(onlyTheScript);
});

/** A server whose handshake the client breaks off is cross about it; that is not the matter here. */
function onlyTheScript(error: unknown): void {
  if (!(error instanceof Error) || !/Not as in the script/.test(error.message)) throw error;
}

Deno.test("STARTTLS that is not offered, or was removed on the way, is an error", async () => {
  await withSockets(`${ehlo("SIZE 1")}C: NOOP\nS: 250 ok`, async (smtp) => {
    const error = await rejection(smtp.starttls(), SMTPNotSupportedError);
    assert.match(error.message, /localhost:\d+ does not offer STARTTLS.*SMTP_SSL.*removed it/);
    await smtp.noop();
  });
});

Deno.test("STARTTLS that is refused is an error, and nothing more is said", async () => {
  await withSockets(
    `${ehlo("STARTTLS")}C: STARTTLS\nS: 454 4.7.0 not now\nC: NOOP\nS: 250 ok`,
    async (smtp) => {
      const error = await rejection(smtp.starttls(), SMTPResponseException);
      assert.deepEqual([error.code, error.enhancedCode, error.command], [454, "4.7.0", "STARTTLS"]);
      assert.match(error.message, /refuses STARTTLS: 454 4\.7\.0 "not now"\. .*temporary/);
      assert.equal(smtp.tls, false);
      await smtp.noop();
    },
  );
});

Deno.test("replies put in behind the 220 are not taken for encrypted ones (NO STARTTLS)", async () => {
  await withSockets(
    `${ehlo("STARTTLS")}C: STARTTLS
    S= 220 go\\r\\n250-mail.example\\r\\n250 AUTH PLAIN\\r\\n
    C! eof`,
    async (smtp) => {
      const error = await rejection(smtp.starttls(), Error);
      assert.match(error.message, /nobody asked for: "250-mail\.example"/);
      assert.equal(smtp.connected, false);
    },
  );
  await withSockets(
    `${ehlo("STARTTLS")}C: STARTTLS
    S= 220 go\\r\\n25
    C! eof`,
    async (smtp) => {
      await rejection(smtp.starttls(), Error);
      assert.equal(smtp.connected, false);
    },
  );
});

Deno.test("a server that says 220 and then speaks in the clear is left", async () => {
  await withSockets(
    `${ehlo("STARTTLS")}C: STARTTLS
    S: 220 go
    S! turn
    S: 250 not encrypted
    S! close`,
    async (smtp) => {
      await rejection(smtp.starttls(), Error);
      assert.equal(smtp.connected, false);
    },
  ).catch(onlyTheScript);
});

upgradeTest("SMTP.connect: a password makes STARTTLS necessary", async () => {
  const login = "C: AUTH PLAIN AHRpbQBzZWNyZXQ=\nS: 235 in\n";
  const user = { user: "tim", password: "secret" };
  await withSockets(`${UPGRADE}${ehlo("AUTH PLAIN")}${login}`, (smtp) => {
    assert.ok(smtp.tls);
    return Promise.resolve();
  }, user);

  // Not offered: no password, and no connection.
  await using peer = await scriptedOverSockets(`S: 220 ready\n${ehlo("AUTH PLAIN")}C! eof`);
  await rejection(
    SMTP.connect("localhost", { port: peer.port, localHostname: "me.example", ...user }),
    SMTPNotSupportedError,
  );
});

upgradeTest("SMTP.connect: with allowInsecureAuth TLS is made if it is offered", async () => {
  const login = "C: AUTH PLAIN AHRpbQBzZWNyZXQ=\nS: 235 in\n";
  const options = { user: "tim", password: "secret", allowInsecureAuth: true };
  await withSockets(`${UPGRADE}${ehlo("AUTH PLAIN")}${login}`, async (smtp) => {
    assert.ok(smtp.tls);
    await Promise.resolve();
  }, options);
  await withSockets(`${ehlo("AUTH PLAIN")}${login}`, async (smtp) => {
    assert.ok(!smtp.tls);
    await Promise.resolve();
  }, options);
  await withSockets(`${ehlo("STARTTLS", "AUTH PLAIN")}${login}`, async (smtp) => {
    assert.ok(!smtp.tls);
    await Promise.resolve();
  }, { ...options, starttls: false });
});

upgradeTest(
  "SMTP.connect: starttls asked for is starttls or nothing, without a password too",
  async () => {
    await withSockets(UPGRADE, async (smtp) => {
      assert.ok(smtp.tls);
      await Promise.resolve();
    }, { starttls: true });
    await using peer = await scriptedOverSockets(`S: 220 ready\n${ehlo("HELP")}C! eof`);
    await rejection(
      SMTP.connect("localhost", { port: peer.port, localHostname: "me.example", starttls: true }),
      SMTPNotSupportedError,
    );
  },
);

Deno.test("SMTP_SSL speaks TLS from the first byte", async () => {
  const { good } = await certificates();
  const listener = Deno.listenTls({
    port: 0,
    hostname: "127.0.0.1",
    cert: good.cert,
    key: good.key,
  });
  const served = (async () => {
    using connection = await listener.accept();
    await connection.write(new TextEncoder().encode("220 hi\r\n"));
    const buffer = new Uint8Array(100);
    while (await connection.read(buffer) !== null) {
      await connection.write(new TextEncoder().encode("221 bye\r\n"));
    }
  })();
  {
    await using smtp = await SMTP_SSL.connect("localhost", {
      port: listener.addr.port,
      caCerts: good.caCerts,
    });
    assert.ok(smtp instanceof SMTP_SSL);
    assert.ok(smtp.tls);
  }
  await served;
  listener.close();
});

Deno.test("SMTP_SSL on a port for plain text says so", async () => {
  const peer = await scriptedOverSockets("S: 220 hello there\nS! silence");
  const error = await rejection(
    SMTP_SSL.connect("localhost", { port: peer.port, timeout: 5_000 }),
    SSLError,
  );
  assert.equal(error.code, "ERR_TLS_PLAINTEXT");
  assert.match(error.message, /connect with SMTP instead of SMTP_SSL, and call starttls\(\)/);
  peer.close();
  await peer.done;
});
