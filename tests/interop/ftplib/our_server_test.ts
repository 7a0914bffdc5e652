/**
 * Our FTP server with curl and lftp: every operation that they have, in every mode.
 *
 * @module
 */

import assert from "node:assert/strict";
import { certificates } from "../../peers/certs.ts";
import { interopTest } from "../interop.ts";
import { pathOf } from "../servers/installed.ts";
import { mustRun, run } from "../servers/run.ts";
import { MODES, type OurServer, startOurServer } from "./our_server.ts";

/** curl before 8.0 makes no TLS on data connections that it has accepted: it waits for ever. */
async function curlsActive(mode: string): Promise<(readonly string[])[]> {
  const version = /^curl (\d+)/.exec(await mustRun([pathOf("curl"), "--version"]))?.[1];
  const passive = [["--ftp-pasv"], ["--ftp-pasv", "--disable-epsv"]];
  if (mode !== "plain" && Number(version) < 8) return passive;
  return [...passive, ["-P", "127.0.0.1"], ["-P", "127.0.0.1", "--disable-eprt"]];
}

for (const mode of MODES) {
  interopTest(`curl does all it can on our server, ${mode}`, { needs: ["curl"] }, async () => {
    await using ours = await startOurServer(mode);
    const { server, url, folder } = ours;
    for (const way of await curlsActive(mode)) {
      const curl = [pathOf("curl"), "-sS", "-4", "-m", "30", "--cacert", ours.caFile, ...way];
      if (mode !== "plain") curl.push("--ssl-reqd");
      const said = (...args: string[]) => mustRun([...curl, ...args], { cwd: folder });
      assert.equal(await said(`${url}/pub/a.txt`), "alpha\nbeta\n");
      assert.equal(await said("-C", "6", `${url}/pub/a.txt`), "beta\n");
      assert.equal(await said("-r", "1-3", `${url}/pub/a.txt`), "lph");
      assert.equal(await said("-B", `${url}/pub/a.txt`), "alpha\nbeta\n");
      assert.equal(await said(`${url}/pub/empty`), "");
      assert.match(await said("--list-only", `${url}/pub/`), /^a\.txt\r?\nž š\.bin\r?\nsub\r?\n/);
      assert.match(await said(`${url}/pub/`), /^-rw-r--r-- .* a\.txt\r?$/m);
      assert.match(await said("-I", `${url}/pub/a.txt`), /Content-Length: 11/);
      await said("-o", "big", `${url}/pub/big.bin`);
      assert.deepEqual(await Deno.readFile(`${folder}/big`), server.files.get("pub/big.bin"));

      await said("-T", "big", "--ftp-create-dirs", `${url}/up/deep/big`);
      assert.deepEqual(server.files.get("up/deep/big"), server.files.get("pub/big.bin"));
      await Deno.writeTextFile(`${folder}/none`, "");
      await said("-T", "none", `${url}/up/none`);
      assert.equal(server.files.text("up/none"), "");
      // The rest of an upload that broke off, and something behind it.
      server.files.set("up/part", server.files.get("pub/big.bin")!.slice(0, 400_000));
      await said("-C", "-", "-T", "big", `${url}/up/part`);
      assert.deepEqual(server.files.get("up/part"), server.files.get("pub/big.bin"));
      await Deno.writeTextFile(`${folder}/more`, "more");
      await said("-a", "-T", "more", `${url}/up/none`);
      assert.equal(server.files.text("up/none"), "more");

      await said("-Q", "RNFR up/none", "-Q", "RNTO up/moved", `${url}/pub/a.txt`);
      assert.equal(server.files.text("up/moved"), "more");
      await said("-Q", "DELE up/moved", "-Q", "DELE up/part", `${url}/pub/a.txt`);
      await said("-Q", "DELE up/deep/big", "-Q", "RMD up/deep", "-Q", "RMD up", `${url}/pub/`);
      assert.ok(!server.files.paths().some((path) => path.startsWith("/up")));
    }
    const refused = [pathOf("curl"), "-sS", "-m", "30", "--cacert", ours.caFile];
    if (mode !== "plain") refused.push("--ssl-reqd");
    assert.equal((await run([...refused, `${url}/none`])).code, 78);
    assert.equal((await run([...refused, url.replace("secret", "wrong")])).code, 67);
    assert.deepEqual(ours.errors, []);
    assert.ok(!ours.events.some(({ type }) => type === "broken"), JSON.stringify(ours.events));
  });

  interopTest(`lftp mirrors both ways on our server, ${mode}`, { needs: ["lftp"] }, async () => {
    await using ours = await startOurServer(mode);
    for (const passive of ["on", "off"]) await mirrors(ours, mode, passive);
    assert.deepEqual(ours.errors, []);
  });

  if (mode === "plain") continue;
  interopTest(
    `lftp's data connections resume the session that our server requires, ${mode}`,
    { needs: ["lftp"] },
    async () => {
      await using ours = await startOurServer(mode, { requireSessionReuse: true });
      for (const passive of ["on", "off"]) await mirrors(ours, mode, passive);
    },
  );

  interopTest(
    `curl resumes a session of TLS 1.3, and is refused where it resumes none, ${mode}`,
    { needs: ["curl"] },
    async () => {
      const fetched = async (requireSessionReuse: true | "any", ...options: string[]) => {
        const { good: { cert, key } } = await certificates();
        const tls = { cert, key, ...(requireSessionReuse === "any" && NEWER) };
        await using ours = await startOurServer(mode, { requireSessionReuse, tls });
        const curl = [pathOf("curl"), "-sS", "-4", "-m", "30", "--cacert", ours.caFile];
        return await run([...curl, "--ssl-reqd", ...options, `${ours.url}/pub/a.txt`]);
      };
      assert.equal((await fetched("any")).stdout, "alpha\nbeta\n");
      const refused = await fetched("any", "--no-sessionid");
      assert.equal(refused.stdout, "");
      assert.notEqual(refused.code, 0);
      // It takes no tickets in TLS 1.2, and this platform knows no sessions without them.
      assert.notEqual((await fetched(true)).code, 0);
    },
  );
}

