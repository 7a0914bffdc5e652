/**
 * A file or a pipe as a stream of bytes.
 *
 * @module
 */

import { RuntimeError } from "../../loop/exceptions.ts";
import type { Address, ByteStream } from "../byte_stream.ts";
import { ConnectionAbortedError } from "../errors.ts";
import { fileError } from "./file_errors.ts";

/** What a {@linkcode FileStream} reads from or writes to: `Deno.FsFile`, `Deno.stdin`. */
export interface FileEnd {
  /** Reads what is there, or waits. */
  read?(buffer: Uint8Array): Promise<number | null>;
  /** Writes bytes, perhaps not all. */
  write?(data: Uint8Array): Promise<number>;
  /** Closes it; where it is not there, what lies below stays open. */
  close?(): void;
}

/**
 * Moves bytes from or to a file.
 *
 * A read or a write of a file cannot be broken off: the system does it in a thread that waits.
 * After {@linkcode close} it goes on, for nobody.
 */
export class FileStream implements ByteStream {
  /** This side. */
  readonly localAddress: Address;
  /** The file. */
  readonly remoteAddress: Address;
  readonly #file: FileEnd;
  readonly #path: string;
  #isClosed = false;
  #reading: Promise<void> | null = null;
  #endRead: (() => void) | null = null;
  #endWrite: (() => void) | null = null;

  /**
   * Takes over a file.
   *
   * @param file The file.
   * @param path Its path or name, for messages.
   */
  constructor(file: FileEnd, path: string) {
    this.#file = file;
    this.#path = path;
    this.localAddress = { hostname: "", port: 0, transport: "pipe" };
    this.remoteAddress = { hostname: "", port: 0, transport: "pipe", path };
  }

  /** Settles, never rejected, when the read in flight is done with; `null` where there is none. */
  get reading(): Promise<void> | null {
    return this.#reading;
  }

  /** Reads what is there; of what is only written to, it waits for the end, which is its closing. */
  read(buffer: Uint8Array): Promise<number | null> {
    if (this.#isClosed) return Promise.reject(this.#closedHere());
    if (this.#file.read === undefined) {
      return new Promise((resolve) => this.#endRead = () => resolve(null));
    }
    const reading = this.#file.read(buffer);
    const result = new Promise<number | null>((resolve, reject) => {
      this.#endRead = () => reject(this.#closedHere());
      reading.then(resolve, (error) => reject(fileError(error, "read from", this.#path)));
    });
    const done = () => {
      this.#reading = this.#endRead = null;
    };
    this.#reading = result.then(done, done);
    return result;
  }

  /** Writes bytes, perhaps not all. */
  write(data: Uint8Array): Promise<number> {
    if (this.#isClosed) return Promise.reject(this.#closedHere());
    if (this.#file.write === undefined) {
      return Promise.reject(
        new RuntimeError(`Cannot write to ${this.#path}: it is only read from`),
      );
    }
    const writing = this.#file.write(data);
    return new Promise((resolve, reject) => {
      this.#endWrite = () => reject(this.#closedHere());
      writing.then(resolve, (error) => reject(fileError(error, "write to", this.#path)))
        .finally(() => this.#endWrite = null);
    });
  }

  /** Ends our direction, which is the only one: it closes the file. */
  closeWrite(): Promise<void> {
    if (this.#file.write !== undefined) this.close();
    return Promise.resolve();
  }

  /** Closes it at once; idempotent. A read or write that waits is rejected. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#file.close?.();
    this.#endRead?.();
    this.#endWrite?.();
  }

  #closedHere(): ConnectionAbortedError {
    return new ConnectionAbortedError(`${this.#path} was closed on our side`, {
      path: this.#path,
    });
  }
}
