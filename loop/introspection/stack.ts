/**
 * Where code stands: stacks of the caller's own functions, over `await` and all.
 *
 * The engine follows an `await` back to the function that awaits, also in the
 * job that calls `then` of a future. To capture that costs a few microseconds,
 * to make text of it a hundred times as much: so it is read only when asked for.
 *
 * @module
 */

/** One function in a stack. */
export class StackFrame {
  /**
   * @internal
   * @param functionName The name of the function.
   * @param fileName Where it was loaded from.
   * @param lineNumber The line.
   * @param columnNumber The column.
   * @param isAsync Whether it awaits the function above it.
   */
  constructor(
    /** The name of the function, with that of its class where it is a method. */
    readonly functionName: string,
    /** The URL of its module. */
    readonly fileName: string,
    /** The line in which it stands, from 1. */
    readonly lineNumber: number,
    /** The column in which it stands, from 1. */
    readonly columnNumber: number,
    /** Whether it awaits, instead of having called, the function above it, or nothing that is known. */
    readonly isAsync: boolean,
  ) {}

  /** @internal The file, the line and the column. */
  get place(): string {
    return `${this.fileName}:${this.lineNumber}:${this.columnNumber}`;
  }

  /**
   * The frame as the engine writes it.
   *
   * @returns For example `at async main (file:///app/main.ts:7:3)`.
   */
  toString(): string {
    return `at ${this.isAsync ? "async " : ""}${this.functionName} (${this.place})`;
  }
}

/** The stack of a moment, or of an error. */
export class Stack {
  /** What holds the text, or will when it is first read. */
  #source: Source | null;
  #read: ReadStack | null = null;

  private constructor(source: Source) {
    this.#source = source;
  }

  /**
   * The stack of the calling code.
   *
   * @param below The function whose caller is meant.
   * @returns The stack.
   */
  // deno-lint-ignore ban-types -- any function can be left out
  static capture(below: Function): Stack {
    const holder: Source = {};
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = MOST_FRAMES;
    Error.captureStackTrace(holder, below);
    Error.stackTraceLimit = limit;
    return new Stack(holder);
  }

  /**
   * The stack of an error.
   *
   * @param error What was thrown; what is no error has no stack.
   * @returns The stack.
   */
  static of(error: unknown): Stack {
    return new Stack(error instanceof Error ? error : {});
  }

  /** The functions of the program, innermost first: without those of the loop and of the runtime. */
  get frames(): readonly StackFrame[] {
    return this.#parsed().frames;
  }

  /** The function of the loop in which the innermost of {@linkcode Stack.frames} waits, if it is async: `Lock.acquire`. */
  get waitsIn(): string | null {
    return this.#parsed().waitsIn;
  }

  /**
   * The stack as text.
   *
   * @returns A line for each function, innermost first.
   */
  toString(): string {
    return this.frames.map((frame) => `    ${frame}`).join("\n");
  }

  #parsed(): ReadStack {
    if (this.#read === null) {
      this.#read = read(this.#source!);
      this.#source = null;
    }
    return this.#read;
  }
}

interface Source {
  readonly stack?: string;
  readonly message?: string;
}

interface ReadStack {
  readonly frames: readonly StackFrame[];
  readonly waitsIn: string | null;
}

/** Ten, the engine's own limit, are soon used up by the loop itself. */
const MOST_FRAMES = 64;
/** The folder of the loop; unknown where all modules were bundled into one. */
const LOOP = /\/loop\/introspection\/stack\.[jt]s$/.test(new URL(import.meta.url).pathname)
  ? new URL("..", import.meta.url).href
  : null;

function read({ stack = "", message = "" }: Source): ReadStack {
  const frames: StackFrame[] = [];
  let waitsIn: string | null = null;
  // The message stands before the functions, and may look like one.
  const text = stack.slice(Math.max(0, stack.indexOf(message)) + message.length);
  for (const line of text.split("\n")) {
    const frame = parse(line);
    if (frame === null || isOfRuntime(frame)) continue;
    const module = moduleOfLoop(frame);
    if (module === null) {
      frames.push(frame);
    } else if (module === "task" && /\b_step$/.test(frame.functionName)) {
      // What is below has nothing to do with the task: the loop, or whoever began it eagerly.
      break;
    } else if (frames.length === 0 && frame.isAsync) {
      waitsIn = frame.functionName;
    }
  }
  return { frames, waitsIn };
}

function parse(line: string): StackFrame | null {
  const [, isAsync, name = "<anonymous>", file, row, column] =
    /^ +at (async )?(?:(.+) \()?(\S+?):(\d+):(\d+)\)?$/.exec(line) ?? [];
  if (file === undefined) return null;
  return new StackFrame(name, file, Number(row), Number(column), isAsync !== undefined);
}

function isOfRuntime({ fileName }: StackFrame): boolean {
  return /^(?:ext|node):/.test(fileName);
}

function moduleOfLoop({ fileName }: StackFrame): string | null {
  if (LOOP === null || !fileName.startsWith(LOOP)) return null;
  // Examples in doc comments run as `task.ts#1-20.ts`.
  return /^([\w/]+)\.[jt]s$/.exec(fileName.slice(LOOP.length))?.[1] ?? null;
}
