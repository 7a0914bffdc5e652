/**
 * From protocols to streams: Python's `asyncio.StreamReaderProtocol`.
 *
 * @module
 */

import { getEventLoop } from "../../loop/events.ts";
import type { EventLoop } from "../../loop/event_loop.ts";
import { RuntimeError } from "../../loop/exceptions.ts";
import { Protocol } from "./protocols.ts";
import type { StreamReader } from "../streams/stream_reader.ts";
import { StreamWriter } from "../streams/stream_writer.ts";
import type { ConnectionCallback } from "../servers/served_connection.ts";
import type { TransportTlsOptions } from "./transport_tls.ts";
import { TransportSink } from "./transport_sink.ts";
import type { Transport } from "./transports.ts";

/**
 * A protocol that feeds a stream reader, for code that has a transport and
 * wants streams. While more than twice the reader's limit is unread, the
 * transport is paused.
 *
 * `openConnection` and `startServer` need none of it: their reader asks for
 * bytes when somebody wants them.
 *
 * @example Streams over a transport
 * ```ts
 * import { createConnection } from "https://tulip.example/net/transports/create_connection.ts";
 * import { startServer } from "https://tulip.example/net/servers/server.ts";
 * import { StreamReader } from "https://tulip.example/net/streams/stream_reader.ts";
 * import { StreamReaderProtocol } from "https://tulip.example/net/transports/stream_reader_protocol.ts";
 * import assert from "node:assert/strict";
 *
 * await using server = await startServer(async (reader, writer) => {
 *   for await (const line of reader) writer.write(line);
 * });
 *
 * const reader = new StreamReader();
 * const { protocol } = await createConnection(
 *   () => new StreamReaderProtocol(reader),
 *   server.hostname,
 *   server.port,
 * );
 * protocol.writer.write("hello\n");
 * assert.equal(await reader.nextLine(), "hello");
 * protocol.writer.close();
 * await protocol.writer.waitClosed();
 * ```
 */
export class StreamReaderProtocol extends Protocol {
  readonly #reader: StreamReader;
  readonly #callback: ConnectionCallback | undefined;
  readonly #loop: EventLoop = getEventLoop();
  #writer: StreamWriter | null = null;
  #sink: TransportSink | null = null;

  /**
   * Makes a protocol for one connection.
   *
   * @param reader What it feeds.
   * @param callback Called when the connection stands, as in `startServer`: an async one is a task
   * of its own, and an exception in it is reported, and ends the connection.
   */
  constructor(reader: StreamReader, callback?: ConnectionCallback) {
    super();
    this.#reader = reader;
    this.#callback = callback;
  }

  /**
   * Writes to the connection.
   *
   * @throws {RuntimeError} If there is no connection yet.
   */
  get writer(): StreamWriter {
    if (this.#writer === null) throw new RuntimeError("There is no connection yet to write to");
    return this.#writer;
  }

  /** The connection stands. */
  override connectionMade(transport: Transport): void {
    this.#sink = new TransportSink(transport);
    const writer = this.#writer = new StreamWriter(this.#sink, {
      startTls: async (options) => {
        const { startTls } = await import("./transport_tls.ts");
        // Who serves connections is the server, as in Python.
        const serverSide = this.#callback !== undefined;
        await startTls(transport, this, { ...options, serverSide } as TransportTlsOptions);
      },
    });
    this.#reader.setTransport(transport);
    if (this.#callback === undefined) return;
    const task = this.#loop.createTask(serve, this.#callback, this.#reader, writer);
    task.addDoneCallback(() => {
      const error = task.cancelled() ? null : task.exception();
      if (error !== null) {
        this.#loop.callExceptionHandler({
          message: "Unhandled exception in a connection",
          exception: error,
          transport,
        });
      }
      if (error !== null || task.cancelled() || task.result()) transport.close();
    });
  }

  /** Bytes have come. */
  override dataReceived(data: Uint8Array): void {
    this.#reader.feedData(data);
  }

  /** The peer has ended its direction. */
  override eofReceived(): boolean {
    this.#reader.feedEof();
    return true;
  }

  /** More is unsent than the high water mark. */
  override pauseWriting(): void {
    this.#sink?.pauseWriting();
  }

  /** No more is unsent than the low water mark. */
  override resumeWriting(): void {
    this.#sink?.resumeWriting();
  }

  /** The connection is closed. */
  override connectionLost(error: unknown): void {
    if (error === null) this.#reader.feedEof();
    else this.#reader.setException(error);
    this.#sink?.connectionLost(error);
    this.#writer?.abort();
  }
}

/** Whether the connection is to be closed: a callback that returns nothing leaves it open. */
async function serve(
  callback: ConnectionCallback,
  reader: StreamReader,
  writer: StreamWriter,
): Promise<boolean> {
  const result = callback(reader, writer);
  await result;
  return result !== undefined;
}
