/**
 * A terminal that is typed at by a test, and remembers what it shows.
 *
 * @module
 */

import type { Terminal, TerminalSize } from "../../../stdlib/_cli/terminal.ts";

/** Options of {@linkcode FakeTerminal}. */
export interface FakeTerminalOptions {
  /** How large it is; without it nobody looks. */
  size?: TerminalSize;
  /** What is typed, piece by piece; then it waits for ever, or ends where it is no terminal. */
  typed?: readonly string[];
  /** What writing to standard output throws. */
  broken?: Error;
}

/** A terminal for tests. */
export class FakeTerminal implements Terminal {
  /** What was written to standard output. */
  out = "";
  /** What was written to standard error. */
  err = "";
  /** Each change of the raw mode. */
  readonly raw: boolean[] = [];
  /** How large it is. */
  current: TerminalSize | undefined;
  readonly color = false;
  readonly #typed: string[];
  readonly #resize = new Set<() => void>();
  readonly #interrupt = new Set<(reason: "SIGINT" | "SIGTERM") => void>();
  readonly input;
  readonly output;
  readonly errors;

  constructor({ size, typed = [], broken }: FakeTerminalOptions = {}) {
    this.current = size;
    this.#typed = [...typed];
    const isTerminal = size !== undefined;
    const encoder = new TextEncoder();
    this.input = {
      isTerminal,
      read: (buffer: Uint8Array): Promise<number | null> => {
        const next = this.#typed.shift();
        if (next === undefined) return isTerminal ? new Promise(() => {}) : Promise.resolve(null);
        return Promise.resolve(encoder.encodeInto(next, buffer).written);
      },
      setRaw: (raw: boolean) => void this.raw.push(raw),
    };
    this.output = {
      isTerminal,
      write: (bytes: Uint8Array): Promise<number> => {
        if (broken !== undefined) return Promise.reject(broken);
        this.out += new TextDecoder().decode(bytes);
        return Promise.resolve(bytes.length);
      },
      writeText: (text: string) => void (this.out += text),
    };
    this.errors = {
      isTerminal,
      write: (bytes: Uint8Array) => Promise.resolve(bytes.length),
      writeText: (text: string) => void (this.err += text),
    };
  }

  /** How many callbacks are told of changes. */
  get listeners(): number {
    return this.#resize.size + this.#interrupt.size;
  }

  /** Becomes larger or smaller. */
  resize(size: TerminalSize): void {
    this.current = size;
    for (const callback of this.#resize) callback();
  }

  /** Presses Ctrl-C. */
  interrupt(reason: "SIGINT" | "SIGTERM" = "SIGINT"): void {
    for (const callback of this.#interrupt) callback(reason);
  }

  size(): TerminalSize | undefined {
    return this.current;
  }

  onResize(callback: () => void): () => void {
    this.#resize.add(callback);
    return () => this.#resize.delete(callback);
  }

  onInterrupt(callback: (reason: "SIGINT" | "SIGTERM") => void): () => void {
    this.#interrupt.add(callback);
    return () => this.#interrupt.delete(callback);
  }

  environment(_name: string): Promise<string | undefined> {
    return Promise.resolve(undefined);
  }

  exit(code: number): never {
    throw new Error(`exit ${code}`);
  }
}
