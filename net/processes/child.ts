/**
 * A child process: its number, its pipes and its end, under both faces of it,
 * `Process` and the transport.
 *
 * @module
 */

import { type InterruptibleOptions, Wait } from "../../loop/wait.ts";
import { quote } from "../../protocols/text/quote.ts";
import { ChildInput, ChildOutput } from "./child_pipes.ts";
import { PermissionError, ProcessLookupError } from "../errors.ts";

/** What of a child is a pipe to this program. */
export interface ChildPipes {
  /** Its input. */
  readonly input: boolean;
  /** Its output. */
  readonly output: boolean;
  /** What it reports. */
  readonly errors: boolean;
}

/** A child process. */
export class Child {
  /** What runs, for messages. */
  readonly name: string;
  /** The number of the process. */
  readonly pid: number;
  /** Its input, where that is a pipe. */
  readonly input: ChildInput | null;
  /** Its output, where that is a pipe. */
  readonly output: ChildOutput | null;
  /** Its errors, where they are a pipe. */
  readonly errors: ChildOutput | null;
  /** Resolves, when it has ended, with how. {@linkcode Child.wait} waits for it. */
  readonly ended: Promise<number>;
  readonly #waits: Set<Wait<number>> = new Set();
  readonly #process: Deno.ChildProcess;
  #returncode: number | null = null;
  #openOutputs = 0;
  #waiting = 0;

  /**
   * Takes over a process.
   *
   * @param process The process.
   * @param program What runs.
   * @param pipes Which pipes it has.
   */
  constructor(process: Deno.ChildProcess, program: string, pipes: ChildPipes) {
    this.#process = process;
    this.pid = process.pid;
    this.name = `${quote(program)} (process ${process.pid})`;
    this.input = pipes.input ? new ChildInput(process.stdin, `the input of ${this.name}`) : null;
    this.output = pipes.output ? this.#outputOf(process.stdout, "output") : null;
    this.errors = pipes.errors ? this.#outputOf(process.stderr, "errors") : null;
    this.ended = process.status.then((status) => this.#end(status));
  }

  /** How it ended: its exit code, minus the number of the signal, or `null` while it runs. */
  get returncode(): number | null {
    return this.#returncode;
  }

  /**
   * Waits until it has ended.
   *
   * @param options What may end the wait.
   * @returns How it ended.
   */
  async wait(options?: InterruptibleOptions): Promise<number> {
    if (this.#returncode !== null) return this.#returncode;
    // Whoever looks again and again leaves nothing behind with a child that runs for months.
    const wait = new Wait<number>(options);
    this.#waits.add(wait);
    try {
      return await wait;
    } finally {
      this.#waits.delete(wait);
    }
  }

  /** Lets the program end though the child runs. */
  unref(): void {
    this.#process.unref();
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
    if (this.#returncode !== null) {
      throw new ProcessLookupError(
        `Cannot send ${signal} to ${this.name}: it has ended (returncode ${this.#returncode})`,
      );
    }
    try {
      this.#process.kill(signal);
    } catch (error) {
      // It has ended, and the news is under way.
      if (error instanceof TypeError && /terminated/.test(error.message)) return;
      if (error instanceof Deno.errors.NotFound) return;
      if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
      throw new PermissionError(
        `Cannot send ${signal} to ${this.name}: it runs as another user of the system`,
        { code: "EPERM", cause: error },
      );
    }
  }

  /**
   * Kills it if it runs, and closes its pipes. Whom it started is left alone.
   *
   * @returns Whether it has ended, or soon will: `false` where it runs as another user.
   */
  close(): boolean {
    try {
      // Before the pipes: else it could end by itself, of a SIGPIPE.
      if (this.#returncode === null) this.sendSignal("SIGKILL");
      return true;
    } catch (error) {
      if (!(error instanceof PermissionError)) throw error;
      return false;
    } finally {
      this.input?.close();
      this.output?.close();
      this.errors?.close();
    }
  }

  /** Closes it, and waits for its end, if there will be one. */
  async end(): Promise<void> {
    if (this.close()) await this.wait();
  }

  #outputOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>, what: string): ChildOutput {
    this.#openOutputs += 1;
    return new ChildOutput(stream, `the ${what} of ${this.name}`, {
      ended: () => {
        this.#openOutputs -= 1;
        this.#breakInput();
      },
      waiting: (change) => {
        this.#waiting += change;
        if (this.#returncode !== null) this.#keepAlive();
      },
    });
  }

  #end({ code, signal }: Deno.CommandStatus): number {
    this.#returncode = signal === null ? code : 128 - code;
    for (const wait of this.#waits) {
      if (!wait.done()) wait.setResult(this.#returncode);
    }
    this.#keepAlive();
    this.output?.childEnded();
    this.errors?.childEnded();
    this.#breakInput();
    return this.#returncode;
  }

  /** Whom the child has started may read what it left open, and live on. As in Python. */
  #breakInput(): void {
    if (this.#returncode !== null && this.#openOutputs === 0) this.input?.break();
  }

  /**
   * Whom the child has started may hold its pipes open for ever: a read that nobody asked for
   * must not keep the program from its end.
   */
  #keepAlive(): void {
    if (this.#waiting > 0) this.#process.ref();
    else this.#process.unref();
  }
}
