/**
 * Where the matrix of ftplib is run: real servers, without TLS and with each kind of it.
 *
 * @module
 */

import type { FtpServer, Loopback } from "../servers/ftp_server.ts";
import type { Program } from "../servers/installed.ts";
import { startProftpd } from "../servers/proftpd.ts";
import { startPureFtpd } from "../servers/pure_ftpd.ts";
import { startPyftpdlib } from "../servers/pyftpdlib.ts";
import { startVsftpd } from "../servers/vsftpd.ts";

/** The real servers, as their authors write them. */
export type ServerName = "vsftpd" | "ProFTPD" | "Pure-FTPd" | "pyftpdlib";

/** Without TLS, with `AUTH TLS`, or with TLS from the first byte. */
export type Security = "plain" | "explicit" | "implicit";

/** One way in which one server runs: a column of the matrix. */
export interface Place {
  /** The server. */
  readonly server: ServerName;
  /** What has to be installed. */
  readonly program: Program;
  /** How the session is secured. */
  readonly security: Security;
  /** Whether data connections must resume the TLS session of the control connection. */
  readonly reuse: boolean;
  /** Where it listens. */
  readonly hostname: Loopback;
  /** Starts it; the port is that of this place. */
  readonly start: () => Promise<FtpServer>;
}

/** Every place. */
export const PLACES: readonly Place[] = [
  ...vsftpd("plain", "plain", false),
  ...vsftpd("tls", "explicit", false),
  ...vsftpd("tls-reuse", "explicit", true),
  ...vsftpd("implicit", "implicit", false),
  ...vsftpd("implicit-reuse", "implicit", true),
  ...proftpd("plain", false, ({ port }) => port),
  ...proftpd("explicit", false, ({ portWithoutReuse }) => portWithoutReuse),
  ...proftpd("explicit", true, ({ port }) => port),
  ...proftpd("implicit", true, ({ implicitPort }) => implicitPort),
  ...pureFtpd("plain"),
  ...pureFtpd("explicit"),
  ...pyftpdlib("plain", "plain"),
  ...pyftpdlib("tls", "explicit"),
  ...pyftpdlib("implicit", "implicit"),
];

/**
 * What a place is called, in tests and in the table.
 *
 * @param place The place.
 * @returns Its name, such as `vsftpd, explicit TLS, reuse required`.
 */
export function nameOf({ server, security, reuse, hostname }: Place): string {
  const parts = [server, security === "plain" ? "plain" : `${security} TLS`];
  if (reuse) parts.push("reuse required");
  if (hostname === "::1") parts.push("IPv6");
  return parts.join(", ");
}

/** Plain, and in the strictest mode, IPv6 is tried as well: where it listens changes no more. */
function onBoth(
  both: boolean,
  place: Omit<Place, "hostname" | "start">,
  start: (hostname: Loopback) => Promise<FtpServer>,
): Place[] {
  const hostnames: Loopback[] = both ? ["127.0.0.1", "::1"] : ["127.0.0.1"];
  return hostnames.map((hostname) => ({ ...place, hostname, start: () => start(hostname) }));
}

function vsftpd(
  mode: NonNullable<NonNullable<Parameters<typeof startVsftpd>[0]>["mode"]>,
  security: Security,
  reuse: boolean,
): Place[] {
  const place = { server: "vsftpd", program: "vsftpd", security, reuse } as const;
  return onBoth(
    mode === "plain" || mode === "tls-reuse",
    place,
    (hostname) => startVsftpd({ mode, hostname, config: { mdtm_write: "YES" } }),
  );
}

function proftpd(
  security: Security,
  reuse: boolean,
  portOf: (server: Awaited<ReturnType<typeof startProftpd>>) => number,
): Place[] {
  const place = { server: "ProFTPD", program: "proftpd", security, reuse } as const;
  return onBoth(
    security === "plain" || security === "explicit" && reuse,
    place,
    async (hostname) => {
      const server = await startProftpd({ hostname, modules: ["mod_digest"] });
      return {
        ...server,
        port: portOf(server),
        [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
      };
    },
  );
}

function pureFtpd(security: Security): Place[] {
  const place = { server: "Pure-FTPd", program: "pure-ftpd", security, reuse: false } as const;
  return onBoth(security === "plain", place, (hostname) => startPureFtpd({ hostname }));
}

function pyftpdlib(
  mode: NonNullable<NonNullable<Parameters<typeof startPyftpdlib>[0]>["mode"]>,
  security: Security,
): Place[] {
  const place = { server: "pyftpdlib", program: "pyftpdlib", security, reuse: false } as const;
  return onBoth(mode === "plain", place, (hostname) => startPyftpdlib({ mode, hostname }));
}
