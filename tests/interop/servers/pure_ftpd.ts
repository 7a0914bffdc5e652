/**
 * Pure-FTPd, Debian's package unpacked beside the others.
 *
 * @module
 */

import { Daemon } from "./daemon.ts";
import { temporaryFolder, writeCertificates } from "./folder.ts";
import { type FtpServer, type Loopback, PASSIVE_PORTS } from "./ftp_server.ts";
import { pathOf, UNPACKED } from "./installed.ts";
import { freePorts } from "./ports.ts";
import { mustRun } from "./run.ts";

/** Options of {@linkcode startPureFtpd}. */
export interface PureFtpdOptions {
  /**
   * Where it listens.
   *
   * @default {"127.0.0.1"}
   */
  hostname?: Loopback;
  /** Arguments added to its command line. */
  args?: readonly string[];
}

/**
 * Starts Pure-FTPd with one user; plain, or explicit TLS. It has no TLS from the first byte.
 *
 * @param options Its settings.
 * @returns The server, which answers by then.
 */
export async function startPureFtpd(options: PureFtpdOptions = {}): Promise<FtpServer> {
  const { args = [], hostname = "127.0.0.1" } = options;
  await using stack = new AsyncDisposableStack();
  const { path } = stack.use(await temporaryFolder("pure-ftpd"));
  const { ca, caFile, both } = await writeCertificates(path);
  const root = `${path}/root`;
  await Deno.mkdir(`${root}/pub`, { recursive: true });
  await mustRun(["chown", "-R", "nobody:nogroup", root]);

  // `pure-pw useradd` writes a hash that takes four seconds to check at each login.
  const uid = (await mustRun(["id", "-u", "nobody"])).trim();
  const gid = (await mustRun(["id", "-g", "nobody"])).trim();
  const hash = (await mustRun(["openssl", "passwd", "-6", "secret"])).trim();
  await Deno.writeTextFile(
    `${path}/users`,
    `tulip:${hash}:${uid}:${gid}::${root}/./::::::::::::\n`,
    { mode: 0o600 },
  );
  const database = `${path}/users.pdb`;
  await mustRun([`${UNPACKED}/pure-ftpd/usr/bin/pure-pw`, "mkdb", database, "-f", `${path}/users`]);

  const port = freePorts(PASSIVE_PORTS + 1);
  const passivePorts = { first: port + 1, last: port + PASSIVE_PORTS };
  const log = `${path}/transfers.log`;
  stack.use(
    await Daemon.start({
      name: "Pure-FTPd",
      command: [
        pathOf("pure-ftpd"),
        "--bind",
        `${hostname},${port}`,
        "--login",
        `puredb:${database}`,
        "--noanonymous",
        "--chrooteveryone",
        "--minuid",
        "1",
        "--passiveportrange",
        `${passivePorts.first}:${passivePorts.last}`,
        "--tls",
        "1",
        "--certfile",
        both,
        "--maxclientsnumber",
        "100",
        "--maxclientsperip",
        "100",
        "--dontresolve",
        hostname === "::1" ? "--ipv6only" : "--ipv4only",
        "--altlog",
        `clf:${log}`,
        "--pidfile",
        `${path}/pid`,
        ...args,
      ],
      log: `${path}/output.log`,
      ports: [port],
      hostname,
    }),
  );

  const running = stack.move();
  return {
    hostname,
    port,
    user: "tulip",
    password: "secret",
    root,
    passivePorts,
    ca,
    caFile,
    log: () => Deno.readTextFile(log),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
