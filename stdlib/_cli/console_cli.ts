/**
 * The terminal that the program runs on, or the pipes in its place.
 *
 * @module
 */

import type { Terminal, TerminalInput, TerminalOutput, TerminalSize } from "./terminal.ts";

/** Standard input, output and error of this program. None of it needs a permission. */
export class ConsoleTerminal implements Terminal {
  /** What comes in. */
  readonly input: TerminalInput = {
    isTerminal: Deno.stdin.isTerminal(),
    read: (buffer) => Deno.stdin.read(buffer),
    setRaw: (raw) => Deno.stdin.setRaw(raw),
  };
  /** What was asked for. */
  readonly output: TerminalOutput = outputOf(Deno.stdout);
  /** What else there is to say. */
  readonly errors: TerminalOutput = outputOf(Deno.stderr);
  /** Whether colours are welcome. */
  readonly color: boolean = !Deno.noColor;

  /** How large it is. */
  size(): TerminalSize | undefined {
    try {
      const { columns, rows } = Deno.consoleSize();
      return columns > 0 && rows > 0 ? { columns, rows } : undefined;
    } catch {
      return undefined;
    }
  }

  /** Calls back whenever the size changes. */
  onResize(callback: () => void): () => void {
    return listen("SIGWINCH", callback);
  }

  /** Calls back at Ctrl-C, and when the system asks the program to end. */
  onInterrupt(callback: (reason: "SIGINT" | "SIGTERM") => void): () => void {
    const stops = [
      listen("SIGINT", () => callback("SIGINT")),
      listen("SIGTERM", () => callback("SIGTERM")),
    ];
    return () => stops.forEach((stop) => stop());
  }

  /** Reads a variable of the environment, if the program may. */
  async environment(name: string): Promise<string | undefined> {
    const { state } = await Deno.permissions.query({ name: "env", variable: name });
    return state === "granted" ? Deno.env.get(name) : undefined;
  }

  /** Ends the program at once. */
  exit(code: number): never {
    Deno.exit(code);
  }
}

function outputOf(stream: typeof Deno.stdout | typeof Deno.stderr): TerminalOutput {
  return {
    isTerminal: stream.isTerminal(),
    write: (bytes) => stream.write(bytes),
    writeText: (text) => {
      const bytes = new TextEncoder().encode(text);
      try {
        for (let from = 0; from < bytes.length;) from += stream.writeSync(bytes.subarray(from));
      } catch {
        // Where nobody hears what else there is to say, the work goes on.
      }
    },
  };
}

/** Windows knows fewer signals: there it does without. */
function listen(signal: Deno.Signal, callback: () => void): () => void {
  try {
    Deno.addSignalListener(signal, callback);
  } catch {
    return () => {};
  }
  return () => Deno.removeSignalListener(signal, callback);
}
