/**
 * Data connections, whoever dials, encrypted or not: what comes before the
 * command that is to use one, and what after the reply to it.
 *
 * @module
 */

import { rethrowIfCancelled, TimeoutError } from "../../loop/exceptions.ts";
import { DEFAULT_TIMEOUT, interruptible, type WaitOptions } from "../../loop/wait.ts";
import { SSLCertVerificationError, SSLError } from "../../net/errors.ts";
import type { Listener } from "../../net/listener.ts";
import { hostAndPort } from "../../net/native_errors.ts";
import type { Connection } from "../../net/streams/connection.ts";
import type { HostPort } from "../../protocols/ftp/addresses.ts";
import type { Reply } from "../../protocols/text/reply.ts";
import { acceptServer, announcePort } from "./active.ts";
import { dataError } from "./data_errors.ts";
import { FTPError } from "./errors.ts";
import { askForPort, openDataConnection } from "./passive.ts";
import type { Session } from "./session.ts";

/** A data connection that is open, and what the server said about its command. */
export interface OpenedConnection {
  /** The connection. */
  readonly connection: Connection;
  /** The reply that begins the transfer: 1xx, or the 2xx of a server that begins and ends in one. */
  readonly beginning: Reply;
  /** That reply, or the one that has ended the transfer already. */
  readonly reply: Reply;
}

/** A data connection that is to be, or is. For who has the turn. */
export class DataConnection {
  readonly #session: Session;
  readonly #command: string;
  readonly #options: WaitOptions;
  #connection: Connection | undefined;
  /** Whether the command is sent while the connection is dialled. */
  #isAhead = false;
  /** Whether the server would not have it so. */
  #cameTooEarly = false;
  /** Settles when the server has been dialled. */
  #dialled: Promise<void> | undefined;
  /** Settles when the connection is encrypted. */
  #encrypted: Promise<void> | undefined;
  #distrust: SSLCertVerificationError | undefined;
  #isClosed = false;
  #listener: Listener | undefined;

  private constructor(session: Session, command: string, options: WaitOptions) {
    this.#session = session;
    this.#command = command;
    this.#options = options;
  }

  /**
   * Opens a data connection and begins a transfer on it.
   *
   * Once the ports of the server have turned out to be within reach, what only reads is asked for
   * while its connection is dialled, which saves a round trip. An upload is not: the server may have
   * emptied the file by the time that the dial fails. A server that wants the connection first is
   * asked again when it is there.
   *
   * @param session The session.
   * @param command The command that is to use the connection.
   * @param offset The byte of the file that the transfer begins with.
   * @param options How long to wait.
   * @returns The connection, encrypted if it shall be.
   * @throws {FTPError} If there is no connection to be had, or the server refuses.
   * @throws {FTPSessionReuseError} If the server wants the TLS session of the control connection.
   */
  static async open(
    session: Session,
    command: string,
    offset: number,
    options: WaitOptions,
  ): Promise<OpenedConnection> {
    const data = new DataConnection(session, command, options);
    let opened = false;
    try {
      await data.#prepare();
      await session.restartAt(offset, options);
      const beginning = await data.#begin();
      const reply = await data.#complete(beginning);
      opened = true;
      return { connection: data.#connection!, beginning, reply };
    } catch (error) {
      rethrowIfCancelled(error, options.signal);
      if (!data.#cameTooEarly) throw error;
    } finally {
      if (!opened) data.#close();
    }
    session.dialsFirst = true;
    return await DataConnection.open(session, command, offset, options);
  }

  /** Asks for a port and dials it, or listens and says where. */
  async #prepare(): Promise<void> {
    const session = this.#session;
    if (session.options.mode === "active") {
      this.#listener = await announcePort(session, this.#options);
      return;
    }
    this.#isAhead = session.reachesPorts && !session.dialsFirst && READS.test(this.#command);
    this.#dialled = this.#dial(await askForPort(session, this.#options));
    // Whoever has sent the command waits for it.
    if (this.#isAhead) this.#dialled.catch(() => {});
    else await this.#dialled;
  }

  /**
   * Sends the command. A connection that stands greets in TLS at once, whatever the server is going
   * to say of the command: it finds the greeting when it comes to it.
   */
  async #begin(): Promise<Reply> {
    const session = this.#session;
    session.sendTransfer(this.#command);
    try {
      await this.#dialled;
    } catch (error) {
      rethrowIfCancelled(error, this.#options.signal);
      await this.#assertNotRefused();
      throw error;
    }
    if (this.#connection !== undefined && this.#isPrivate) this.#encrypt();
    try {
      return await session.beginTransfer(this.#command, this.#options);
    } catch (error) {
      rethrowIfCancelled(error, this.#options.signal);
      throw this.#refusal(error);
    }
  }

  /** What counts of a refusal. */
  #refusal(error: unknown): unknown {
    // A server that we do not trust may say anything about why it was left.
    if (this.#distrust !== undefined) return this.#distrust;
    this.#cameTooEarly = this.#isAhead && error instanceof FTPError && error.code === 425;
    return error;
  }

  /** Waits for the server to dial, and for TLS. */
  async #complete(beginning: Reply): Promise<Reply> {
    const reply = this.#listener === undefined ? beginning : await this.#accept(beginning);
    if (this.#isPrivate) await this.#secure(reply);
    return reply;
  }

  /** Closes it, or gives up waiting for it. */
  #close(): void {
    // A dial that is under way may come about all the same.
    this.#isClosed = true;
    this.#connection?.close();
    this.#listener?.close();
  }

  async #dial(place: HostPort): Promise<void> {
    const session = this.#session;
    session.reachesPorts = false;
    this.#connection = await openDataConnection(session, place, this.#command, this.#options);
    session.reachesPorts = true;
    if (this.#isClosed) this.#connection.close();
  }

  /** A server that refuses the command may close the port before it is dialled. */
  async #assertNotRefused(): Promise<void> {
    const session = this.#session;
    const { timeout = session.options.timeout ?? DEFAULT_TIMEOUT } = this.#options;
    const wait = { ...this.#options, timeout: Math.min(timeout, REFUSAL) };
    try {
      await session.beginTransfer(this.#command, wait);
    } catch (error) {
      // One that has not refused it waits for the connection.
      rethrowIfCancelled(error, this.#options.signal);
      if (!(error instanceof TimeoutError)) throw this.#refusal(error);
    }
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

  get #isPrivate(): boolean {
    return this.#session.tls?.protection === "P";
  }

  /** Begins TLS. How it ends is looked at when the server has replied. */
  #encrypt(): Promise<void> {
    const { tls, control } = this.#session;
    const encrypted = tls!.begin(
      this.#connection!,
      control.connection.tlsInfo,
      this.#options.signal,
    );
    encrypted.catch((error) => {
      if (error instanceof SSLCertVerificationError) this.#distrust = error;
    });
    return this.#encrypted = encrypted;
  }

  async #secure(beginning: Reply): Promise<void> {
    const session = this.#session;
    const connection = this.#connection!;
    const timeout = session.options.connectTimeout ?? DEFAULT_TIMEOUT;
    try {
      await interruptible(this.#encrypted ?? this.#encrypt(), {
        signal: this.#options.signal,
        timeout,
        timeoutError: () =>
          new TimeoutError(
            `TLS with ${hostAndPort(connection.remoteAddress)} was not set up within ${timeout} ms`,
          ),
      });
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

/** Commands that change nothing on the server, whatever becomes of their data connection. */
const READS = /^(?:RETR|LIST|NLST|MLSD)\b/i;

/** How long a server has to refuse a command whose connection could not be made, in milliseconds. */
const REFUSAL = 2000;
