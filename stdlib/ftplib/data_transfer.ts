/**
 * One data connection and the command that it serves, from the question for a
 * port to the reply that ends the transfer (RFC 959 §3.2, RFC 2428).
 *
 * The first data connection stands before its command is sent, and that of an
 * upload always does, so that a server which cannot be reached costs no transfer.
 *
 * @module
 */

import { rethrowIfCancelled, TimeoutError } from "../../loop/exceptions.ts";
import type { WaitOptions } from "../../loop/wait.ts";
import type { Connection } from "../../net/streams/connection.ts";
import type { StreamWriter } from "../../net/streams/stream_writer.ts";
import { IncompleteReadError, LimitOverrunError, SSLError } from "../../net/errors.ts";
import { parse150 } from "../../protocols/ftp/replies.ts";
import { decodeLatin1 } from "../../protocols/text/latin1.ts";
import { quote } from "../../protocols/text/quote.ts";
import type { Reply } from "../../protocols/text/reply.ts";
import { FTPError, quoteCommand, TooLargeError, TruncatedError } from "./errors.ts";
import { DataConnection } from "./data_connection.ts";
import { dataError } from "./data_errors.ts";
import type { Session } from "./session.ts";
import type { Turn } from "./session_turns.ts";

/** What is to be transferred. */
export interface TransferRequest extends WaitOptions {
  /** The command: RETR, STOR, LIST and their like, with its argument. */
  command: string;
  /** How the bytes are represented: `"I"` as they are, `"A"` as lines. */
  type: "A" | "I";
  /** Where to begin. */
  offset?: number;
  /** The file whose size is to be known; of a download in binary. */
  path?: string;
  /** Its size, where the caller has asked for it already. */
  size?: number;
  /** Whether the caller's code runs before the transfer ends. */
  interactive: boolean;
}

/** A transfer that has begun. Who began it breaks it off where anything fails. */
export class DataTransfer {
  /** What is transferred. */
  readonly request: TransferRequest;
  /** The size of the whole file, where the server told. */
  readonly total: number | undefined;
  /** How many bytes of the file went through, those before the offset included. */
  position: number;
  readonly #session: Session;
  readonly #turn: Turn;
  readonly #data: Connection;
  readonly #beginning: Reply;
  #phase: "open" | "ending" | "over" = "open";

  private constructor(
    session: Session,
    turn: Turn,
    data: Connection,
    request: TransferRequest,
    beginning: Reply,
    total: number | undefined,
  ) {
    this.#session = session;
    this.#turn = turn;
    this.#data = data;
    this.#beginning = beginning;
    this.request = request;
    this.total = total;
    this.position = request.offset ?? 0;
    session.running = this;
  }

  /** Takes the turn, asks for a port, connects, sends the command, reads the first reply. */
  static async begin(session: Session, request: TransferRequest): Promise<DataTransfer> {
    const { command, offset = 0, path, size } = request;
    const turn = await session.begin(command, request);
    let begun = false;
    try {
      await session.tls?.protect(session, request);
      await session.represent(request.type, request);
      const unasked = size === undefined && path !== undefined;
      let total = unasked && (offset > 0 || !session.tellsSize)
        ? await session.sizeOf(path, request)
        : size;
      if (total !== undefined && offset > total) {
        throw new FTPError(
          `${quoteCommand(command)}: cannot begin at byte ${offset}, the file has only ${total}`,
          { origin: "usage", command },
        );
      }
      const opened = await DataConnection.open(session, command, offset, request);
      const { connection, beginning, reply } = opened;
      // From an offset some servers tell what is left, and others the whole.
      if (path !== undefined && offset === 0) {
        const told = TELLS_SIZE.has(beginning.code) ? parse150(beginning) : undefined;
        session.tellsSize = told !== undefined;
        total = told ?? total;
      }
      begun = true;
      return new DataTransfer(session, turn, connection, request, reply, total);
    } finally {
      if (!begun) turn.end();
    }
  }

  /** Reads bytes into a buffer; `null` at the end of the data, not yet of the transfer. */
  async readInto(buffer: Uint8Array): Promise<number | null> {
    this.#assertOpen();
    try {
      const count = await this.#data.reader.readInto(buffer, this.request);
      if (count !== null) this.position += count;
      return count;
    } catch (error) {
      rethrowIfCancelled(error, this.request.signal);
      if (this.#isWhole(error)) return null;
      throw await this.#explain(error);
    }
  }

  /** Whether only the end of TLS is missing, of a file whose size the server has told. */
  #isWhole(error: unknown): boolean {
    return error instanceof SSLError && error.code === "ERR_TLS_TRUNCATED" &&
      this.position === this.total;
  }

