/**
 * Standard output: lines and bytes, in their order, no faster than they are taken.
 *
 * @module
 */

import { CommandError, EXIT } from "./exit_codes.ts";
import type { TerminalOutput } from "./terminal.ts";
import { rethrowIfCancelled } from "../../loop/exceptions.ts";

/** How much waits to be written before whoever writes has to wait. */
const PLENTY = 65_536;

/** Writes what was asked for. */
export class Output {
  readonly #to: TerminalOutput;
  #waiting = "";
  #flushing: Promise<void> | undefined;
  #failed: CommandError | undefined;

  /**
   * Begins to write.
   *
   * @param to Where it goes.
   */
  constructor(to: TerminalOutput) {
    this.#to = to;
  }

  /** Whether somebody looks at it: then names are made safe to look at. */
  get isTerminal(): boolean {
    return this.#to.isTerminal;
  }

  /**
   * Writes a line.
   *
   * @param text The line, without its end.
   * @throws {CommandError} If nobody reads any more (`EXIT.brokenPipe`), or it cannot be written.
   */
  async line(text: string): Promise<void> {
    this.#check();
    this.#waiting += `${text}\n`;
    this.#flushing ??= this.#flush();
    if (this.#waiting.length >= PLENTY) await this.flush();
  }

  /**
   * Writes a value as JSON, in one line.
   *
   * @param value The value.
   */
  json(value: unknown): Promise<void> {
    return this.line(JSON.stringify(value));
  }

  /**
   * Writes bytes, behind the lines that wait.
   *
   * @param bytes The bytes; they may be used again when the promise resolves.
   * @throws {CommandError} As {@linkcode line} does.
   */
  async bytes(bytes: Uint8Array): Promise<void> {
    await this.flush();
    try {
      await this.#write(bytes);
    } catch (error) {
      rethrowIfCancelled(error);
      this.#failed = failure(error);
    }
    this.#check();
  }

  /** Waits until all is written. */
  async flush(): Promise<void> {
    while (this.#flushing !== undefined) await this.#flushing;
    this.#check();
  }

  async #flush(): Promise<void> {
    try {
      // Lines of one turn go together.
      await Promise.resolve();
      while (this.#waiting !== "") {
        const bytes = new TextEncoder().encode(this.#waiting);
        this.#waiting = "";
        await this.#write(bytes);
      }
    } catch (error) {
      rethrowIfCancelled(error);
      this.#failed = failure(error);
      this.#waiting = "";
    } finally {
      this.#flushing = undefined;
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.length;) from += await this.#to.write(bytes.subarray(from));
  }

  #check(): void {
    if (this.#failed !== undefined) throw this.#failed;
  }
}

function failure(error: unknown): CommandError {
  if (error instanceof Deno.errors.BrokenPipe) {
    return new CommandError("Nobody reads the output", EXIT.brokenPipe, { cause: error });
  }
  const { message } = error as Error;
  return new CommandError(`Cannot write to standard output: ${message}`, EXIT.failed, {
    cause: error,
  });
}
