/**
 * Pipes: those that the program was started with, open files, and named pipes.
 *
 * Python's `loop.connect_read_pipe` and `loop.connect_write_pipe`, and the same
 * as streams. Deno reads and writes pipes in threads, which wait and cannot be
 * interrupted: a pipe that is closed while it waits for the other side is gone
 * for the program at once, and for the system when that side stirs.
 *
 * @module
 */

import { getEventLoop } from "../../loop/events.ts";
import type { WaitOptions } from "../../loop/wait.ts";
import { fileError } from "./file_errors.ts";
import { type FileEnd, FileStream } from "./file_stream.ts";
import { lastingReads } from "./lasting_reads.ts";
import { openNamedPipe, type PipeSide } from "./named_pipes.ts";
import { PipeTransport } from "./pipe_transport.ts";
import type { ProtocolFactory, StreamProtocol } from "../transports/push_reader.ts";
import { StreamReader } from "../streams/stream_reader.ts";
import { StreamWriter } from "../streams/stream_writer.ts";
import type { ReadTransport, WriteTransport } from "../transports/transports.ts";

/** What is read from: an open file, as `Deno.FsFile` and `Deno.stdin` are, or a path. */
export type ReadPipe = PipeInput | string | URL;

/** What is written to: an open file, as `Deno.FsFile` and `Deno.stdout` are, or a path. */
export type WritePipe = PipeOutput | string | URL;

/** What an open file has that is read from. */
export interface PipeInput {
  /** Reads what is there, or waits; `null` at the end. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Closes it. */
  close(): void;
}

/** What an open file has that is written to. */
export interface PipeOutput {
  /** Writes bytes, perhaps not all. */
  write(data: Uint8Array): Promise<number>;
  /** Closes it. */
  close(): void;
}

/** Options of pipes. `signal` and `timeout` end the wait for the other side of a named pipe. */
export interface PipeOptions extends WaitOptions {
  /**
   * Whether the file is closed with the transport or the stream.
   *
   * @default whether it is none of `Deno.stdin`, `Deno.stdout` and `Deno.stderr`
   */
  closeFile?: boolean;
}

/** Options of {@linkcode openReadPipe}. */
export interface ReadPipeOptions extends PipeOptions {
  /**
   * The longest line, or piece before a separator, in bytes.
   *
   * @default {65_536}
   */
  limit?: number;
}

/** A pipe that is read from, and whom it tells. */
export interface ReadPipeConnection<P extends StreamProtocol> {
  /** The pipe. */
  readonly transport: ReadTransport;
  /** The protocol that the factory made. */
  readonly protocol: P;
}

/** A pipe that is written to, and whom it tells. */
export interface WritePipeConnection<P extends StreamProtocol> {
  /** The pipe. */
  readonly transport: WriteTransport;
  /** The protocol that the factory made. */
  readonly protocol: P;
}

/**
 * Connects a protocol to a pipe that is read from (`loop.connect_read_pipe`).
 *
 * @param protocolFactory Makes the protocol.
 * @param pipe The pipe, a socket or a character device; closed with the transport. A path is
 * opened, which waits until the other side is.
 * @param options What becomes of the file, and what ends the wait.
 * @returns The transport and the protocol, whose `connectionMade` has been called.
 * `getExtraInfo("pipe")` is the open file.
 * @throws {TypeError} If it is no pipe, but a regular file or a directory.
 * @throws {FileNotFoundError} If there is no such path.
 * @throws {PermissionError} If the program may not read it.
 * @throws {RuntimeError} If a path is given and this Deno is too old; the message names the
 * version that is needed.
 */
export async function connectReadPipe<P extends StreamProtocol>(
  protocolFactory: ProtocolFactory<P>,
  pipe: ReadPipe,
  options: PipeOptions = {},
): Promise<ReadPipeConnection<P>> {
  const input = await opened(pipe, "read", options);
  return await connect(protocolFactory, input, readEnd(input, options), nameOf(pipe));
}

/**
 * Connects a protocol to a pipe that is written to (`loop.connect_write_pipe`).
 *
 * That nobody reads any more shows at the next write, where Python is told at once:
 * `connectionLost` is given a {@linkcode BrokenPipeError} then.
 *
 * @param protocolFactory Makes the protocol.
 * @param pipe The pipe, a socket or a character device; closed with the transport. A path is
 * opened, which waits until the other side is.
 * @param options What becomes of the file, and what ends the wait.
 * @returns The transport and the protocol, whose `connectionMade` has been called.
 * `getExtraInfo("pipe")` is the open file.
 * @throws {TypeError} If it is no pipe, but a regular file or a directory.
 * @throws {FileNotFoundError} If there is no such path.
 * @throws {PermissionError} If the program may not write to it.
 * @throws {RuntimeError} If a path is given and this Deno is too old; the message names the
 * version that is needed.
 */
export async function connectWritePipe<P extends StreamProtocol>(
  protocolFactory: ProtocolFactory<P>,
  pipe: WritePipe,
  options: PipeOptions = {},
): Promise<WritePipeConnection<P>> {
  const output = await opened(pipe, "write", options);
  return await connect(protocolFactory, output, writeEnd(output, options), nameOf(pipe));
}

