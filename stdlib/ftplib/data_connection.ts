/**
 * Data connections, whoever dials, encrypted or not: what comes before the
 * command that is to use one, and what after the reply to it.
 *
 * @module
 */

import { rethrowIfCancelled, TimeoutError } from "../../loop/exceptions.ts";
import type { WaitOptions } from "../../loop/wait.ts";
import { SSLCertVerificationError, SSLError } from "../../net/errors.ts";
import type { Listener } from "../../net/listener.ts";
import type { Connection } from "../../net/streams/connection.ts";
import type { Reply } from "../../protocols/text/reply.ts";
import { acceptServer, announcePort } from "./active.ts";
import { dataError } from "./data_errors.ts";
import { openDataConnection } from "./passive.ts";
import type { Session } from "./session.ts";

/** A data connection that is to be, or is. For who has the turn. */
export class DataConnection {
  readonly #session: Session;
  readonly #command: string;
  readonly #options: WaitOptions;
  #connection: Connection | undefined;
  #listener: Listener | undefined;

  private constructor(session: Session, command: string, options: WaitOptions) {
    this.#session = session;
    this.#command = command;
    this.#options = options;
  }

  /**
   * Does what comes before the command: asks for a port and dials it, or listens and says where.
   *
   * @param session The session.
   * @param command The command, for messages.
   * @param options How long to wait.
   * @throws {FTPError} If there is no connection to be had.
   */
  static async prepare(
    session: Session,
    command: string,
    options: WaitOptions,
  ): Promise<DataConnection> {
    const data = new DataConnection(session, command, options);
    if (session.options.mode === "active") data.#listener = await announcePort(session, options);
    else data.#connection = await openDataConnection(session, command, options);
    return data;
  }

  /**
   * Does what comes after the reply that begins the transfer: waits for the server to dial, and
   * begins TLS.
   *
   * @param beginning That reply.
   * @returns It, or the one that has ended the transfer already.
   * @throws {FTPSessionReuseError} If the server wants the TLS session of the control connection.
   */
  async open(beginning: Reply): Promise<Reply> {
    const reply = this.#listener === undefined ? beginning : await this.#accept(beginning);
    if (this.#session.tls?.protection === "P") await this.#secure(reply);
    return reply;
  }

  /** The connection, once it is open. */
  get connection(): Connection {
    return this.#connection!;
  }

  /** Closes it, or gives up waiting for it. */
  close(): void {
    this.#connection?.close();
    this.#listener?.close();
  }

  /** The server may say that it cannot connect, or has sent everything, before it is let in. */
  async #accept(beginning: Reply): Promise<Reply> {
    const session = this.#session;
    const accepting = acceptServer(session, this.#listener!, this.#options);
    let accepted = false;
    try {
      const reply = await session.dialogue.endUnless(
        accepting,
        this.#command,
        beginning,
        this.#options,
      );
      if (reply !== undefined && reply.code >= 300) throw dataError(reply, this.#command, session);
      this.#connection = session.connectionOf(await accepting);
      accepted = true;
      return reply ?? beginning;
    } finally {
      // It may come all the same, or have come already.
      if (!accepted) accepting.then((late) => late.close(), () => {});
    }
  }

  async #secure(beginning: Reply): Promise<void> {
    const session = this.#session;
    const connection = this.connection;
    try {
      await session.tls!.begin(connection, session.control.connection.tlsInfo, this.#options);
    } catch (error) {
      rethrowIfCancelled(error, this.#options.signal);
      connection.close();
      const isOurs = error instanceof SSLCertVerificationError || error instanceof TimeoutError;
      if (isOurs || !(error instanceof Error)) throw error;
      // What the server says about it counts more than how it broke.
      const reply = await session.dialogue.endTransfer(this.#command, beginning, this.#options);
      if (reply.code >= 300) throw dataError(reply, this.#command, session, { cause: error });
      throw error instanceof SSLError ? error : new SSLError(
        `The data connection was cut off before it was encrypted: ${error.message}`,
        { cause: error },
      );
    }
  }
}
