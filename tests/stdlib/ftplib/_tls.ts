/**
 * An encrypted client and a server of ours, in memory.
 *
 * @module
 */

import { MemoryNetwork } from "../../../net/memory.ts";
import { FTP_TLS } from "../../../stdlib/ftplib/ftp_tls.ts";
import { FTPServer } from "../../../stdlib/ftplib/server.ts";
import type { FTPServerOptions } from "../../../stdlib/ftplib/server/options.ts";
import type { FTPTLSOptions } from "../../../stdlib/ftplib/session_options.ts";
import { certificates } from "../../peers/certs.ts";

const { good } = await certificates();

/** What the server of {@linkcode withTlsServer} shows. */
export const SERVER_TLS = { cert: good.cert, key: good.key };

/** A client that is not connected yet, its server, and what they say. */
export interface Encrypted {
  /** The client; it trusts the server. */
  readonly ftp: FTP_TLS;
  readonly server: FTPServer;
  /** What was said on the control connection: `C: USER me`, `S: 331 …`. */
  readonly lines: string[];
  /** Connects, and logs in. */
  login(): Promise<FTP_TLS>;
  /** What the client is told. */
  readonly options: FTPTLSOptions;
  /** Makes another client like this one. */
  another(options?: FTPTLSOptions): FTP_TLS;
}

/**
 * Runs a server, and makes a client of it.
 *
 * @param server What the server is told besides its certificate.
 * @param client What the client is told besides whom to trust.
 * @param body What is done.
 */
export async function withTlsServer(
  server: FTPServerOptions,
  client: FTPTLSOptions,
  body: (encrypted: Encrypted) => Promise<void>,
): Promise<void> {
  const network = new MemoryNetwork();
  await using running = await FTPServer.start({
    port: 21,
    listen: network.listen,
    dial: network.dial,
    files: { "/f": "hello", "/big": new Uint8Array(300_000) },
    users: { me: { password: "secret" } },
    loginDelay: 1,
    tls: SERVER_TLS,
    ...server,
  });
  const lines: string[] = [];
  const options: FTPTLSOptions = {
    dial: network.dial,
    listen: network.listen,
    activeAddress: "127.0.0.1",
    caCerts: good.caCerts,
    implicit: server.implicit,
    debug: ({ direction, text }) => lines.push(`${direction === "send" ? "C" : "S"}: ${text}`),
    ...client,
  };
  const another = (more: FTPTLSOptions = {}) => new FTP_TLS({ ...options, ...more });
  await using ftp = another();
  const login = async () => {
    await ftp.connect("localhost", 21);
    await ftp.login("me", "secret");
    return ftp;
  };
  await body({ ftp, server: running, lines, login, options, another });
}

/** The commands among what was said. */
export function commands(lines: readonly string[]): string[] {
  return lines.filter((line) => line.startsWith("C: ")).map((line) => line.slice(3));
}
