/**
 * pyftpdlib, Python's FTP server.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { Daemon } from "./daemon.ts";
import { temporaryFolder, writeCertificates } from "./folder.ts";
import { type FtpServer, type Loopback, PASSIVE_PORTS } from "./ftp_server.ts";
import { pathOf } from "./installed.ts";
import { freePorts } from "./ports.ts";

/** Options of {@linkcode startPyftpdlib}. */
export interface PyftpdlibOptions {
  /**
   * Without TLS, with explicit TLS (`AUTH TLS`), or with TLS from the first byte.
   *
   * @default {"plain"}
   */
  mode?: "plain" | "tls" | "implicit";
  /**
   * Where it listens.
   *
   * @default {"127.0.0.1"}
   */
  hostname?: Loopback;
}

/**
 * Starts pyftpdlib with one user; anonymous may read.
 *
 * @param options Its settings.
 * @returns The server, which answers by then.
 */
export async function startPyftpdlib(options: PyftpdlibOptions = {}): Promise<FtpServer> {
  const { mode = "plain", hostname = "127.0.0.1" } = options;
  await using stack = new AsyncDisposableStack();
  const { path } = stack.use(await temporaryFolder("pyftpdlib"));
  const { ca, caFile, both } = await writeCertificates(path);
  const root = `${path}/root`;
  await Deno.mkdir(`${root}/pub`, { recursive: true });

  const port = freePorts(PASSIVE_PORTS + 1);
  const passivePorts = { first: port + 1, last: port + PASSIVE_PORTS };
  const script = fileURLToPath(new URL("./pyftpdlib.py", import.meta.url));
  const args = [hostname, String(port), root, String(passivePorts.last), mode, both];
  const log = `${path}/output.log`;
  stack.use(
    await Daemon.start({
      name: "pyftpdlib",
      command: [pathOf("python3"), script, ...args],
      log,
      ports: [port],
      hostname,
      sign: mode === "implicit" ? "accepts" : "greets",
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
