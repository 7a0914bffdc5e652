/**
 * Downloads and uploads, large files and small ones, plain and by TLS, side by side on vsftpd.
 *
 * `deno task bench:ftp`, on a machine with vsftpd, curl, lftp, Python and Node. `--size=MiB`,
 * `--files=COUNT` and `--passes=COUNT` make it shorter, `--only=TEXT` runs some of its rows.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { Entrants, type Job } from "./ftp/entrants.ts";
import { startServers } from "./ftp/servers.ts";
import { sideBySide } from "./side_by_side.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    size: { type: "string", default: "1024" },
    files: { type: "string", default: "2000" },
    passes: { type: "string", default: Deno.env.get("PASSES") ?? "3" },
    only: { type: "string", default: "" },
  },
});
const [size, files, passes] = [values.size, values.files, values.passes].map(Number) as [
  number,
  number,
  number,
];

await using servers = await startServers(size * 2 ** 20, files);
const entrants = await Entrants.gather(servers);
const fetched = `${servers.scratch}/fetched`;

const large = `${size} MiB`;
const small = `${files} files of 1 KiB`;
const rows: [title: string, job: Omit<Job, "tls">][] = [
  [`${large}, download to nowhere`, job("null", "/big.bin", "/dev/null")],
  [`${large}, download to a file`, job("file", "/big.bin", `${fetched}/big.bin`)],
  [`${large}, upload from a file`, job("upload", "/up.bin", `${servers.scratch}/big.bin`)],
  [`${small}, one connection`, job("many", "/many", fetched)],
  [`${small}, four connections`, job("many", "/many", fetched, 4)],
];

for (const tls of [false, true]) {
  for (const [title, row] of rows) {
    const whole = `${title}, ${tls ? "TLS" : "plain"}`;
    if (!whole.includes(values.only)) continue;
    await sideBySide(whole, entrants.for({ ...row, tls }), {
      passes,
      before: clean,
      unit: (ms) =>
        row.mode === "many"
          ? `${(ms / files).toFixed(3)} ms/file`
          : `${(size / (ms / 1000)).toFixed(0)} MiB/s`,
    });
  }
}

function job(mode: Job["mode"], path: string, local: string, connections = 1): Omit<Job, "tls"> {
  return { mode, path, local, connections };
}

async function clean(): Promise<void> {
  const { plain, strict, lax } = servers;
  const made = [fetched, ...[plain, strict, lax].map(({ root }) => `${root}/up.bin`)];
  for (const path of made) {
    await Deno.remove(path, { recursive: true }).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
  await Deno.mkdir(fetched);
}
