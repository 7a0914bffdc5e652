/**
 * A program in a process of its own, which uses the loop and is sent signals.
 *
 * @module
 */

const LOOP = new URL("../../loop/mod.ts", import.meta.url).href;
/** The longest that any program may run, in milliseconds. */
const LIMIT = 20_000;

/** How a program ended. */
export interface Ended {
  code: number;
  signal: Deno.Signal | null;
  stdout: string;
  stderr: string;
}

/** A program that runs. */
export class Program implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #stdout: ReadableStreamDefaultReader<string>;
  readonly #stderr: Promise<string>;
  #printed = "";

  constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#stdout = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    this.#stderr = new Response(child.stderr).text();
  }

  /** Reads what it prints until that holds a text, which is then taken away. */
  async until(text: string): Promise<void> {
    while (!this.#printed.includes(text)) {
      if (!await this.#read()) throw new Error(`It never said ${text}: ${await this.#stderr}`);
    }
    this.#printed = this.#printed.slice(this.#printed.indexOf(text) + text.length);
  }

  /** Sends a signal; SIGINT as a terminal does for Ctrl-C. */
  interrupt(signal: Deno.Signal = "SIGINT"): void {
    this.#child.kill(signal);
  }

  /** Waits for its end. */
  async end(): Promise<Ended> {
    while (await this.#read());
    const { code, signal } = await this.#child.status;
    return { code, signal, stdout: this.#printed, stderr: await this.#stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
    await this.end();
  }

  async #read(): Promise<boolean> {
    const { done, value } = await this.#stdout.read();
    this.#printed += value ?? "";
    return !done;
  }
}

/** What the program can use. */
const NAMES = "CancelledError, Future, getRunningLoop, KeyboardInterrupt, run, sleep";

/**
 * Starts a program.
 *
 * @param body Its top level, in JavaScript; {@linkcode NAMES} are imported.
 * @returns The program, which is killed after twenty seconds.
 */
export function start(body: string): Program {
  const text = `import { ${NAMES} } from "${LOOP}";\n${body}`;
  const url = `data:text/javascript,${encodeURIComponent(text)}`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-lock", "--no-check", "--quiet", url],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(LIMIT),
  }).spawn();
  return new Program(child);
}