if (MODES.includes("explicit")) {
  interopTest(
    "lftp takes TLS off our control connection (CCC)",
    { needs: ["lftp"] },
    async () => {
      // With implicit TLS, lftp 4.9 goes on in the clear without an end of TLS.
      const mode = "explicit";
      await using ours = await startOurServer(mode, { clearControl: true });
      await mirrors(ours, mode, "on", "set ftp:ssl-use-ccc yes");
      assert.ok(ours.events.some((event) => event.type === "tls" && !event.encrypted));
    },
  );
}

const NEWER = { maxVersion: "TLSv1.3" } as const;

async function mirrors(
  ours: OurServer,
  mode: string,
  passive: string,
  ...more: string[]
): Promise<void> {
  const { server, folder, url } = ours;
  const up = `${folder}/up-${passive}`;
  const down = `${folder}/down-${passive}`;
  await Deno.mkdir(`${up}/deep`, { recursive: true });
  const names = Array.from({ length: 6 }, (_, index) => `file ${index} š.txt`);
  for (const name of names) await Deno.writeTextFile(`${up}/${name}`, name.repeat(5000));
  await Deno.writeTextFile(`${up}/deep/empty`, "");
  await Deno.utime(`${up}/deep/empty`, 981_173_106, 981_173_106);
  const [, host] = url.split("@");
  const settings = [
    "set net:max-retries 1",
    "set net:timeout 20",
    "set cmd:fail-exit yes",
    `set ftp:passive-mode ${passive}`,
    `set ssl:ca-file ${ours.caFile}`,
    ...(mode === "plain" ? [] : ["set ftp:ssl-force yes", "set ftp:ssl-protect-data yes"]),
    ...more,
    `open -u tulip,secret ${url.split("://")[0]}://${host}`,
  ];
  const lftp = (...commands: string[]) =>
    mustRun([pathOf("lftp"), "-c", [...settings, ...commands].join("; ")], {
      env: { HOME: folder, LANG: "C.UTF-8" },
    });
  await lftp(`mirror -R -P 3 ${up} /copy`);
  for (const name of names) assert.equal(server.files.text(`copy/${name}`), name.repeat(5000));
  await lftp(`mirror -P 3 /copy ${down}`);
  for (const name of names) {
    assert.equal(await Deno.readTextFile(`${down}/${name}`), name.repeat(5000));
  }
  // MFMT on the way up, MLSD or MDTM on the way down.
  const { mtime } = await Deno.stat(`${down}/deep/empty`);
  assert.equal(mtime?.toISOString(), "2001-02-03T04:05:06.000Z");
  assert.match(await lftp("cls -1 /copy"), /file 3 š\.txt/);
  assert.equal(await lftp("cat /pub/a.txt"), "alpha\nbeta\n");
  await lftp("chmod 600 /copy/deep/empty", "mv /copy/deep/empty /copy/moved", "rm -r /copy");
  assert.ok(!server.files.paths().some((path) => path.startsWith("/copy")));
}
