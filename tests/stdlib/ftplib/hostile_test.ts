import assert from "node:assert/strict";
import type { Dial } from "../../../net/byte_stream.ts";
import { ConnectionRefusedError, PermissionError } from "../../../net/errors.ts";
import { FTP } from "../../../stdlib/ftplib/client.ts";
import { ErrorPerm, ErrorProto, FTPError } from "../../../stdlib/ftplib/errors.ts";
import { scripted } from "../../peers/scripted.ts";
import { rejection } from "../../rejection.ts";
import { inTestTime, text, withServer } from "./_session.ts";

Deno.test("no argument of any method can smuggle a second command in", async () => {
  const methods: Record<string, (ftp: FTP, evil: string) => unknown> = {
    sendcmd: (ftp, evil) => ftp.sendcmd(evil),
    voidcmd: (ftp, evil) => ftp.voidcmd(evil),
    "login user": (ftp, evil) => ftp.login(evil, "b", "c"),
    "login passwd": (ftp, evil) => ftp.login("a", evil, "c"),
    "login acct": (ftp, evil) => ftp.login("a", "b", evil),
    acct: (ftp, evil) => ftp.acct(evil),
    cwd: (ftp, evil) => ftp.cwd(evil),
    mkd: (ftp, evil) => ftp.mkd(evil),
    rmd: (ftp, evil) => ftp.rmd(evil),
    delete: (ftp, evil) => ftp.delete(evil),
    size: (ftp, evil) => ftp.size(evil),
    "rename from": (ftp, evil) => ftp.rename(evil, "b"),
    "rename to": (ftp, evil) => ftp.rename("a", evil),
    download: (ftp, evil) => ftp.download(evil),
    downloadTo: (ftp, evil) => ftp.downloadTo(evil, "/nowhere/at/all"),
    upload: (ftp, evil) => ftp.upload(evil, "x"),
    uploadFrom: (ftp, evil) => ftp.uploadFrom("/nowhere/at/all", evil),
    nlst: (ftp, evil) => ftp.nlst(evil),
    dir: (ftp, evil) => ftp.dir(evil),
    mlsd: (ftp, evil) => ftp.mlsd(evil),
    "mlsd facts": (ftp, evil) => ftp.mlsd("", { facts: [evil] }),
    retrbinary: (ftp, evil) => ftp.retrbinary(evil, () => {}),
    retrlines: (ftp, evil) => ftp.retrlines(evil, () => {}),
    storbinary: (ftp, evil) => ftp.storbinary(evil, "x"),
    storlines: (ftp, evil) => ftp.storlines(evil, "x"),
  };
  const evils = ["a\r\nDELE b", "a\nDELE b", "a\rDELE b", "a\0b", "\r\n"];
  for (const encoding of ["utf-8", "latin-1"] as const) {
    // Cut down to a byte, these would be LF and CR.
    const letters = encoding === "latin-1" ? ["a\u010aDELE b", "a\u010dDELE b"] : [];
    await withServer("", async (ftp, peer) => {
      for (const [name, call] of Object.entries(methods)) {
        for (const evil of [...evils, ...letters]) {
          const error = await rejection((async () => await call(ftp, evil))(), TypeError);
          assert.doesNotMatch(error.message, /[\r\n\0]/, name);
        }
      }
      assert.equal(peer.received, "", "nothing was sent");
    }, { encoding });
  }
});

/** A dial that notes where connections go. */
function noting(dial: Dial): { dial: Dial; targets: string[] } {
  const targets: string[] = [];
  return {
    targets,
    dial: (target, options) => {
      targets.push(`${target.hostname}:${target.port}`);
      return dial({ ...target, hostname: "127.0.0.1" }, options);
    },
  };
}

const FALSE_ADDRESS = `
  S: 220 ready
  C: TYPE A
  S: 200 ok
  C: PASV
  S: 227 go there (10,1,2,3,156,64)
  C: NLST
  S: 150 ok
  S: 226 done
`;

Deno.test("the address in the answer to PASV is ignored, unless it is trusted (bpo-43285)", async () => {
  for (const trusted of [false, true]) {
    await inTestTime(async () => {
      const place = scripted("S! close");
      await using peer = scripted(FALSE_ADDRESS);
      const { dial, targets } = noting((target, options) =>
        (target.port === 21 ? peer : place).dial(target, options)
      );
      await using ftp = await FTP.connect("server", {
        dial,
        passive: "PASV",
        trustServerPasvAddress: trusted,
      });
      assert.deepEqual(await ftp.nlst(), []);
      assert.deepEqual(targets, [
        "server:21",
        trusted ? "10.1.2.3:40000" : "127.0.0.1:40000",
      ]);
      place.close();
    });
  }
});

Deno.test("EPSV names no host; PASV follows where the server does not know it, and is remembered", async () => {
  await withServer(
    `
    C: TYPE A
    S: 200 ok
    C: EPSV
    S: 522 Network protocol not supported
    C: PASV
    S: 227 ok ({pasv})
    C: NLST
    S: 150 ok
    D: a
    S: 226 done
    C: PASV
    S: 227 =({pasv})
    C: NLST
    S: 150 ok
    D: b
    S: 226 done
  `,
    async (ftp) => {
      assert.deepEqual(await ftp.nlst(), ["a"]);
      assert.deepEqual(await ftp.nlst(), ["b"]);
    },
  );
});

