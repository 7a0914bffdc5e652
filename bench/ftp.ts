/**
 * Downloads from vsftpd, side by side: 1 GiB to nowhere, 1 GiB to a file, 2,000 files of 1 KiB.
 *
 * `deno task bench:ftp`, on a machine with vsftpd, curl, lftp and Python.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { available, type Entrant, sideBySide } from "./side_by_side.ts";
import { startVsftpd } from "../tests/interop/servers/vsftpd.ts";

const GIB = 2 ** 30;
const FILES = 2_000;
const passes = Number(Deno.env.get("PASSES") ?? 3);

// Its log of every line is for the tests, and costs more than a small file.
await using server = await startVsftpd({
  config: { log_ftp_protocol: "NO", xferlog_enable: "NO" },
});
const scratch = await Deno.makeTempDir({ dir: await memoryFolder(), prefix: "bench-" });
try {
  await fill(server.root);
  await race();
} finally {
  await Deno.remove(scratch, { recursive: true });
}

async function race(): Promise<void> {
  const { hostname, port } = server;
  const { program, lftp } = { program: Deno.execPath(), lftp: await available("lftp") };
  const url = `ftp://tulip:secret@${hostname}:${port}`;
  const script = (name: string, mode: string, path: string, target: string): string[] => {
    const file = fileURLToPath(import.meta.resolve(`./ftp/${name}`));
    const args = [file, mode, hostname, String(port), path, target];
    return name.endsWith(".py") ? ["python3", ...args] : [program, "run", "-A", ...args];
  };
  const everyone = (mode: string, path: string, target: string): Entrant[] => [
    { name: "tulip", command: script("tulip.ts", mode, path, target) },
    { name: "basic-ftp", command: script("basic_ftp.ts", mode, path, target) },
    { name: "Python ftplib", command: script("python_ftplib.py", mode, path, target) },
  ];

  const rate = (ms: number): string => `${(1024 / (ms / 1000)).toFixed(0)} MiB/s`;
  await sideBySide("1 GiB from vsftpd to nowhere", [
    ...everyone("null", "/big.bin", "-"),
    { name: "tulip, for await", command: script("tulip.ts", "iterate", "/big.bin", "-") },
    { name: "curl", command: ["curl", "-s", `${url}/big.bin`, "-o", "/dev/null"] },
    ...(lftp ? [lftpEntrant(`get -O /dev /big.bin -o null`)] : []),
  ], { passes, unit: rate });

  const target = `${scratch}/big.bin`;
  await sideBySide("1 GiB from vsftpd to a file", [
    ...everyone("file", "/big.bin", target),
    { name: "curl", command: ["curl", "-s", `${url}/big.bin`, "-o", target] },
    ...(lftp ? [lftpEntrant(`get /big.bin -o ${target}`)] : []),
  ], { passes, unit: rate, before: () => empty(scratch) });

  const list = `${await Deno.makeTempDir()}/curl.conf`;
  await Deno.writeTextFile(
    list,
    names().map((name) => `url = "${url}/many/${name}"\noutput = "${scratch}/${name}"`).join("\n"),
  );
  await sideBySide(`${FILES} files of 1 KiB from vsftpd`, [
    ...everyone("many", "/many", scratch),
    { name: "curl", command: ["curl", "-s", "-K", list] },
    ...(lftp ? [lftpEntrant(`mirror /many ${scratch}`)] : []),
  ], {
    passes,
    unit: (ms) => `${(ms / FILES).toFixed(3)} ms/file`,
    before: () => empty(scratch),
  });

  function lftpEntrant(command: string): Entrant {
    const open =
      `set net:max-retries 1; set xfer:clobber on; open -u tulip,secret -p ${port} ${hostname}`;
    return { name: "lftp", command: ["lftp", "-c", `${open}; ${command}; bye`] };
  }
}

/** Reading from a disk would measure the disk. */
async function memoryFolder(): Promise<string | undefined> {
  try {
    return (await Deno.stat("/dev/shm")).isDirectory ? "/dev/shm" : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function fill(root: string): Promise<void> {
  using big = await Deno.open(`${root}/big.bin`, { write: true, create: true });
  const block = crypto.getRandomValues(new Uint8Array(65_536));
  for (let written = 0; written < GIB;) written += await big.write(block);
  await Deno.mkdir(`${root}/many`);
  for (const name of names()) {
    await Deno.writeFile(`${root}/many/${name}`, block.subarray(0, 1024));
  }
}

async function empty(folder: string): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    await Deno.remove(`${folder}/${name}`, { recursive: true });
  }
}

function names(): string[] {
  return Array.from({ length: FILES }, (_, n) => `${String(n).padStart(4, "0")}.dat`);
}