  /** A line that has arrived already, as latin-1, without its end. */
  takeLine(): string | undefined {
    this.#assertOpen();
    try {
      return this.#counted(this.#data.reader.takeLine());
    } catch (error) {
      throw error instanceof LimitOverrunError ? this.#lineTooLong(error) : error;
    }
  }

  /** Waits for a line; `null` at the end of the data. */
  async nextLine(): Promise<string | null> {
    this.#assertOpen();
    try {
      return this.#counted(await this.#data.reader.nextLine(this.request));
    } catch (error) {
      rethrowIfCancelled(error, this.request.signal);
      if (error instanceof LimitOverrunError) throw this.#lineTooLong(error);
      // The last line may end with the data, or in the middle of its line end.
      if (error instanceof IncompleteReadError) {
        return this.#counted(decodeLatin1(error.partial).replace(/\r$/, ""));
      }
      throw await this.#explain(error);
    }
  }

  #counted<Line extends string | null | undefined>(line: Line): Line {
    if (typeof line === "string") this.position += line.length + 2;
    return line;
  }

  /** Writes bytes, and waits until there is room for more. */
  async write(bytes: Uint8Array): Promise<void> {
    await this.#push((writer) => {
      writer.write(bytes);
      return writer.drain(this.request);
    });
    this.position += bytes.length;
  }

  /** After the last byte was read: reads the reply that ends the transfer, and judges it. */
  async finish(): Promise<Reply> {
    this.#assertOpen();
    // vsftpd keeps its last reply back until the data connection is closed on both sides.
    this.#data.close();
    const reply = await this.#end();
    const { position, total } = this;
    if (total !== undefined && position < total) throw this.#truncated(reply);
    return reply;
  }

  /** After the last byte was written: says so, and reads the reply that ends the transfer. */
  async finishWriting(): Promise<Reply> {
    await this.#push((writer) => {
      writer.writeEof();
      return writer.flush(this.request);
    });
    return await this.#end();
  }

  /** Closes the data connection in the middle. The session comes back into step by itself. */
  breakOff(): void {
    // Who waits for the last reply has the turn until it is there.
    if (this.#phase === "open") this.#release();
  }

  #release(): void {
    this.#phase = "over";
    this.#session.running = undefined;
    this.#data.close();
    this.#turn.end();
  }

  async #push(write: (writer: StreamWriter) => Promise<void>): Promise<void> {
    this.#assertOpen();
    try {
      await write(this.#data.writer);
    } catch (error) {
      rethrowIfCancelled(error, this.request.signal);
      throw await this.#explain(error);
    }
  }

  /** Waits for the last reply, with the data connection closed or half closed. */
  async #end(cause?: unknown): Promise<Reply> {
    this.#assertOpen();
    this.#phase = "ending";
    this.#turn.windUp();
    const { command } = this.request;
    const isShort = this.total !== undefined && this.position < this.total;
    const broken = cause !== undefined || isShort;
    try {
      const wait = { ...this.request, broken };
      const reply = await this.#session.dialogue.endTransfer(command, this.#beginning, wait);
      if (reply.code >= 300) {
        throw dataError(reply, command, this.#session, { cause, tlsInfo: this.#data.tlsInfo });
      }
      return reply;
    } finally {
      this.#release();
    }
  }

  /** Where the data connection broke, what the server says about it counts more than that it did. */
  async #explain(error: unknown): Promise<unknown> {
    if (error instanceof TimeoutError) return error;
    if (this.#phase !== "open") return this.#closedError(error);
    return this.#truncated(await this.#end(error), error);
  }

  #truncated(reply: Reply, cause?: unknown): TruncatedError {
    const { command } = this.request;
    const text = reply.lines.join("\n");
    const of = this.total === undefined ? "" : ` of ${this.total}`;
    return new TruncatedError(
      `${quoteCommand(command)}: the data connection ended after ${this.position}${of} bytes, ` +
        `and the server said ${reply.code} ${quote(text)}; the transfer is not complete`,
      this.position,
      this.total,
      { command, code: reply.code, text, cause },
    );
  }

  #lineTooLong(cause: LimitOverrunError): TooLargeError {
    const { command } = this.request;
    const maximum = this.#session.maxLineLength;
    return new TooLargeError(
      `${quoteCommand(command)}: a line has more than ${maximum} bytes; raise maxLineLength, or ` +
        "download it in binary",
      "maxLineLength",
      maximum,
      { command, cause },
    );
  }

  #assertOpen(): void {
    if (this.#phase !== "open") throw this.#closedError();
  }

  #closedError(cause?: unknown): FTPError {
    const { command } = this.request;
    return new FTPError(`${quoteCommand(command)}: the transfer was closed on our side`, {
      origin: "usage",
      command,
      cause,
    });
  }
}

/** Replies whose text may tell the size of the file. */
const TELLS_SIZE: ReadonlySet<number> = new Set([125, 150]);
