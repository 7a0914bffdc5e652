/**
 * A transfer whose data connection is the caller's: Python's `ntransfercmd`.
 *
 * @module
 */

import type { WaitOptions } from "../../loop/wait.ts";
import type { Connection } from "../../net/streams/connection.ts";
import { restCommand } from "../../protocols/ftp/commands.ts";
import { parse150 } from "../../protocols/ftp/replies.ts";
import type { Reply } from "../../protocols/text/reply.ts";
import { DataConnection } from "./data_connection.ts";
import { dataError } from "./data_errors.ts";
import { FTPError, quoteCommand } from "./errors.ts";
import type { Session } from "./session.ts";
import type { Turn } from "./session_turns.ts";

/** Options of `FTP.ntransfercmd` and `FTP.transfercmd`. */
export interface TransferCommandOptions extends WaitOptions {
  /**
   * Where in the file the transfer begins (`REST`).
   *
   * @default {0}, or what was last sent by hand as `REST`
   */
  rest?: number;
}

/**
 * A transfer that has begun. Its data connection is the caller's to read, write
 * and close; until it is closed, the session can do nothing else. The session
 * reads the reply that ends the transfer before its next command;
 * {@linkcode RawTransfer.finish} tells what it is.
 */
export class RawTransfer implements AsyncDisposable {
  /** The data connection. */
  readonly connection: Connection;
  /** The size of the file, where the server told it when the transfer began. */
  readonly size: number | undefined;
  readonly #session: Session;
  readonly #turn: Turn;
  readonly #command: string;
  readonly #beginning: Reply;
  #over = false;

  /** @internal */
  constructor(
    session: Session,
    turn: Turn,
    { command, connection, beginning }: {
      command: string;
      connection: Connection;
      beginning: Reply;
    },
  ) {
    this.#session = session;
    this.#turn = turn;
    this.#command = command;
    this.#beginning = beginning;
    this.connection = connection;
    this.size = beginning.code === 150 ? parse150(beginning) : undefined;
    session.running = this;
  }

  /**
   * Sends what was written, closes the data connection, and reads the reply that ends the transfer
   * (Python: `conn.close()`, then `ftp.voidresp()`).
   *
   * @param options How long to wait.
   * @returns The reply: 2xx.
   * @throws {ErrorTemp} If the server could not do it (4xx).
   * @throws {ErrorPerm} If it could not, for good (5xx).
   * @throws {FTPError} If another command was sent since the connection was closed.
   */
  async finish(options: WaitOptions = {}): Promise<Reply> {
    const command = this.#command;
    if (this.#over) {
      throw new FTPError(`${quoteCommand(command)}: the session is past this transfer`, {
        origin: "usage",
        command,
      });
    }
    try {
      this.connection.writer.close();
      await this.connection.writer.waitClosed(options);
      this.#turn.windUp();
      const reply = await this.#session.dialogue.endTransfer(command, this.#beginning, options);
      if (reply.code < 300) return reply;
      const { tlsInfo } = this.connection;
      throw dataError(reply, command, this.#session, { tlsInfo });
    } finally {
      this.breakOff();
    }
  }

  /** Closes the data connection. */
  [Symbol.asyncDispose](): Promise<void> {
    this.breakOff();
    return Promise.resolve();
  }

  /** @internal Closes the data connection in the middle. */
  breakOff(): void {
    if (this.#over) return;
    this.connection.close();
    this.#release();
  }

  /** @internal Lets the session go on where the caller has closed the data connection. */
  leave(): void {
    if (!this.#over && this.connection.closed) this.#release();
  }

  #release(): void {
    this.#over = true;
    this.#session.running = undefined;
    this.#turn.end();
  }
}

/**
 * Begins a transfer, and hands its data connection out.
 *
 * @param session The session.
 * @param command The command that transfers.
 * @param options Where it begins, how long to wait.
 * @returns The transfer.
 */
export async function beginRawTransfer(
  session: Session,
  command: string,
  { rest = session.marker, ...wait }: TransferCommandOptions,
): Promise<RawTransfer> {
  session.check("command", command);
  restCommand(rest);
  const turn = await session.begin(command, { ...wait, interactive: true });
  let begun = false;
  try {
    await session.tls?.protect(session, wait);
    const { connection, reply } = await DataConnection.open(session, command, rest, wait);
    begun = true;
    return new RawTransfer(session, turn, { command, connection, beginning: reply });
  } finally {
    if (!begun) turn.end();
  }
}
