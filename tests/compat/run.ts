/**
 * Runs the client side's tests on the oldest Deno that is promised (2.5.0, what Deno Deploy runs).
 * Its peers run in a process of the Deno that runs this program: an old Deno cannot serve all that
 * a client needs.
 *
 * The old binary is `TULIP_DENO_2_5` where that is set, else it is installed from npm into
 * the user's cache. It does not check types, because those of the newest Deno are other ones.
 *
 * ```sh
 * deno run -A tests/compat/run.ts [files to test]
 * ```
 *
 * @module
 */

// deno-lint-ignore-file no-console

import { startPeers } from "./peers.ts";

const VERSION = "2.5.0";
const ROOT = new URL("../../", import.meta.url);

/** What runs on the old Deno. */
const TESTED = [
  "tests/compat/",
  "tests/conformance/",
  "tests/docs/sockets_test.ts",
  "tests/loop/",
  "tests/net/",
  "tests/protocols/",
  "tests/stdlib/_client/",
  "tests/stdlib/ftplib/",
  "tests/stdlib/smtplib/",
];

/** What cannot run there, each with its reason. */
const EXCEPT: Record<string, string> = {
  "tests/stdlib/ftplib/server/hostile_test.ts":
    "its clients come from addresses of their choice, which node:net does not do there",
};

if (import.meta.main) Deno.exit(await main());

async function main(): Promise<number> {
  const binary = Deno.env.get("TULIP_DENO_2_5") ?? await install();
  const version = await output(binary, ["--version"]);
  console.log(version.split("\n")[0]);
  if (!version.startsWith(`deno ${VERSION}`)) {
    console.error(`This is to be tested on Deno ${VERSION}, not on ${binary}`);
    return 1;
  }
  for (const [path, reason] of Object.entries(EXCEPT)) console.log(`not run: ${path} (${reason})`);

  const paths = Deno.args.length > 0 ? Deno.args : await existing(TESTED);
  const started = performance.now();
  await using peers = await startPeers();
  const child = new Deno.Command(binary, {
    args: [
      ...["test", "--no-check", "--no-lock", "-A", "--parallel"],
      `--ignore=${Object.keys(EXCEPT).join(",")}`,
      "--preload=tests/compat/without_sanitizers.ts",
      ...paths,
    ],
    cwd: ROOT,
    env: {
      TULIP_PEERS: JSON.stringify(peers.addresses),
      NO_COLOR: "1",
      DENO_JOBS: "2",
      // Unlike the newest, the old one looks only at its own list of authorities unless told.
      DENO_TLS_CA_STORE: "mozilla,system",
    },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const last = await echo(child.stdout);
  const { code } = await child.status;
  const seconds = Math.round((performance.now() - started) / 1000);
  const counts = /^(?:ok|FAILED) \| (.*?)(?: \(.*\))?$/.exec(last)?.[1];
  console.log(
    counts === undefined
      ? `FAILED | 0 passed | 1 failed (Deno ${VERSION} ended with ${code})`
      : `${code === 0 ? "ok" : "FAILED"} | ${counts} (${seconds}s)`,
  );
  return code;
}

/** Shows what the child prints, and returns the line that sums it up. */
async function echo(stdout: ReadableStream<Uint8Array>): Promise<string> {
  let last = "";
  let rest = "";
  for await (const text of stdout.pipeThrough(new TextDecoderStream())) {
    await Deno.stdout.write(new TextEncoder().encode(text));
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    last = lines.findLast((line) => /^(ok|FAILED) \| \d+ passed/.test(line)) ?? last;
  }
  return last;
}

/** Puts the old Deno into the cache, once, and says where it is. */
async function install(): Promise<string> {
  const base = Deno.env.get("XDG_CACHE_HOME") ??
    (Deno.env.has("HOME") ? `${Deno.env.get("HOME")}/.cache` : await Deno.makeTempDir());
  const folder = `${base}/tulip/deno-${VERSION}`;
  const found = await binaryIn(folder);
  if (found !== undefined) return found;
  await Deno.mkdir(folder, { recursive: true });
  console.log(`Installing Deno ${VERSION} from npm into ${folder}`);
  const flags = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
  await output("npm", ["install", ...flags, "--prefix", folder, `deno@${VERSION}`]);
  const installed = await binaryIn(folder);
  if (installed === undefined) throw new Error(`npm installed no Deno for this system: ${folder}`);
  return installed;
}

/** The package's own `deno` is a script of Node.js; the real one lies beside it, by platform. */
async function binaryIn(folder: string): Promise<string | undefined> {
  const scope = `${folder}/node_modules/@deno`;
  if (!await exists(scope)) return undefined;
  for await (const { name } of Deno.readDir(scope)) {
    for (const file of ["deno", "deno.exe"]) {
      if (await exists(`${scope}/${name}/${file}`)) return `${scope}/${name}/${file}`;
    }
  }
  return undefined;
}

async function existing(paths: string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    if (await exists(new URL(path, ROOT))) found.push(path);
    else console.log(`not there: ${path}`);
  }
  return found;
}

async function exists(path: string | URL): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function output(command: string, args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args, stdin: "null" })
    .output();
  if (!success) {
    throw new Error(`${command} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  }
  return new TextDecoder().decode(stdout);
}
