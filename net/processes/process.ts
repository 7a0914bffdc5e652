/**
 * A child process with streams: Python's `asyncio.subprocess.Process`.
 *
 * @module
 */

import { rethrowIfCancelled, RuntimeError, TimeoutError } from "../../loop/exceptions.ts";
import { checkTimeout, interruptible } from "../../loop/wait.ts";
import { checkLimit } from "../../protocols/limits.ts";
import type { Child } from "./child.ts";
import { BrokenPipeError, ConnectionResetError, LimitOverrunError } from "../errors.ts";
import { StreamReader } from "../streams/stream_reader.ts";
import { StreamWriter } from "../streams/stream_writer.ts";

/** What a child has written until it ended. */
export interface Communicated {
  /** To its output; `null` where that is no pipe. */
  readonly stdout: Uint8Array | null;
  /** To its errors; `null` where that is no pipe. */
  readonly stderr: Uint8Array | null;
}

/** Options of {@linkcode Process.communicate}. A child to whose talk they put an end is killed. */
export interface CommunicateOptions {
  /**
   * The most that the child may write to its output, and to its errors, in bytes each.
   *
   * @default {67_108_864}
   */
  limit?: number;
  /**
   * The longest that all of it may take, in milliseconds.
   *
   * @default {Infinity}
   */
  timeout?: number;
  /** Ends it: the call rejects with `signal.reason`. */
  signal?: AbortSignal;
}

/** Options of {@linkcode Process.wait}. */
export interface ProcessWaitOptions {
  /**
   * The longest wait, in milliseconds; the child goes on.
   *
   * @default {Infinity}
   */
  timeout?: number;
  /** Ends the wait: the call rejects with `signal.reason`, and the child goes on. */
  signal?: AbortSignal;
}

/**
 * A child process. `createSubprocessExec` and `createSubprocessShell` start it.
 *
 * Whatever it is started with `PIPE` for has a stream here. They are read only
 * when somebody asks, so a child that writes more than a pipe holds (64 KiB)
 * waits until somebody does: read before you {@linkcode wait}, or use
 * {@linkcode communicate}.
 *
 * A running child keeps the program from its end, unless {@linkcode unref} is
 * called. `await using` kills it if it runs, waits for its end, and closes its
 * pipes; what the child has started by itself is not killed.
 */
export class Process implements AsyncDisposable {
  /** The number of the process. */
  readonly pid: number;
  /** Writes to its input; `null` where that is no pipe. */
  readonly stdin: StreamWriter | null;
  /** Reads its output; `null` where that is no pipe. */
  readonly stdout: StreamReader | null;
  /** Reads its errors; `null` where they are no pipe. */
  readonly stderr: StreamReader | null;
  readonly #child: Child;
  // What communicate() has read, should it be cancelled and called again.
  readonly #output: Collected = { pieces: [], size: 0 };
  readonly #errors: Collected = { pieces: [], size: 0 };

  /**
   * Takes over a child.
   *
   * @param child The child.
   * @param limit The longest line of its streams, in bytes.
   *
   * @internal
   */
  constructor(child: Child, limit?: number) {
    this.#child = child;
    this.pid = child.pid;
    this.stdin = child.input && new StreamWriter(child.input, { closeTimeout: Infinity });
    this.stdout = child.output && new StreamReader({ source: child.output, limit });
    this.stderr = child.errors && new StreamReader({ source: child.errors, limit });
  }

  /**
   * How it ended: its exit code, minus the number of the signal that killed it (-9 for
   * `SIGKILL`), or `null` while it runs.
   */
  get returncode(): number | null {
    return this.#child.returncode;
  }

