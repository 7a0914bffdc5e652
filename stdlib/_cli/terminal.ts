/**
 * What a command line program talks to: an interface, so that it can be tested without a terminal.
 * The real one is `ConsoleTerminal`.
 *
 * @module
 */

/** The cells and lines of a terminal. */
export interface TerminalSize {
  /** How many cells a line has. */
  readonly columns: number;
  /** How many lines there are. */
  readonly rows: number;
}

/** Standard input. */
export interface TerminalInput {
  /** Whether somebody types there. */
  readonly isTerminal: boolean;
  /**
   * Reads what comes next.
   *
   * @param buffer Where it goes.
   * @returns How many bytes came, or `null` at the end.
   */
  read(buffer: Uint8Array): Promise<number | null>;
  /**
   * Has each key arrive at once and unseen, or not any more.
   *
   * @param raw Which of both.
   */
  setRaw(raw: boolean): void;
}

/** Standard output or standard error. */
export interface TerminalOutput {
  /** Whether somebody looks at it. */
  readonly isTerminal: boolean;
  /**
   * Writes some bytes, and tells how many.
   *
   * @param bytes The bytes.
   */
  write(bytes: Uint8Array): Promise<number>;
  /**
   * Writes all of a text at once.
   *
   * @param text The text.
   */
  writeText(text: string): void;
}

/** What a command line program talks to. */
export interface Terminal {
  /** What comes in. */
  readonly input: TerminalInput;
  /** What was asked for. */
  readonly output: TerminalOutput;
  /** What else there is to say. */
  readonly errors: TerminalOutput;
  /** Whether colours are welcome (`NO_COLOR` is not set). */
  readonly color: boolean;
  /** How large it is; `undefined` where nobody looks. */
  size(): TerminalSize | undefined;
  /**
   * Calls back whenever the size changes.
   *
   * @param callback What is called.
   * @returns What ends that.
   */
  onResize(callback: () => void): () => void;
  /**
   * Calls back when the user or the system asks the program to end.
   *
   * @param callback What is called, with the reason.
   * @returns What ends that.
   */
  onInterrupt(callback: (reason: "SIGINT" | "SIGTERM") => void): () => void;
  /**
   * Reads a variable of the environment, if the program may; it never asks for the permission.
   *
   * @param name The variable.
   * @returns Its value; `undefined` where it is not set, or nobody may see it.
   */
  environment(name: string): Promise<string | undefined>;
  /**
   * Ends the program at once.
   *
   * @param code How it ends.
   */
  exit(code: number): never;
}
