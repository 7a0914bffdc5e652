import assert from "node:assert/strict";
import { FTP } from "../../../stdlib/ftplib/client.ts";
import { ErrorPerm, FTPError } from "../../../stdlib/ftplib/errors.ts";
import { Features } from "../../../stdlib/ftplib/features.ts";
import { scripted } from "../../peers/scripted.ts";
import { rejection } from "../../rejection.ts";
import { inTestTime, withServer } from "./_session.ts";

/** FEAT and its answer. */
function feat(...features: string[]): string {
  const lines = features.map((line) => `S:  ${line}`).join("\n");
  return `C: FEAT\nS: 211-Features:\n${lines}\nS: 211 End\n`;
}

Deno.test("supports knows names and parameters in any case, in force or not", () => {
  const features = new Features([
    ["MLST", "Type*;Size*;UNIX.mode;"],
    ["REST", "STREAM"],
    ["SITE", "MKDIR;UTIME"],
    ["AUTH", "TLS SSL"],
    ["UTF8", ""],
  ]);
  for (
    const [name, parameter] of [
      ["mlst"],
      ["MLST", "type"],
      ["MLST", "unix.MODE"],
      ["REST", "stream"],
      ["SITE", "UTIME"],
      ["AUTH", "ssl"],
      ["UTF8"],
    ] as [string, string?][]
  ) {
    assert.ok(features.supports(name, parameter), `${name} ${parameter}`);
  }
  for (
    const [name, parameter] of [
      ["MFMT"],
      ["MLST", "typ"],
      ["MLST", ""],
      ["MFMT", "x"],
      ["UTF8", "x"],
      ["toString"],
    ] as [string, string?][]
  ) {
    assert.ok(!features.supports(name, parameter), `${name} ${parameter}`);
  }
  assert.deepEqual(features.facts, ["type", "size", "unix.mode"]);
  assert.deepEqual(new Features().facts, []);
});

Deno.test("features asks once, and what it gives belongs to the caller", async () => {
  await withServer(feat("SIZE", "REST STREAM"), async (ftp) => {
    const [first, second] = await Promise.all([ftp.features(), ftp.features()]);
    assert.equal(first.get("REST"), "STREAM");
    first.clear();
    assert.ok(second.supports("SIZE"));
    assert.ok((await ftp.features()).supports("SIZE"));
  });
});

for (
  const [command, reply] of [
    ["HOST ftp.example", "220 hello"],
    ["USER me", "230 in"],
    ["REIN", "220 again"],
    ["OPTS HASH MD5", "200 MD5"],
    ["AUTH TLS", "234 go"],
    ["ACCT x", "230 in"],
  ] as const
) {
  Deno.test(`features asks again after ${command}`, async () => {
    await withServer(
      `${feat("SIZE")}C: ${command}\nS: ${reply}\n${feat("MDTM")}C: NOOP\nS: 200 ok`,
      async (ftp) => {
        assert.ok((await ftp.features()).supports("SIZE"));
        await ftp.sendcmd(command);
        assert.deepEqual([...await ftp.features()], [["MDTM", ""]]);
        await ftp.noop();
        assert.deepEqual([...await ftp.features()], [["MDTM", ""]]);
      },
    );
  });
}

Deno.test("a server that does not know FEAT can do nothing more, and is asked once", async () => {
  for (const refusal of ["500 what?", "502 not here"]) {
    await withServer(`C: FEAT\nS: ${refusal}`, async (ftp) => {
      assert.equal((await ftp.features()).size, 0);
      assert.equal((await ftp.features()).size, 0);
    });
  }
  await withServer(`C: FEAT\nS: 530 log in\n${feat("SIZE")}`, async (ftp) => {
    await rejection(ftp.features(), ErrorPerm);
    assert.equal((await ftp.features()).size, 1);
  });
});

Deno.test("host says the name before the login", async () => {
  await withServer("C: HOST [::1]\nS: 220 hello\nC: HOST x\nS: 503 too late", async (ftp) => {
    assert.equal((await ftp.host("[::1]")).code, 220);
    await rejection(ftp.host("x"), ErrorPerm);
    for (const name of ["", "a\r\nb", "a\0"]) await rejection(ftp.host(name), TypeError);
  });
});

Deno.test("virtualHost is said first, whenever a session is opened", async () => {
  await inTestTime(async () => {
    const script = `S: 220 ready
      C: HOST ftp.example
      S: 220 ftp.example
      C: USER me
      S: 230 in
      C: NOOP
      S: 200 ok`;
    await using peer = scripted([script, script]);
    const options = { virtualHost: "ftp.example", user: "me", dial: peer.dial };
    await using ftp = await FTP.connect("server", options);
    assert.equal((await ftp.noop()).code, 200);
    await using twin = await ftp.clone();
    assert.equal((await twin.noop()).code, 200);
  });
});

Deno.test("a server that does not know virtualHost is left, before anybody logs in", async () => {
  await inTestTime(async () => {
    await using peer = scripted("S: 220 ready\nC: HOST ftp.example\nS: 504 no such host\nC! eof");
    const options = { virtualHost: "ftp.example", user: "me", dial: peer.dial };
    assert.equal((await rejection(FTP.connect("server", options), ErrorPerm)).code, 504);
  });
  for (const virtualHost of ["", "a\r\nUSER x", "\0"]) {
    assert.throws(() => new FTP({ virtualHost }), TypeError);
  }
});

Deno.test("site and chmod send what the server has", async () => {
  await withServer(
    `C: SITE HELP
    S: 214 nothing
    ${feat("SIZE")}
    C: SITE CHMOD 644 a b
    S: 200 ok
    C: SITE CHMOD 000 a
    S: 550 no`,
    async (ftp) => {
      assert.equal((await ftp.site("HELP")).code, 214);
      assert.equal((await ftp.chmod("a b", 0o644)).code, 200);
      await rejection(ftp.chmod("a", 0), ErrorPerm);
      for (const mode of [-1, 0o10000, 0.5, NaN]) {
        await rejection(ftp.chmod("a", mode), RangeError);
      }
      for (const path of ["", "a\n"]) await rejection(ftp.chmod(path, 0o644), TypeError);
      await rejection(ftp.site("a\r\nb"), TypeError);
    },
  );
  await withServer(
    `${feat("MFF modify;UNIX.group;UNIX.mode;")}C: MFF UNIX.mode=0644; a\nS: 213 UNIX.mode=0644; a`,
    async (ftp) => {
      assert.equal((await ftp.chmod("a", 0o644)).code, 213);
    },
  );
});

Deno.test("available tells how much room is left", async () => {
  await withServer(
    "C: AVBL\nS: 213 1234567890\nC: AVBL /pub\nS: 213 5\nC: AVBL x\nS: 213 plenty",
    async (ftp) => {
      assert.equal(await ftp.available(), 1_234_567_890);
      assert.equal(await ftp.available("/pub"), 5);
      await rejection(ftp.available("x"), FTPError);
    },
  );
});