  /**
   * Waits until it has ended. Whom it has started may still hold its pipes open.
   *
   * @param options What may end the wait; the child goes on then.
   * @returns How it ended, as `returncode` says.
   * @throws {TimeoutError} If it runs for longer than `timeout`.
   */
  async wait(options: ProcessWaitOptions = {}): Promise<number> {
    const timeout = checkTimeout(options.timeout, Infinity);
    return await this.#child.wait({
      signal: options.signal,
      timeout,
      timeoutError: () => this.#late(timeout),
    });
  }

  /**
   * Sends `input`, reads all that the child writes, and waits until it has ended.
   *
   * Input that the child does not read to its end is no failure. The call ends when the child has
   * ended *and* its output and errors are at their end: for whom it has started, they are as long
   * as one of these holds them open, as in Python. A `timeout` ends that, too.
   *
   * What goes past `limit` or `timeout`, or is ended by `signal`, is killed, and its pipes are
   * closed. If the task is cancelled, the child goes on, as in Python; and the call may be made
   * again, without `input`, and brings all of the output.
   *
   * @param input Text, sent as UTF-8, or bytes; without it the child's input is empty.
   * @param options Limits.
   * @returns What it wrote to its output and its errors.
   * @throws {TypeError} If there is input, and the child was started without `stdin: PIPE`.
   * @throws {RuntimeError} If there is input, and `stdin` is closed.
   * @throws {LimitOverrunError} If the child writes more than `limit`.
   * @throws {TimeoutError} If it takes longer than `timeout`.
   */
  async communicate(
    input?: Uint8Array | string | null,
    options: CommunicateOptions = {},
  ): Promise<Communicated> {
    const limit = checkLimit("limit", options.limit, DEFAULT_OUTPUT);
    const timeout = checkTimeout(options.timeout, Infinity);
    if (input != null && input.length > 0) this.#refuseInput();
    const stop = new AbortController();
    const { signal } = stop;
    try {
      const all = Promise.all([
        this.#feed(input, signal),
        this.#collect("output", this.stdout, this.#output, { limit, signal }),
        this.#collect("errors", this.stderr, this.#errors, { limit, signal }),
        this.wait({ signal }),
      ]);
      await interruptible(all, {
        signal: options.signal,
        timeout,
        timeoutError: () => this.#late(timeout),
      });
    } catch (error) {
      rethrowIfCancelled(error);
      stop.abort(error);
      const isBrokenOff = error instanceof LimitOverrunError || error instanceof TimeoutError ||
        options.signal?.aborted;
      if (isBrokenOff) await this.#child.end();
      throw error;
    }
    return {
      stdout: this.stdout && take(this.#output),
      stderr: this.stderr && take(this.#errors),
    };
  }

  /**
   * Sends it a signal.
   *
   * @param signal Which.
   * @throws {ProcessLookupError} If it has ended.
   * @throws {TypeError} If the system has no such signal.
   * @throws {PermissionError} If it runs as somebody else.
   */
  sendSignal(signal: Deno.Signal): void {
    this.#child.sendSignal(signal);
  }

  /**
   * Asks it to end (`SIGTERM`).
   *
   * @throws {ProcessLookupError} If it has ended.
   */
  terminate(): void {
    this.#child.sendSignal("SIGTERM");
  }

  /**
   * Kills it (`SIGKILL`).
   *
   * @throws {ProcessLookupError} If it has ended.
   */
  kill(): void {
    this.#child.sendSignal("SIGKILL");
  }

  /**
   * Lets the program end though the child runs, as it does in Python: for one that is to outlive
   * the program. Start that with `detached`, and with no pipes.
   */
  unref(): void {
    this.#child.unref();
  }

  /** Kills it if it runs, closes its pipes, and waits for its end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.stdin?.abort();
    await this.#child.end();
  }

  #refuseInput(): void {
    const what = `Cannot send input to ${this.#child.name}`;
    if (this.stdin === null) throw new TypeError(`${what}: start it with stdin: PIPE`);
    if (this.stdin.isClosing()) throw new RuntimeError(`${what}: its input is closed already`);
  }

  async #feed(input: Uint8Array | string | null | undefined, signal: AbortSignal): Promise<void> {
    if (this.stdin === null || this.stdin.isClosing()) return;
    try {
      if (input != null) this.stdin.write(input);
      await this.stdin.flush({ signal });
    } catch (error) {
      rethrowIfCancelled(error);
      const isOver = error instanceof BrokenPipeError || error instanceof ConnectionResetError;
      if (!isOver) throw error;
    }
    this.stdin.close();
  }

  async #collect(
    what: string,
    reader: StreamReader | null,
    collected: Collected,
    { limit, signal }: { limit: number; signal: AbortSignal },
  ): Promise<void> {
    if (reader === null) return;
    for (;;) {
      const piece = await reader.read(AT_ONCE, { signal });
      if (piece.length === 0) return;
      collected.size += piece.length;
      if (collected.size > limit) {
        throw new LimitOverrunError(
          `${this.#child.name} wrote more than the limit of ${limit} bytes to its ${what}, and ` +
            `was killed. Give communicate() a larger limit, or read the stream piece by piece`,
          limit,
        );
      }
      collected.pieces.push(piece);
    }
  }

  #late(timeout: number): TimeoutError {
    return new TimeoutError(`${this.#child.name} has not ended within ${timeout} ms`);
  }
}

/** What was read of a stream. */
interface Collected {
  pieces: Uint8Array[];
  size: number;
}

const DEFAULT_OUTPUT = 67_108_864;
const AT_ONCE = 262_144;

function take(collected: Collected): Uint8Array {
  const all = new Uint8Array(collected.size);
  let at = 0;
  for (const piece of collected.pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  collected.pieces = [];
  collected.size = 0;
  return all;
}
