import assert from "node:assert/strict";
import { inspect } from "node:util";
import { ErrorPerm, ErrorReply, FTPError, TruncatedError } from "../../../stdlib/ftplib/errors.ts";
import { FTP_TLS } from "../../../stdlib/ftplib/ftp_tls.ts";
import { FTPSessionReuseError } from "../../../stdlib/ftplib/session_reuse_error.ts";
import type { FTPServerOptions } from "../../../stdlib/ftplib/server/options.ts";
import { tlsTest } from "../../net/tls/pairs.ts";
import { certificates } from "../../peers/certs.ts";
import { scripted } from "../../peers/scripted.ts";
import { rejection } from "../../rejection.ts";
import { inTestTime, text } from "./_session.ts";
import { commands, SERVER_TLS, withTlsServer } from "./_tls.ts";

const { good } = await certificates();

/** Connects and logs in; the script is what the server says until that fails. */
async function refused(script: string, type: new (...args: never[]) => Error): Promise<Error> {
  return await inTestTime(async () => {
    await using peer = scripted(script);
    const login = FTP_TLS.connect("server", { dial: peer.dial, user: "me", password: "secret" });
    const error = await rejection(login, type as typeof Error);
    assert.doesNotMatch(peer.received, /USER|PASS|me|secret/);
    assert.doesNotMatch(inspect(error, { depth: 9 }), /secret/);
    return error;
  });
}

Deno.test("nobody logs in where the server has no TLS, or says anything but 234 (CVE-2021-22946)", async () => {
  for (const reply of ["500 what?", "502 no", "534 no", "431 no key", "421 bye"]) {
    await refused(`S: 220 hi\nC: AUTH TLS\nS: ${reply}`, FTPError);
  }
  for (const reply of ["200 ok", "220 ok", "230 in", "235 ok", "334 go on", "331 password?"]) {
    await refused(`S: 220 hi\nC: AUTH TLS\nS: ${reply}`, ErrorReply);
  }
  await refused("S: 220 hi\nC: AUTH TLS\nS: 504 what?\nC: AUTH SSL\nS: 504 what?", ErrorPerm);
});

Deno.test("a greeting that says that somebody is in already is none for TLS (CVE-2021-22946)", async () => {
  await refused("S: 230 welcome back", ErrorReply);
});

Deno.test("what could be put in behind 234 ends the session (CVE-2021-22947)", async () => {
  const error = await refused("S: 220 hi\nC: AUTH TLS\nS= 234 go\\r\\n230 in\\r\\n", FTPError);
  assert.match(error.message, /what nobody asked for.*230 in/);
});

Deno.test("nothing secret is said in clear, by hand either, unless that is allowed", async () => {
  await inTestTime(async () => {
    await using peer = scripted(`
      S: 220 hi
      C: NOOP
      S: 200 ok
      C: USER me
      S: 331 password?
      C: PASS secret
      S: 230 in
      C: TYPE A
      S: 200 ok
      C: EPSV
      S: 229 ok (|||{port}|)
      C: NLST
      S: 150 now
      D: a
      S: 226 done`);
    await using ftp = new FTP_TLS({ dial: peer.dial });
    await ftp.connect("server");
    await ftp.noop();
    for (const cmd of ["USER me", "PASS secret", "  pass secret", "ACCT secret"]) {
      const error = await rejection(ftp.sendcmd(cmd), FTPError);
      assert.equal(error.origin, "usage");
      assert.doesNotMatch(inspect(error, { depth: 9 }), /secret/);
    }
    await rejection(ftp.acct("secret"), FTPError);
    assert.match((await rejection(ftp.nlst().then(), FTPError)).message, /not encrypted yet/);
    await ftp.login("me", "secret", "", { secure: false });
    assert.deepEqual(await ftp.nlst(), ["a"]);
  });
});

