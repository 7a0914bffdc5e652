/**
 * Installs on Debian, as root, the real servers and clients that the interop tests use.
 *
 * What can be installed side by side is installed. vsftpd, ProFTPD and Pure-FTPd exclude each
 * other as packages, so they are unpacked into `.cache/servers` and never installed. Runs again
 * in no time once everything is there.
 *
 * @module
 */
// deno-lint-ignore-file no-console

import { fileURLToPath } from "node:url";

/** Packages that live together. */
const INSTALLED = [
  "chromium",
  "curl",
  "dante-server",
  "db-util",
  "dnsmasq-base",
  "dovecot-core",
  "dovecot-lmtpd",
  "lftp",
  "libpam-wrapper",
  "libnet-ssleay-perl",
  "libpam0g",
  "libpython3.11-testsuite",
  "libwrap0",
  "microsocks",
  "openssl",
  "postfix",
  "python3",
  "python3-aiosmtpd",
  "python3-openssl",
  "python3-pyftpdlib",
  "python3-uvloop",
  "socat",
  "swaks",
  "tinyproxy",
];

/** Packages that exclude each other, and a file that shows each is unpacked. */
const UNPACKED: Readonly<Record<string, string>> = {
  "vsftpd": "usr/sbin/vsftpd",
  "proftpd-core": "usr/sbin/proftpd",
  "proftpd-mod-crypto": "usr/lib/proftpd/mod_tls.so",
  "pure-ftpd": "usr/sbin/pure-ftpd",
  "pure-ftpd-common": "usr/sbin/pure-ftpd-wrapper",
};

/** Whoever else is at work with the packages is waited for. */
const LOCK = ["-o", "DPkg::Lock::Timeout=300"];

const CACHE = fileURLToPath(new URL("../.cache/servers/", import.meta.url));
const started = performance.now();

if (Deno.build.os !== "linux" || !await exists("/usr/bin/apt-get")) {
  fail("This task installs Debian packages, and there is no apt-get here.");
}
if (Deno.uid() !== 0) fail("This task installs packages: run it as root.");

const missing = await notInstalled(INSTALLED);
const packed = await notUnpacked();
if (missing.length + packed.length > 0 || (await unresolved()).length > 0) {
  step("Reading the list of packages");
  await run(["apt-get", "update", "-qq"]);
  if (missing.length > 0) await install(missing);
  if (packed.length > 0) await unpack(packed);
  const libraries = await notInstalled(await librariesOfUnpacked());
  if (libraries.length > 0) await install(libraries);
}
const broken = await unresolved();
if (broken.length > 0) fail(`Shared libraries are missing: ${broken.join(", ")}`);
step(`All there (${((performance.now() - started) / 1000).toFixed(1)} s)`);

async function install(packages: readonly string[]): Promise<void> {
  step(`Installing ${packages.join(" ")}`);
  await using _ = await startingNothing();
  await run(["apt-get", ...LOCK, "install", "-y", "-qq", "--no-install-recommends", ...packages]);
}

/** While packages are installed, none starts its daemon: the tests start their own. */
async function startingNothing(): Promise<AsyncDisposable> {
  const policy = "/usr/sbin/policy-rc.d";
  if (await exists(policy)) return { [Symbol.asyncDispose]: () => Promise.resolve() };
  await Deno.writeTextFile(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  return { [Symbol.asyncDispose]: () => Deno.remove(policy) };
}

async function unpack(packages: readonly string[]): Promise<void> {
  await Deno.mkdir(CACHE, { recursive: true });
  const folder = await Deno.makeTempDir({ prefix: "tulip-servers-" });
  try {
    // apt downloads as a user of its own, who must be able to write here.
    await Deno.chmod(folder, 0o777);
    step(`Unpacking ${packages.join(" ")}`);
    await run(["apt-get", ...LOCK, "download", "-qq", ...packages], folder);
    for await (const { name } of Deno.readDir(folder)) {
      const target = `${CACHE}${name.split("_")[0]}`;
      await run(["dpkg", "-x", `${folder}/${name}`, target]);
    }
    await gatherModules();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** ProFTPD looks for its modules in one folder, and two packages bring them. */
async function gatherModules(): Promise<void> {
  const modules = `${CACHE}proftpd-modules`;
  await Deno.mkdir(modules, { recursive: true });
  for (const name of ["proftpd-core", "proftpd-mod-crypto"]) {
    const folder = `${CACHE}${name}/usr/lib/proftpd`;
    if (!await exists(folder)) continue;
    for await (const { name, isFile } of Deno.readDir(folder)) {
      if (isFile) await Deno.copyFile(`${folder}/${name}`, `${modules}/${name}`);
    }
  }
}

/** The packages of shared libraries that the unpacked servers depend on. */
async function librariesOfUnpacked(): Promise<string[]> {
  const depends = await output([
    "apt-cache",
    "depends",
    "--no-recommends",
    "--no-suggests",
    ...Object.keys(UNPACKED),
  ]);
  const names = depends.matchAll(/^ {2}(?:Pre)?Depends: (lib\S+)$/gm).map(([, name]) => name!);
  return [...new Set(names)].sort();
}

async function notUnpacked(): Promise<string[]> {
  const missing: string[] = [];
  for (const [name, file] of Object.entries(UNPACKED)) {
    if (!await exists(`${CACHE}${name}/${file}`)) missing.push(name);
  }
  return missing;
}

async function notInstalled(packages: readonly string[]): Promise<string[]> {
  const listed = await output(["dpkg-query", "-W", "-f", "${Package} ${db:Status-Abbrev}\n"]);
  const there = new Set(
    listed.split("\n").map((line) => line.split(" ")).filter(([, status]) => status === "ii")
      .map(([name]) => name),
  );
  return packages.filter((name) => !there.has(name));
}

/** Shared libraries that the loader does not find. */
async function unresolved(): Promise<string[]> {
  const broken: string[] = [];
  for (const [name, file] of Object.entries(UNPACKED)) {
    if (name.endsWith("-common")) continue;
    const found = await output(["ldd", `${CACHE}${name}/${file}`]);
    for (const [, library] of found.matchAll(/^\s*(\S+) => not found$/gm)) {
      broken.push(`${library} for ${name}`);
    }
  }
  return broken;
}

async function run(command: readonly string[], cwd?: string): Promise<void> {
  const { code, stdout, stderr } = await new Deno.Command(command[0]!, {
    args: command.slice(1),
    cwd,
    // A maintainer script must not ask, nor must the answer come from our own input.
    env: { DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C.UTF-8" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  if (code === 0) return;
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  fail(`\`${command.join(" ")}\` ended with ${code}:\n${said.trim()}`);
}

async function output(command: readonly string[]): Promise<string> {
  const { stdout } = await new Deno.Command(command[0]!, {
    args: command.slice(1),
    env: { LC_ALL: "C.UTF-8" },
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).output();
  return new TextDecoder().decode(stdout);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

function step(text: string): void {
  console.log(`servers: ${text}`);
}

function fail(text: string): never {
  console.error(`servers: ${text}`);
  Deno.exit(1);
}
