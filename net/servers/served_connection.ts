/**
 * One connection of a server: a reader and a writer, and the task that serves
 * them.
 *
 * @module
 */

import type { EventLoop } from "../../loop/event_loop.ts";
import { rethrowIfCancelled, TimeoutError } from "../../loop/exceptions.ts";
import type { ByteStream } from "../byte_stream.ts";
import { Connection } from "../streams/connection.ts";
import type { ConnectionOptions } from "../streams/connection.ts";
import { ConnectionAbortedError, OSError } from "../errors.ts";
import type { StreamReader } from "../streams/stream_reader.ts";
import type { StreamWriter } from "../streams/stream_writer.ts";

/** Serves one connection. It runs as a task of its own. */
export type ConnectionCallback = (
  reader: StreamReader,
  writer: StreamWriter,
) => void | PromiseLike<void>;

/** A connection, as its server sees it. */
export interface ServedConnection {
  /** Closes it, after what was written. */
  close(): void;
  /** Closes it at once. */
  abort(): void;
  /** Ends what serves it. */
  cancel(message: string): void;
}

/** What a connection knows of its server. */
export interface ConnectionHost {
  /** The loop on which it is served. */
  readonly loop: EventLoop;
  /** The connection has ended, and so has what served it. */
  ended(): void;
  /** What serves it has failed. */
  failed(error: unknown): void;
}

/** Begins to serve a connection. */
export type Serve = (stream: ByteStream, host: ConnectionHost) => ServedConnection;

/**
 * Says how a callback serves connections.
 *
 * @param callback Serves one.
 * @param options Limits of each.
 * @returns What begins to serve one.
 */
export function serveByCallback(callback: ConnectionCallback, options: ConnectionOptions): Serve {
  return (stream, host) => {
    const connection = new Connection(stream, options);
    let isTakenAway = false;
    const failed = (error: unknown) => {
      // That the server has taken the connection away is no failure of the callback.
      if (!(isTakenAway && error instanceof ConnectionAbortedError)) host.failed(error);
    };
    const task = host.loop.createTask(serveConnection, connection, callback, failed);
    task.addDoneCallback(() => {
      // A task that is cancelled before it began has closed nothing.
      connection.close();
      host.ended();
    });
    return {
      close: () => {
        isTakenAway = true;
        connection.writer.close();
      },
      abort: () => {
        isTakenAway = true;
        connection.close();
      },
      cancel: (message) => task.cancel(message),
    };
  };
}

async function serveConnection(
  connection: Connection,
  callback: ConnectionCallback,
  failed: (error: unknown) => void,
): Promise<void> {
  const { reader, writer } = connection;
  try {
    const result = callback(reader, writer);
    if (result !== undefined) {
      await result;
      writer.close();
    }
  } catch (error) {
    rethrowIfCancelled(error);
    failed(error);
    connection.close();
  }
  try {
    await writer.waitClosed({ timeout: Infinity });
  } catch (error) {
    rethrowIfCancelled(error);
    // The client has gone before it read everything: nothing is left to be done.
    if (!(error instanceof OSError || error instanceof TimeoutError)) failed(error);
  }
}
