/**
 * The transport of a child process: its pipes, each with a transport of its
 * own, and its end (Python's `asyncio.base_subprocess`).
 *
 * @module
 */

import { captureContext, Context } from "../../loop/context.ts";
import type { EventLoop } from "../../loop/event_loop.ts";
import { getEventLoop } from "../../loop/events.ts";
import { runOutside } from "../../loop/outside.ts";
import type { ByteStream } from "../byte_stream.ts";
import type { Child } from "./child.ts";
import type { SubprocessProtocol } from "../transports/protocols.ts";
import { StreamTransport } from "../transports/stream_transport.ts";
import type { AnyProtocol, SubprocessTransport } from "../transports/transports.ts";

/**
 * Tells a protocol what becomes of a child process.
 *
 * The protocol's `connectionMade` comes first; then what the pipes bring, and `processExited` when
 * the child has ended, in whatever order that happens; and `connectionLost(null)` when the child
 * has ended and all its pipes are closed. Only `pauseWriting` may come inside of a call.
 */
export class ChildTransport implements SubprocessTransport {
  readonly #child: Child;
  readonly #loop: EventLoop = getEventLoop();
  readonly #context: Context = captureContext() ?? new Context();
  readonly #pipes: Map<number, StreamTransport> = new Map();
  #openPipes = 0;
  #protocol: SubprocessProtocol;
  #closed = false;
  #exited = false;
  #lost = false;

  /**
   * Takes over a child. The protocol's `connectionMade` follows.
   *
   * @param child The child.
   * @param protocol Who is told what happens.
   * @param made Told when `connectionMade` was called.
   */
  constructor(child: Child, protocol: SubprocessProtocol, made: () => void) {
    this.#child = child;
    this.#protocol = protocol;
    this.#loop._served.add(this);
    for (const [fd, stream] of [child.input, child.output, child.errors].entries()) {
      if (stream !== null) this.#open(fd, stream);
    }
    this.#call(() => this.#protocol.connectionMade(this));
    this.#call(made);
    runOutside(() =>
      child.ended.then(() => {
        this.#exited = true;
        this.#call(() => this.#protocol.processExited());
        this.#finish();
      })
    );
  }

  /** The protocol that it tells. */
  getProtocol(): SubprocessProtocol {
    return this.#protocol;
  }

  /** Gives it another protocol. */
  setProtocol(protocol: AnyProtocol): void {
    this.#protocol = protocol as SubprocessProtocol;
  }

  /** Nothing is known about a child that has not a method of its own. */
  // deno-lint-ignore no-explicit-any
  getExtraInfo(_name: string, fallback?: any): any {
    return fallback;
  }

  /** Whether it was closed by us. */
  isClosing(): boolean {
    return this.#closed;
  }

  /**
   * Kills the child if it runs, and closes its pipes; idempotent. The protocol's
   * `connectionLost(null)` follows.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#child.close();
    for (const pipe of this.#pipes.values()) pipe.close();
  }

  /** The number of the process. */
  getPid(): number {
    return this.#child.pid;
  }

  /** How it ended: its exit code, minus the signal's number, or `null` while it runs. */
  getReturncode(): number | null {
    return this.#child.returncode;
  }

  /** One of its pipes; `null` where there is none. */
  getPipeTransport(fd: number): StreamTransport | null {
    return this.#pipes.get(fd) ?? null;
  }

  /**
   * Sends it a signal.
   *
   * @throws {ProcessLookupError} If it has ended.
   */
  sendSignal(signal: Deno.Signal): void {
    this.#child.sendSignal(signal);
  }

  /** Asks it to end (`SIGTERM`). */
  terminate(): void {
    this.#child.sendSignal("SIGTERM");
  }

  /** Kills it (`SIGKILL`). */
  kill(): void {
    this.#child.sendSignal("SIGKILL");
  }

  /** @internal */
  _loopClosed(): void {
    this.#closed = true;
    this.#child.close();
  }

  #open(fd: number, stream: ByteStream): void {
    this.#openPipes += 1;
    const pipe = new StreamTransport(stream, {
      connectionMade: () => {},
      dataReceived: (data) => this.#call(() => this.#protocol.pipeDataReceived(fd, data)),
      connectionLost: (error) => {
        this.#openPipes -= 1;
        this.#call(() => this.#protocol.pipeConnectionLost(fd, error));
        this.#finish();
      },
      pauseWriting: () => this.#protocol.pauseWriting(),
      resumeWriting: () => this.#protocol.resumeWriting(),
    }, { closeTimeout: Infinity });
    this.#pipes.set(fd, pipe);
  }

  #finish(): void {
    if (!this.#exited || this.#openPipes > 0 || this.#lost) return;
    this.#lost = true;
    this.#call(() => {
      this.#loop._served.delete(this);
      this.#protocol.connectionLost(null);
    });
  }

  /** Calls soon, on the loop and in the transport's own context. */
  #call(callback: () => void): void {
    if (!this.#loop.isClosed()) this.#loop._callSoonIn(this.#context, callback, undefined);
  }
}