tlsTest(
  "after ccc nothing secret is said in clear either, and data stays encrypted",
  () =>
    withTlsServer({ clearControl: true }, {}, async ({ login, lines }) => {
      const ftp = await login();
      assert.equal((await ftp.ccc()).code, 200);
      assert.equal(ftp.tlsInfo, undefined);
      const before = lines.length;
      await rejection(ftp.acct("secret"), FTPError);
      await rejection(ftp.login("me", "secret"), FTPError);
      await rejection(ftp.login("me", "secret", "", { secure: false }), FTPError);
      await rejection(ftp.ccc(), FTPError);
      assert.equal(lines.length, before);
      const transfer = await ftp.ntransfercmd("RETR /f");
      assert.equal(transfer.connection.tlsInfo?.sessionReused, true);
      assert.equal(text(await transfer.connection.reader.read()), "hello");
      await transfer.finish();
      await using twin = await ftp.clone();
      assert.equal(twin.tlsInfo?.protocol, "TLSv1.2");
    }),
);

Deno.test("no part of a login can smuggle a second command in, and TLS does not begin for it", async () => {
  await inTestTime(async () => {
    await using peer = scripted("S: 220 hi\nC! eof");
    const ftp = await FTP_TLS.connect("server", { dial: peer.dial });
    for (const bad of ["a\rb", "a\nb", "a\r\nb", "a\0b"]) {
      await rejection(ftp.login(bad), TypeError);
      await rejection(ftp.login("me", bad), TypeError);
      await rejection(ftp.login("me", "secret", bad), TypeError);
    }
    assert.equal(peer.received, "");
    ftp.close();
  });
});

for (const [command, verb] of [["PBSZ", "PBSZ 0"], ["PROT", "PROT P"]] as const) {
  tlsTest(`no data goes in clear where ${command} is refused`, () =>
    withTlsServer(
      {
        requireTls: "login",
        misbehave: { replies: { [command]: { replace: "536 no" } } },
      },
      {},
      async ({ ftp, login, lines }) => {
        assert.match((await rejection(login(), ErrorPerm)).message, new RegExp(verb));
        await rejection(ftp.download("/f").then(), ErrorPerm);
        await rejection(ftp.upload("/x", "hello"), ErrorPerm);
        assert.ok(!commands(lines).some((line) => /^(?:EPSV|RETR|STOR)/.test(line)));
      },
    ));
}

const CUT: FTPServerOptions["misbehave"] = {
  data: {
    RETR: { truncateAfter: 3, ending: "cut", finalReply: "226 All is well" },
    MLSD: { truncateAfter: 20, ending: "cut", finalReply: "226 All is well" },
    NLST: { truncateAfter: 3, ending: "cut", finalReply: "226 All is well" },
  },
};

tlsTest(
  "what ends without the end of TLS is cut off, whatever the server says (ERR_TLS_TRUNCATED)",
  () =>
    withTlsServer({ misbehave: CUT }, {}, async ({ login }) => {
      const ftp = await login();
      const error = await rejection(ftp.download("/f").then(), TruncatedError);
      assert.equal((error.cause as { code?: string }).code, "ERR_TLS_TRUNCATED");
      assert.equal(error.received, 3);
      // Here only the end of TLS tells.
      await rejection(ftp.nlst().then(), TruncatedError);
      await rejection(ftp.retrbinary("NLST", () => {}), TruncatedError);
      await rejection(ftp.mlsd().then(), TruncatedError);
      await ftp.noop();
    }),
);

tlsTest(
  "a file that is whole by the size that the server told needs no end of TLS",
  () =>
    withTlsServer(
      {
        misbehave: { data: { RETR: { truncateAfter: 5, ending: "cut", finalReply: "226 Done" } } },
      },
      {},
      async ({ login }) => {
        const ftp = await login();
        assert.equal(text(await ftp.download("/f")), "hello");
      },
    ),
);

tlsTest(
  "a data connection that goes on in clear, or is closed, where TLS should begin",
  async () => {
    for (const how of ["plaintext", "close"] as const) {
      await withTlsServer(
        {
          misbehave: { tls: { on: "data", how, times: 1 } },
        },
        { connectTimeout: 2000, timeout: 2000 },
        async ({ login }) => {
          const ftp = await login();
          await assert.rejects(ftp.download("/f").then(), (error: Error) => {
            return error instanceof FTPError || error.name === "SSLError";
          });
          assert.equal(text(await ftp.download("/f")), "hello");
        },
      );
    }
  },
);

