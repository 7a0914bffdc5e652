/**
 * Who takes part in the bench, and how each is asked to do a piece of work.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { available, type Entrant } from "../side_by_side.ts";
import type { Vsftpd } from "../../tests/interop/servers/vsftpd.ts";
import type { Servers } from "./servers.ts";
import type { Work } from "./work.ts";

/** What a row of the bench asks for, wherever the servers are. */
export type Job = Pick<Work, "mode" | "path" | "local" | "connections"> & { tls: boolean };

/** The programs that are there. */
export class Entrants {
  readonly #servers: Servers;
  readonly #programs: ReadonlySet<string>;
  readonly #folder: string;

  private constructor(servers: Servers, programs: ReadonlySet<string>, folder: string) {
    this.#servers = servers;
    this.#programs = programs;
    this.#folder = folder;
  }

  /**
   * Looks who is there, and installs basic-ftp in a folder that Deno and Node both know.
   *
   * @param servers Where they connect to.
   */
  static async gather(servers: Servers): Promise<Entrants> {
    const programs = new Set<string>();
    for (const name of ["curl", "lftp", "node", "python3"]) {
      if (await available(name)) programs.add(name);
    }
    const folder = `${servers.scratch}/npm`;
    await Deno.mkdir(folder);
    await Deno.writeTextFile(
      `${folder}/package.json`,
      JSON.stringify({ type: "module", dependencies: { "basic-ftp": "6.2.3" } }),
    );
    await Deno.copyFile(file("basic_ftp.mjs"), `${folder}/basic_ftp.mjs`);
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["install", "--node-modules-dir=auto"],
      cwd: folder,
      stdout: "null",
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    return new Entrants(servers, programs, folder);
  }

  /** Everybody who can do a job; ours first. */
  for(job: Job): Entrant[] {
    const work = (server: Server): string => {
      const { mode, path, local, connections } = job;
      const host = hostOf(server, job.tls);
      const { port } = server;
      const caFile = job.tls ? server.caFile : undefined;
      return JSON.stringify({ mode, host, port, caFile, path, local, connections } satisfies Work);
    };
    const { plain, strict, lax } = this.#servers;
    const usual = work(job.tls ? strict : plain);
    const deno = [Deno.execPath(), "run", "-A"];
    const basic = `${this.#folder}/basic_ftp.mjs`;
    const all: [needs: string | undefined, name: string, command: string[] | undefined][] = [
      [undefined, "tulip", [...deno, file("tulip.ts"), usual]],
      [undefined, "Deno alone", job.tls ? undefined : [...deno, file("deno_raw.ts"), usual]],
      ["curl", "curl", this.#curl(job)],
      ["lftp", "lftp", this.#lftp(job)],
      ["python3", "Python ftplib", [
        "python3",
        file("python_ftplib.py"),
        job.tls ? work(lax) : usual,
      ]],
      [undefined, "basic-ftp on Deno", [...deno, "--node-modules-dir=manual", basic, usual]],
      ["node", "basic-ftp on Node", ["node", basic, usual]],
    ];
    return all.flatMap(([needs, name, command]) =>
      command === undefined || needs !== undefined && !this.#programs.has(needs)
        ? []
        : [{ name, command, mayFail: name !== "tulip" }]
    );
  }

  #curl({ mode, path, local, connections, tls }: Job): string[] {
    const { plain, strict } = this.#servers;
    const server = tls ? strict : plain;
    const url = `ftp://tulip:secret@${hostOf(server, tls)}:${server.port}`;
    const curl = ["curl", "-sS"];
    // The version that all others here speak.
    if (tls) curl.push("--ssl-reqd", "--cacert", server.caFile, "--tls-max", "1.2");
    if (connections > 1) curl.push("--parallel", "--parallel-max", String(connections));
    if (mode === "upload") curl.push("-T", local, url + path);
    else if (mode === "many") curl.push("-K", this.#curlConfig(url + path, local, tls));
    else curl.push(url + path, "-o", mode === "null" ? "/dev/null" : local);
    return measured(curl);
  }

  #curlConfig(url: string, local: string, tls: boolean): string {
    const config = `${this.#folder}/curl-${tls ? "tls" : "plain"}.conf`;
    const names = [...Deno.readDirSync(`${this.#servers.scratch}/many`)].map(({ name }) => name);
    Deno.writeTextFileSync(
      config,
      names.map((name) => `url = "${url}/${name}"\noutput = "${local}/${name}"`).join("\n"),
    );
    return config;
  }

  #lftp({ mode, path, local, connections, tls }: Job): string[] {
    const { plain, strict } = this.#servers;
    const server = tls ? strict : plain;
    const get = mode === "null"
      ? `get -O /dev ${path} -o null`
      : mode === "file"
      ? `get ${path} -o ${local}`
      : mode === "upload"
      ? `put ${local} -o ${path}`
      : `mirror --parallel=${connections} ${path} ${local}`;
    const settings = [
      "net:max-retries 1",
      "xfer:clobber on",
      "mirror:set-permissions off",
      `ftp:ssl-force ${tls}`,
      `ftp:ssl-protect-data ${tls}`,
      `ftp:ssl-allow ${tls}`,
      `ssl:ca-file ${server.caFile}`,
    ];
    const script = [
      ...settings.map((setting) => `set ${setting}`),
      `open -u tulip,secret -p ${server.port} ${hostOf(server, tls)}`,
      get,
      "bye",
    ];
    return measured(["lftp", "-c", script.join("; ")]);
  }
}

type Server = Pick<Vsftpd, "hostname" | "port" | "caFile">;

/** A certificate is mostly for a name. */
function hostOf({ hostname }: Server, tls: boolean): string {
  return tls ? "localhost" : hostname;
}

function file(name: string): string {
  return fileURLToPath(new URL(`./${name}`, import.meta.url));
}

function measured(command: string[]): string[] {
  return ["python3", file("program.py"), ...command];
}