Deno.test("a refusal for want of a login does not count against EPSV", async () => {
  await withServer(
    "C: TYPE A\nS: 530 Please login with USER and PASS.",
    async (ftp) => {
      const error = await rejection(ftp.nlst(), ErrorPerm);
      assert.match(error.message, /TYPE A failed: 530.*log in first/);
    },
  );
  await withServer("C: TYPE A\nS: 200 ok\nC: EPSV\nS: 530 no\nC: EPSV\nS: 530 no", async (ftp) => {
    await rejection(ftp.nlst(), ErrorPerm);
    await rejection(ftp.nlst(), ErrorPerm);
  });
});

Deno.test("an answer to EPSV or PASV that names no port is an error of the protocol", async () => {
  for (
    const [passive, reply] of [
      ["EPSV", "229 ok"],
      ["EPSV", "229 ok (|||0|)"],
      ["EPSV", "229 ok (|||65536|)"],
      ["EPSV", "229 ok (|||12|"],
      ["PASV", "227 ok"],
      ["PASV", "227 ok (1,2,3,4,5)"],
      ["PASV", "227 ok (1,2,3,4,256,1)"],
      ["PASV", "227 ok (1,2,3,4,0,0)"],
    ] as const
  ) {
    await withServer(
      `C: TYPE A\nS: 200 ok\nC: ${passive}\nS: ${reply}\nC: PWD\nS: 257 "/"`,
      async (ftp) => {
        await rejection(ftp.nlst(), ErrorProto);
        assert.equal(await ftp.pwd(), "/");
      },
      { passive },
    );
  }
});

Deno.test("a data port that nobody listens on is named, and the session goes on", async () => {
  await inTestTime(async () => {
    await using peer = scripted(`
      S: 220 ready
      C: TYPE A
      S: 200 ok
      C: EPSV
      S: 229 ok (|||4711|)
      C: PWD
      S: 257 "/"
    `);
    const dial: Dial = (target, options) =>
      target.port === 4711
        ? Promise.reject(new ConnectionRefusedError("refused", target))
        : peer.dial(target, options);
    await using ftp = await FTP.connect("server", { dial });
    const error = await rejection(ftp.nlst(), FTPError);
    assert.match(error.message, /NLST: cannot open the data connection to 127\.0\.0\.1:4711.*EPSV/);
    assert.match(error.message, /firewall/);
    assert.equal(error.origin, "transport");
    assert.ok(error.cause instanceof ConnectionRefusedError);
    assert.equal(await ftp.pwd(), "/");
  });
});

Deno.test("a program that may connect to the name only reaches the data port by the name", async () => {
  await inTestTime(async () => {
    await using peer = scripted(`
      S: 220 ready
      C: TYPE A
      S: 200 ok
      C: EPSV
      S: 229 ok (|||{port}|)
      C: NLST
      S: 150 ok
      D: a
      S: 226 done
    `);
    const dial: Dial = (target, options) =>
      target.hostname === "server"
        ? peer.dial(target, options)
        : Promise.reject(new PermissionError("Requires net access", target));
    await using ftp = await FTP.connect("server", { dial });
    assert.deepEqual(await ftp.nlst(), ["a"]);
  });
});

Deno.test("a reply that nobody asked for is never taken for an answer", async () => {
  await withServer(
    `C: PWD\nS= 257 "/"\\r\\n226 early\\r\\n\nC! eof`,
    async (ftp) => {
      assert.equal(await ftp.pwd(), "/");
      const error = await rejection(ftp.pwd(), ErrorProto);
      assert.match(error.message, /nobody asked for: "226 early"/);
      assert.ok(ftp.closed);
    },
  );
});

Deno.test("a path that a server begins and never ends is an error of the protocol (CVE-2017-1000254)", async () => {
  for (
    const [reply, path] of [['257 "abc', undefined], ["257", ""], ['257 ""', ""], [
      '257 "a""b"',
      'a"b',
    ]] as const
  ) {
    await withServer(`C: PWD\nS: ${reply}`, async (ftp) => {
      if (path === undefined) await rejection(ftp.pwd(), ErrorProto);
      else assert.equal(await ftp.pwd(), path);
    });
  }
});

Deno.test("a server's words are quoted in messages: no control character gets through", async () => {
  await withServer("C: NOOP\nS= 550 \\x1b[2J\\x07\\xc2\\x9b31m\\r\\n", async (ftp) => {
    const error = await rejection(ftp.noop(), ErrorPerm);
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(error.message, /[\x00-\x1f\x7f-\x9f]/);
    assert.match(error.message, /\\x1b\[2J\\x07\\x9b31m/);
    assert.equal(error.text, "\x1b[2J\x07\x9b31m", "and kept as they came");
  });
});

Deno.test("more than the announced size is not cut off, and not taken for another reply", async () => {
  await withServer(
    `
    C: TYPE I
    S: 200 ok
    C: SIZE f
    S: 213 3
    C: EPSV
    S: 229 ok (|||{port}|)
    C: RETR f
    S: 150 f (3 bytes)
    D= 0123456789
    S: 226 done
  `,
    async (ftp) => assert.equal(text(await ftp.download("f")), "0123456789"),
  );
});
