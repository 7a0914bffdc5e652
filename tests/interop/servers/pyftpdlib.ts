/**
 * pyftpdlib, Python's FTP server.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { Daemon } from "./daemon.ts";
import { temporaryFolder, writeCertificates } from "./folder.ts";
import { type FtpServer, PASSIVE_PORTS } from "./ftp_server.ts";
import { pathOf } from "./installed.ts";
import { freePorts } from "./ports.ts";

/** Options of {@linkcode startPyftpdlib}. */
export interface PyftpdlibOptions {
  /**
   * Whether it offers explicit TLS.
   *
   * @default {false}
   */
  tls?: boolean;
}

/**
 * Starts pyftpdlib with one user; anonymous may read.
 *
 * @param options Its settings.
 * @returns The server, which answers by then.
 */
export async function startPyftpdlib({ tls = false }: PyftpdlibOptions = {}): Promise<FtpServer> {
  await using stack = new AsyncDisposableStack();
  const { path } = stack.use(await temporaryFolder("pyftpdlib"));
  const { ca, caFile, both } = await writeCertificates(path);
  const root = `${path}/root`;
  await Deno.mkdir(`${root}/pub`, { recursive: true });

  const port = freePorts(PASSIVE_PORTS + 1);
  const passivePorts = { first: port + 1, last: port + PASSIVE_PORTS };
  const script = fileURLToPath(new URL("./pyftpdlib.py", import.meta.url));
  const args = [String(port), root, String(passivePorts.last), ...(tls ? [both] : [])];
  const log = `${path}/output.log`;
  stack.use(
    await Daemon.start({
      name: "pyftpdlib",
      command: [pathOf("python3"), script, ...args],
      log,
      ports: [port],
    }),
  );

  const running = stack.move();
  return {
    hostname: "127.0.0.1",
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
