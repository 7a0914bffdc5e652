/**
 * Data connections by hand, as Python's `ftplib` offers them: for commands that
 * nothing else here knows, and for two servers among themselves.
 *
 * @module
 */

import type { WaitOptions } from "../../loop/wait.ts";
import type { Listener } from "../../net/listener.ts";
import type { Connection } from "../../net/streams/connection.ts";
import type { HostPort } from "../../protocols/ftp/addresses.ts";
import { eprtCommand, portCommand } from "../../protocols/ftp/commands.ts";
import type { Reply } from "../../protocols/text/reply.ts";
import { announcePort } from "./active.ts";
import { FTPFacts } from "./facts.ts";
import { askForPort } from "./passive.ts";
import { beginRawTransfer, type RawTransfer, type TransferCommandOptions } from "./raw_transfer.ts";
import type { Session } from "./session.ts";

/**
 * The part of `FTP` that hands data connections out, and asks for their ports. Beside what each
 * method names, all of them throw what {@linkcode FTPFacts} throws.
 */
export abstract class FTPConnections extends FTPFacts {
  /**
   * Begins a transfer, and hands its data connection out: for commands that the other methods do
   * not know. Nothing is converted; the representation is the one that was last set.
   *
   * @param cmd The command.
   * @param options Where to begin, how long to wait.
   * @returns The transfer, with its connection and its size.
   * @throws {ErrorPerm} If the server refuses, for good (5xx).
   *
   * @example
   * ```ts
   * import { FTP, FTPServer } from "https://tulip.example/stdlib/ftplib/mod.ts";
   *
   * await using server = await FTPServer.start({ files: { "/report.txt": "All is well.\n" } });
   * await using ftp = await FTP.connect(server.hostname, { port: server.port, user: "anonymous" });
   * await ftp.voidcmd("TYPE I");
   * const transfer = await ftp.ntransfercmd("RETR /report.txt");
   * const bytes = await transfer.connection.reader.read();
   * await transfer.finish();
   * ```
   */
  ntransfercmd(cmd: string, options: TransferCommandOptions = {}): Promise<RawTransfer> {
    return Promise.try(() => beginRawTransfer(this._session(), cmd, options));
  }

  /**
   * Begins a transfer, as {@linkcode ntransfercmd} does.
   *
   * @param cmd The command.
   * @param options Where to begin, how long to wait.
   * @returns The data connection. The session goes on when it is closed.
   */
  async transfercmd(cmd: string, options: TransferCommandOptions = {}): Promise<Connection> {
    return (await this.ntransfercmd(cmd, options)).connection;
  }

  /**
   * Asks the server to wait for a data connection (`EPSV`, or `PASV`). Transfers do that themselves.
   *
   * @param options How long to wait.
   * @returns Where it waits. The host is that of the session, whatever the server says, unless
   * `trustServerPasvAddress` is set.
   */
  makepasv(options: WaitOptions = {}): Promise<HostPort> {
    return this.#inTurn("EPSV", (session) => askForPort(session, options), options);
  }

  /**
   * Listens for a data connection, and tells the server where (`EPRT`, or `PORT`). Transfers do that
   * themselves.
   *
   * @param options How long to wait.
   * @returns What listens, the caller's to close. Whoever finds the port can connect to it.
   * @throws {OSError} If no port is free.
   */
  makeport(options: WaitOptions = {}): Promise<Listener> {
    return this.#inTurn("EPRT", (session) => announcePort(session, options), options);
  }

  /**
   * Tells the server where to open the next data connection (`PORT`).
   *
   * @param host An IPv4 address.
   * @param port The port.
   * @param options How long to wait.
   * @returns The reply.
   * @throws {TypeError} If the host is no IPv4 address.
   * @throws {RangeError} If there is no such port.
   */
  sendport(host: string, port: number, options: WaitOptions = {}): Promise<Reply> {
    return Promise.try(() => this.voidcmd(portCommand({ hostname: host, port }), options));
  }

  /**
   * Tells the server where to open the next data connection (`EPRT`; RFC 2428 §2).
   *
   * @param host An IPv4 or IPv6 address.
   * @param port The port.
   * @param options How long to wait.
   * @returns The reply.
   * @throws {TypeError} If the host is no address.
   * @throws {RangeError} If there is no such port.
   */
  sendeprt(host: string, port: number, options: WaitOptions = {}): Promise<Reply> {
    return Promise.try(() => this.voidcmd(eprtCommand({ hostname: host, port }), options));
  }

  async #inTurn<T>(
    what: string,
    body: (session: Session) => Promise<T>,
    options: WaitOptions,
  ): Promise<T> {
    const session = this._session();
    const turn = await session.begin(what, options);
    try {
      return await body(session);
    } finally {
      turn.end();
    }
  }
}
