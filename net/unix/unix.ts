/**
 * Unix sockets: connections between programs of one machine, by a path in the
 * file system, or by a name without a file where the system has those (Linux).
 *
 * A path needs `--allow-read` and `--allow-write` for it, and on newer Deno
 * `--allow-net=unix:/the/path` as well; an abstract name needs all of `--allow-net`.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../loop/exceptions.ts";
import type { Address, ByteStream, Dial } from "../byte_stream.ts";
import type { Listen, Listener } from "../listener.ts";
import { fromNative } from "../native_errors.ts";
import { bound, closeSocket, identityOf, isAbstract, removeSocket } from "./unix_files.ts";
import { checkPath, fromUnix } from "./unix_paths.ts";

/** Options of {@linkcode listenUnix}. */
export interface UnixListenOptions {
  /**
   * Whether the socket's file is removed when the listener is closed. A file that another server
   * has put in its place by then is never touched.
   *
   * @default {true}
   */
  cleanupSocket?: boolean;
}

/**
 * Makes the {@linkcode Dial} that connects to a Unix socket, whatever host and
 * port it is asked for.
 *
 * @param path The path of the socket; an abstract name begins with NUL.
 * @returns What connects.
 * @throws {TypeError} If the path is empty, holds NUL inside, or is longer than the system allows.
 *
 * @example
 * ```ts
 * import { openConnection } from "https://tulip.example/net/streams/connect.ts";
 * import { startServer } from "https://tulip.example/net/servers/server.ts";
 * import { dialUnix, listenUnix } from "https://tulip.example/net/unix/unix.ts";
 * import assert from "node:assert/strict";
 *
 * const path = `${await Deno.makeTempDir()}/hello.sock`;
 * const hello = (_: unknown, writer: { write(line: string): void }) => writer.write("hello\n");
 * await using _ = await startServer(hello, "localhost", 0, { listen: listenUnix(path) });
 *
 * await using connection = await openConnection("localhost", 80, { dial: dialUnix(path) });
 * assert.equal(await connection.reader.nextLine(), "hello");
 * ```
 */
export function dialUnix(path: string): Dial {
  checkPath(path);
  return async (_target, { signal }) => {
    signal?.throwIfAborted();
    try {
      const connection = await Deno.connect({ transport: "unix", path });
      // It cannot be broken off, nor does it wait: it is there or it is not.
      if (signal?.aborted) connection.close();
      signal?.throwIfAborted();
      return new UnixStream(connection);
    } catch (error) {
      rethrowIfCancelled(error);
      if (signal?.aborted) throw signal.reason;
      throw fromUnix(error, "connect to", path);
    }
  };
}

/**
 * Makes the {@linkcode Listen} that listens on a Unix socket, whatever host and
 * port it is asked for.
 *
 * A socket's file that lies there already is replaced, as by Python's
 * `create_unix_server`, even if a server still listens behind it: that one then
 * hears of no more clients. Any other kind of file is left alone, and an error.
 *
 * @param path The path of the socket; an abstract name begins with NUL.
 * @param options What becomes of the file.
 * @returns What listens.
 * @throws {TypeError} If the path is empty, holds NUL inside, or is longer than the system allows.
 */
export function listenUnix(path: string, options: UnixListenOptions = {}): Listen {
  checkPath(path);
  const { cleanupSocket = true } = options;
  return () => {
    try {
      if (!isAbstract(path)) removeSocket(path);
      const listener = Deno.listen({ transport: "unix", path });
      if (!isAbstract(path)) bound(path);
      return new UnixListener(listener, path, cleanupSocket);
    } catch (error) {
      throw fromUnix(error, "listen on", path);
    }
  };
}

/** A connection over a Unix socket. */
export class UnixStream implements ByteStream {
  /** This side; a client's has no path. */
  readonly localAddress: Address;
  /** The other side; a client's has no path. */
  readonly remoteAddress: Address;
  readonly #connection: Deno.UnixConn;
  readonly #place: { hostname: string; port: number; path: string };
  #closed = false;

  /**
   * Takes over a connection of Deno's.
   *
   * @param connection The connection.
   */
  constructor(connection: Deno.UnixConn) {
    this.#connection = connection;
    this.localAddress = addressOf(connection.localAddr);
    this.remoteAddress = addressOf(connection.remoteAddr);
    // Of the two ends only the server's has a name.
    const path = this.remoteAddress.path ?? this.localAddress.path ?? "a Unix socket";
    this.#place = { hostname: "", port: 0, path: shown(path) };
  }

  /** Reads what has arrived. */
  read(buffer: Uint8Array): Promise<number | null> {
    return this.#connection.read(buffer).catch((error) => {
      throw fromNative(error, "read from", this.#place);
    });
  }

  /** Writes bytes, perhaps not all. */
  write(data: Uint8Array): Promise<number> {
    return this.#connection.write(data).catch((error) => {
      throw fromNative(error, "write to", this.#place);
    });
  }

  /** Ends our direction. */
  closeWrite(): Promise<void> {
    return this.#connection.closeWrite().catch((error) => {
      throw fromNative(error, "end writing to", this.#place);
    });
  }

  /** Closes both directions at once. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#connection.close();
  }
}

class UnixListener implements Listener {
  readonly address: Address;
  readonly #listener: Deno.UnixListener;
  readonly #path: string;
  readonly #cleanup: boolean;
  readonly #file: string | undefined;
  #accepting: Promise<unknown> | undefined;
  #closed = false;

  constructor(listener: Deno.UnixListener, path: string, cleanup: boolean) {
    this.#listener = listener;
    this.#path = path;
    this.#cleanup = cleanup;
    this.#file = isAbstract(path) ? undefined : identityOf(path);
    this.address = { hostname: "", port: 0, transport: "unix", path };
  }

  async accept(): Promise<ByteStream | null> {
    const accepting = this.#listener.accept();
    this.#accepting = accepting;
    try {
      return new UnixStream(await accepting as Deno.UnixConn);
    } catch (error) {
      rethrowIfCancelled(error);
      if (this.#closed) return null;
      throw fromUnix(error, "accept connections on", this.#path);
    } finally {
      if (this.#accepting === accepting) this.#accepting = undefined;
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const close = () => this.#listener.close();
    const found = isAbstract(this.#path) ? undefined : identityOf(this.#path);
    if (found === undefined) return close();
    closeSocket(this.#path, this.#cleanup && found === this.#file, close, this.#accepting);
  }
}

function addressOf({ path }: Deno.UnixAddr): Address {
  const address = { hostname: "", port: 0, transport: "unix" } as const;
  return path ? { ...address, path } : address;
}

/** Shows an abstract name as the system does, `@name`. */
function shown(path: string): string {
  return path.replace("\0", "@");
}