/**
 * Opens a pipe as a stream that is read from.
 *
 * @param pipe An open file, or a path; a path is opened, which waits until the other side is.
 * @param options The longest line, what becomes of the file, and what ends the wait.
 * @returns The reader; to be closed, best by `await using`.
 * @throws {TypeError} If it is no pipe, but a regular file or a directory.
 * @throws {FileNotFoundError} If there is no such path.
 * @throws {PermissionError} If the program may not read it.
 * @throws {RuntimeError} If a path is given and this Deno is too old; the message names the
 * version that is needed.
 */
export async function openReadPipe(
  pipe: ReadPipe,
  options: ReadPipeOptions = {},
): Promise<PipeReader> {
  const input = await opened(pipe, "read", options);
  return new PipeReader(new FileStream(readEnd(input, options), nameOf(pipe)), options.limit);
}

/**
 * Opens a pipe as a stream that is written to.
 *
 * @param pipe An open file, or a path; a path is opened, which waits until the other side is.
 * @param options What becomes of the file, and what ends the wait.
 * @returns The writer; to be closed, which waits for as long as the other side takes its time.
 * @throws {TypeError} If it is no pipe, but a regular file or a directory.
 * @throws {FileNotFoundError} If there is no such path.
 * @throws {PermissionError} If the program may not write to it.
 * @throws {RuntimeError} If a path is given and this Deno is too old; the message names the
 * version that is needed.
 */
export async function openWritePipe(
  pipe: WritePipe,
  options: PipeOptions = {},
): Promise<StreamWriter> {
  const output = await opened(pipe, "write", options);
  const stream = new FileStream(writeEnd(output, options), nameOf(pipe));
  return new StreamWriter(stream, { closeTimeout: Infinity });
}

/** Reads bytes and lines from a pipe. */
export class PipeReader extends StreamReader implements AsyncDisposable {
  readonly #stream: FileStream;

  /** @internal */
  constructor(stream: FileStream, limit?: number) {
    super({ source: stream, limit });
    this.#stream = stream;
  }

  /** Closes the pipe at once; idempotent. A call that waits is rejected. */
  close(): void {
    this.#stream.close();
  }

  /** Closes the pipe. */
  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }
}

async function opened<F extends PipeInput | PipeOutput>(
  pipe: F | string | URL,
  side: PipeSide,
  options: WaitOptions,
): Promise<F> {
  if (typeof pipe === "string" || pipe instanceof URL) {
    const file = await openNamedPipe(nameOf(pipe), side, options);
    await checkKind(file, nameOf(pipe)).catch((error) => {
      file.close();
      throw error;
    });
    return file as unknown as F;
  }
  if (typeof (pipe as Partial<FileEnd>)?.[side] !== "function") {
    throw new TypeError(`Cannot ${side} this pipe: need a path or an open file`);
  }
  if (pipe instanceof Deno.FsFile) await checkKind(pipe, nameOf(pipe));
  return pipe;
}

async function connect<P extends StreamProtocol>(
  protocolFactory: ProtocolFactory<P>,
  file: PipeInput | PipeOutput,
  end: FileEnd,
  name: string,
): Promise<{ transport: PipeTransport; protocol: P }> {
  const stream = new FileStream(end, name);
  let protocol: P;
  try {
    protocol = protocolFactory();
  } catch (error) {
    stream.close();
    throw error;
  }
  const transport = new PipeTransport(stream, protocol, file);
  // The loop calls connectionMade before this.
  await new Promise<void>((resolve) => getEventLoop().callSoon(resolve));
  return { transport, protocol };
}

function readEnd(file: PipeInput, options: PipeOptions): FileEnd {
  const close = closing(file, options);
  return close === undefined ? lastingReads(file) : { read: (buffer) => file.read(buffer), close };
}

function writeEnd(file: PipeOutput, options: PipeOptions): FileEnd {
  return { write: (data) => file.write(data), close: closing(file, options) };
}

function closing(
  file: PipeInput | PipeOutput,
  { closeFile = !isStandard(file) }: PipeOptions,
): (() => void) | undefined {
  return closeFile ? () => file.close() : undefined;
}

// To ask again would wait for a read that somebody has left in flight.
const CHECKED = new WeakSet<Deno.FsFile>();

/** A regular file is always ready, and has an end that may move: files are for that. */
async function checkKind(file: Deno.FsFile, name: string): Promise<void> {
  if (CHECKED.has(file)) return;
  const { isFile, isDirectory } = await file.stat().catch((error) => {
    throw fileError(error, "use", name);
  });
  if (!isFile && !isDirectory) return void CHECKED.add(file);
  throw new TypeError(`Cannot use ${name} as a pipe: it is a ${isFile ? "file" : "directory"}`);
}

function nameOf(pipe: ReadPipe | WritePipe): string {
  if (typeof pipe === "string") return pipe;
  if (pipe instanceof URL) return decodeURIComponent(pipe.pathname);
  if (pipe === Deno.stdin) return "standard input";
  if (pipe === Deno.stdout) return "standard output";
  if (pipe === Deno.stderr) return "standard error";
  return "a pipe";
}

function isStandard(file: unknown): boolean {
  return file === Deno.stdin || file === Deno.stdout || file === Deno.stderr;
}
