import assert from "node:assert/strict";
import { FTP_TLS } from "../../../stdlib/ftplib/ftp_tls.ts";
import { ErrorPerm, FTPError } from "../../../stdlib/ftplib/errors.ts";
import type { FTPTLSOptions } from "../../../stdlib/ftplib/session_options.ts";
import { tlsTest } from "../../net/tls/pairs.ts";
import { certificates } from "../../peers/certs.ts";
import { rejection } from "../../rejection.ts";
import { text } from "./_session.ts";
import { commands, SERVER_TLS, withTlsServer } from "./_tls.ts";

const { unknownIssuer } = await certificates();

for (const implicit of [false, true]) {
  for (const mode of ["passive", "active"] as const) {
    tlsTest(
      `FTP_TLS moves files, ${
        implicit ? "implicit" : "explicit"
      }, ${mode}, with the session resumed`,
      () =>
        withTlsServer({ implicit, requireSessionReuse: true }, { mode }, async (all) => {
          const ftp = await all.login();
          assert.equal(ftp.tlsInfo?.protocol, "TLSv1.2");
          assert.deepEqual(commands(all.lines), [
            ...implicit ? [] : ["AUTH TLS"],
            "USER me",
            "PASS ***",
            "PBSZ 0",
            "PROT P",
          ]);
          for (let size = 0; size < 5; size++) {
            const bytes = Uint8Array.from({ length: size * 50_000 }, (_, at) => at % 251);
            await ftp.upload("/x", bytes);
            assert.deepEqual(await ftp.download("/x"), bytes);
          }
          const transfer = await ftp.ntransfercmd("NLST");
          assert.equal(transfer.connection.tlsInfo?.sessionReused, true);
          assert.equal(
            text(await transfer.connection.reader.read()).length,
            "big\r\nf\r\nx\r\n".length,
          );
          assert.equal((await transfer.finish()).code, 226);
        }),
    );
  }
}

tlsTest(
  "FTP_TLS.connect logs in where a user is given, and closes where that fails",
  () =>
    withTlsServer({}, {}, async ({ options }) => {
      const account = { ...options, port: 21, user: "me", password: "secret" };
      await using ftp = await FTP_TLS.connect("localhost", account);
      assert.ok(ftp instanceof FTP_TLS);
      assert.equal(text(await ftp.download("/f")), "hello");
      const wrong = { ...account, password: "wrong" };
      await rejection(FTP_TLS.connect("localhost", wrong), ErrorPerm);
    }),
);

for (const implicit of [false, true]) {
  tlsTest(
    `a server that speaks TLS 1.3 alone is spoken to so, ${implicit ? "implicit" : "explicit"}`,
    () =>
      withTlsServer(
        { implicit, tls: { ...SERVER_TLS, minVersion: "TLSv1.3" } },
        {},
        async ({ login }) => {
          const ftp = await login();
          assert.equal(ftp.tlsInfo?.protocol, "TLSv1.3");
          assert.equal(text(await ftp.download("/f")), "hello");
          await ftp.upload("/empty", "");
          await using twin = await ftp.clone();
          assert.equal(text(await twin.download("/empty")), "");
        },
      ),
  );
}

tlsTest(
  "minVersion TLSv1.3 speaks that, where the server does not want its session resumed",
  () =>
    withTlsServer({ tls: { ...SERVER_TLS, maxVersion: "TLSv1.3" } }, {
      minVersion: "TLSv1.3",
    }, async ({ login }) => {
      const ftp = await login();
      assert.equal(ftp.tlsInfo?.protocol, "TLSv1.3");
      assert.equal(text(await ftp.download("/f")), "hello");
    }),
);

tlsTest(
  "protC has data in clear, protP encrypted again, and a clone is like its model",
  () =>
    withTlsServer({ requireTls: "login" }, {}, async ({ login, lines }) => {
      const ftp = await login();
      await ftp.protC();
      const transfer = await ftp.ntransfercmd("RETR /f");
      assert.equal(transfer.connection.tls, false);
      assert.equal(text(await transfer.connection.reader.read()), "hello");
      await transfer.finish();

      lines.length = 0;
      await using twin = await ftp.clone();
      assert.deepEqual(commands(lines), [
        ...["AUTH TLS", "USER me", "PASS ***", "PBSZ 0", "PROT P", "PROT C"],
      ]);
      assert.equal(text(await twin.download("/f")), "hello");

      await ftp.protP();
      const again = await ftp.ntransfercmd("RETR /f");
      assert.equal(again.connection.tls, true);
      again.connection.close();
      await ftp.noop();
    }),
);

tlsTest(
  "auth may be called before login, once (test_auth_ssl)",
  () =>
    withTlsServer({}, {}, async ({ ftp, lines }) => {
      await ftp.connect("localhost", 21);
      assert.equal(ftp.tlsInfo, undefined);
      assert.equal((await ftp.auth()).code, 234);
      assert.match((await rejection(ftp.auth(), FTPError)).message, /encrypted already/);
      await ftp.login("me", "secret");
      assert.deepEqual(commands(lines).slice(0, 2), ["AUTH TLS", "USER me"]);
    }),
);

for (const implicit of [false, true]) {
  for (
    const [reason, client] of [
      ["unknown-issuer", { caCerts: [unknownIssuer.cert] }],
      ["wrong-host", { serverHostname: "other.example" }],
      ["wrong-fingerprint", { pinnedFingerprints: ["00".repeat(32)] }],
    ] as const
  ) {
    tlsTest(
      `${reason}, ${implicit ? "implicit" : "explicit"}: nobody logs in`,
      () =>
        withTlsServer({ implicit }, client as FTPTLSOptions, async ({ login, lines }) => {
          await assert.rejects(login(), { name: "SSLCertVerificationError", reason });
          assert.ok(!lines.some((line) => line.startsWith("C: USER")));
        }),
    );
  }
}

tlsTest("ALPN: ftp is offered where that is asked for, on every connection", () =>
  withTlsServer(
    { tls: { ...SERVER_TLS, alpnProtocols: ["ftp"] } },
    { alpnProtocols: ["ftp"] },
    async ({ login, another }) => {
      const ftp = await login();
      assert.equal(ftp.tlsInfo?.alpnProtocol, "ftp");
      assert.equal(text(await ftp.download("/f")), "hello");
      const other = another({ alpnProtocols: ["http/1.1"] });
      await other.connect("localhost", 21);
      await assert.rejects(other.auth(), { name: "SSLError" });
      other.close();
    },
  ));
