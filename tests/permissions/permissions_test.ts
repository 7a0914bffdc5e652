import assert from "node:assert/strict";
import { FTPServer } from "../../stdlib/ftplib/mod.ts";
import { SMTPServer } from "../../stdlib/smtpd/mod.ts";

interface Run {
  success: boolean;
  out: string;
  error: string;
  /** Every permission that was asked for, as `name value`, each once. */
  used: string[];
}

/** Runs a program with these addresses and no other permission, and notes what it asks for. */
async function runWith(program: string, addresses: string[], args: string[]): Promise<Run> {
  const folder = await Deno.makeTempDir({ prefix: "tulip-audit-" });
  try {
    const audit = `${folder}/audit.jsonl`;
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--no-prompt", "--no-lock", "--quiet", `--allow-net=${addresses.join(",")}`],
        new URL(program, import.meta.url).href,
        ...args,
      ],
      env: { DENO_AUDIT_PERMISSIONS: audit, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
      stdin: "null",
      signal: AbortSignal.timeout(30_000),
    }).output();
    const log = await Deno.readTextFile(audit);
    const used = log.trim().split("\n").map((line) => {
      const { permission, value } = JSON.parse(line);
      return `${permission} ${value}`;
    });
    return {
      success,
      out: new TextDecoder().decode(stdout),
      error: new TextDecoder().decode(stderr),
      used: [...new Set(used)].sort(),
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Ports in a row that nobody listens on, where all are to be known beforehand. */
function freePorts(count: number): [number, number] {
  for (let attempt = 0; attempt < 50; attempt++) {
    const listeners: Deno.Listener[] = [];
    try {
      const first = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      listeners.push(first);
      const { port } = first.addr as Deno.NetAddr;
      for (let next = 1; next < count; next++) {
        listeners.push(Deno.listen({ hostname: "127.0.0.1", port: port + next }));
      }
      return [port, port + count - 1];
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse || error instanceof RangeError)) throw error;
    } finally {
      for (const listener of listeners) listener.close();
    }
  }
  throw new Error(`Found no ${count} free ports in a row`);
}

Deno.test("an smtplib program needs --allow-net=host:port and nothing else", async () => {
  await using server = await SMTPServer.start();
  const address = `127.0.0.1:${server.port}`;
  const { out, error, used } = await runWith("smtp_script.ts", [address], [`${server.port}`]);
  assert.equal(error, "");
  assert.equal(out, "sent");
  assert.deepEqual(used, [`net ${address}`]);
});

Deno.test("an ftplib program needs the server's ports and nothing else", async () => {
  const passivePorts = freePorts(4);
  await using server = await FTPServer.start({
    files: { "a.txt": "from the parent" },
    passivePorts,
  });
  const control = `127.0.0.1:${server.port}`;
  const passive: string[] = [];
  for (let port = passivePorts[0]; port <= passivePorts[1]; port++) {
    passive.push(`127.0.0.1:${port}`);
  }

  const { out, error, used } = await runWith("ftp_script.ts", [control, ...passive], [
    `${server.port}`,
  ]);
  assert.equal(error, "");
  assert.equal(out, "from the parent a.txt");
  const expected = new Set([control, ...passive].map((address) => `net ${address}`));
  assert.ok(used.includes(`net ${control}`) && used.length >= 2, used.join());
  assert.deepEqual(used.filter((permission) => !expected.has(permission)), []);
});

Deno.test("without the permission, the error says what is missing", async () => {
  await using server = await SMTPServer.start();
  const { success, error } = await runWith("smtp_script.ts", ["127.0.0.1:1"], [`${server.port}`]);
  assert.equal(success, false);
  assert.match(error, new RegExp(`--allow-net=127\\.0\\.0\\.1:${server.port}|--allow-net`));
});
