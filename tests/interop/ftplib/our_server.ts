/**
 * Our FTP server in each of its modes, for the clients of others.
 *
 * @module
 */

import { isAtLeast } from "../../../net/runtime.ts";
import type { FTPServerEvent } from "../../../stdlib/ftplib/server/events.ts";
import type { FTPServerOptions } from "../../../stdlib/ftplib/server/options.ts";
import { FTPServer } from "../../../stdlib/ftplib/server.ts";
import { certificates } from "../../peers/certs.ts";
import { temporaryFolder } from "../servers/folder.ts";

/** How the server speaks. */
export type Mode = "plain" | "explicit" | "implicit";

/** All of them; without TLS where this Deno is too old for it on a server's side. */
export const MODES: readonly Mode[] = isAtLeast("2.9.1")
  ? ["plain", "explicit", "implicit"]
  : ["plain"];

/** A server that runs, and a folder for its client. */
export interface OurServer extends AsyncDisposable {
  readonly server: FTPServer;
  /** A URL with name and password, without a slash at its end. */
  readonly url: string;
  /** The authority that has signed its certificate, as a file. */
  readonly caFile: string;
  /** An empty folder. */
  readonly folder: string;
  /** What has happened on it. */
  readonly events: FTPServerEvent[];
  /** What has failed that is no refusal. */
  readonly errors: unknown[];
}

/** What lies on it. */
export const FILES: NonNullable<FTPServerOptions["files"]> = {
  "pub/a.txt": "alpha\nbeta\n",
  "pub/ž š.bin": Uint8Array.of(0, 1, 255),
  "pub/sub/c": "c",
  "pub/empty": "",
  "pub/big.bin": Uint8Array.from({ length: 1_000_003 }, (_, at) => at * 31 % 251),
};

/** Starts it. */
export async function startOurServer(
  mode: Mode,
  options: FTPServerOptions = {},
): Promise<OurServer> {
  const folder = await temporaryFolder("our-ftpd");
  const { good, ca } = await certificates();
  const caFile = `${folder.path}/ca.pem`;
  await Deno.writeTextFile(caFile, ca);
  await Deno.mkdir(`${folder.path}/work`);
  const events: FTPServerEvent[] = [];
  const errors: unknown[] = [];
  const server = await FTPServer.start({
    files: FILES,
    users: { tulip: { password: "secret" } },
    ...(mode !== "plain" && { tls: { cert: good.cert, key: good.key } }),
    implicit: mode === "implicit",
    dataTimeout: 20_000,
    onEvent: (event) => events.push(event),
    onError: (error) => errors.push(error),
    ...options,
  });
  const scheme = mode === "implicit" ? "ftps" : "ftp";
  return {
    server,
    url: `${scheme}://tulip:secret@localhost:${server.port}`,
    caFile,
    folder: `${folder.path}/work`,
    events,
    errors,
    async [Symbol.asyncDispose]() {
      await server.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}
