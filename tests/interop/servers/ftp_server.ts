/**
 * What all real FTP servers of the tests have in common.
 *
 * @module
 */

/** The addresses on which the servers of the tests listen: nobody else shall reach them. */
export type Loopback = "127.0.0.1" | "::1";

/** A running FTP server, and what a client needs to use it. */
export interface FtpServer extends AsyncDisposable {
  /** Where it listens. */
  readonly hostname: Loopback;
  /** The port of the control connection. */
  readonly port: number;
  /** Whom to log in as. */
  readonly user: "tulip";
  /** With which password. */
  readonly password: "secret";
  /** The absolute path of what a client sees as `/`. It holds an empty folder `pub`. */
  readonly root: string;
  /** The ports of data connections, first to last. */
  readonly passivePorts: { readonly first: number; readonly last: number };
  /** The authority that has signed the server's certificate, PEM. */
  readonly ca: string;
  /** The same as a file. */
  readonly caFile: string;
  /** What the server has written to its log so far. */
  log(): Promise<string>;
}

/** How many ports a server gets for data connections. */
export const PASSIVE_PORTS = 60;