tlsTest("FTPSessionReuseError: a client certificate, and TLS 1.3, stand in the way", async () => {
  const tls = { ...SERVER_TLS, maxVersion: "TLSv1.3" as const };
  for (
    const [reason, server, client, message] of [
      ["client-certificate", SERVER_TLS, { cert: good.cert, key: good.key }, /`cert` and `key`/],
      ["version", tls, { minVersion: "TLSv1.3" }, /leave out `minVersion`/],
    ] as const
  ) {
    await withTlsServer(
      { tls: server, requireSessionReuse: reason === "version" ? "any" : true },
      client,
      async ({ login }) => {
        const ftp = await login();
        for (const verb of ["RETR", "STOR"]) {
          const transfer = verb === "STOR"
            ? ftp.upload("/x", "hello")
            : ftp.retrbinary("RETR /f", () => {});
          const error = await rejection(transfer, FTPSessionReuseError);
          assert.equal(error.reason, reason);
          assert.match(error.message, message);
          assert.ok(error instanceof FTPError);
          assert.equal(error.code, 522);
          await ftp.noop();
        }
      },
    );
  }
});

tlsTest(
  "FTPSessionReuseError knows the words of servers; other refusals are what they are",
  async () => {
    for (
      const [reply, reason] of [
        ["425 TLS session of data connection not resumed.", "rejected"],
        ["522 SSL connection failed; session reuse required", "rejected"],
        ["450 TLS session of data connection has not resumed", "rejected"],
        ["425 Cannot build data connection: Connection refused", undefined],
        ["451 Disk error", undefined],
      ] as const
    ) {
      await withTlsServer(
        {
          misbehave: { data: { RETR: { finalReply: reply } } },
        },
        {},
        async ({ login }) => {
          const ftp = await login();
          const error = await rejection(ftp.download("/f").then(), FTPError);
          assert.equal(error instanceof FTPSessionReuseError ? error.reason : undefined, reason);
        },
      );
    }
  },
);

tlsTest(
  "a transfer that is left in the middle keeps the session, under TLS too",
  () =>
    withTlsServer(
      { requireSessionReuse: true, bytesPerSecond: 2_000_000 },
      {},
      async ({ login }) => {
        const ftp = await login();
        for (let round = 0; round < 3; round++) {
          for await (const _ of ftp.download("/big")) break;
          assert.equal(text(await ftp.download("/f")), "hello");
          await rejection(ftp.retrbinary("RETR /big", () => ftp.abort()), FTPError);
        }
      },
    ),
);

tlsTest("an upload that is left in the middle does not end as a whole one does", async () => {
  const stored: string[] = [];
  const onEvent: FTPServerOptions["onEvent"] = (event) => {
    if (event.type === "store") stored.push(event.path);
  };
  await withTlsServer({ onEvent }, {}, async ({ login }) => {
    const ftp = await login();
    const stop = new AbortController();
    async function* source() {
      yield new Uint8Array(1000);
      stop.abort(new Error("enough"));
      yield new Uint8Array(1000);
    }
    await assert.rejects(ftp.upload("/half", source(), { signal: stop.signal }), /enough/);
    const transfer = await ftp.ntransfercmd("STOR /quarter");
    transfer.connection.writer.write("hello");
    await transfer.connection.writer.flush();
    transfer.connection.close();
    await ftp.upload("/whole", "hello");
    assert.deepEqual(stored, ["/whole"]);
  });
});

tlsTest(
  "debug, errors and the client itself never show the password",
  () =>
    withTlsServer({}, {}, async ({ login, lines }) => {
      const ftp = await login();
      const error = await rejection(ftp.cwd("/nowhere"), ErrorPerm);
      assert.doesNotMatch(inspect([ftp, error, lines], { depth: 20, showHidden: true }), /secret/);
    }),
);
