/**
 * Runs the asyncio examples as their README says, each as a process of its own.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

/** The folder of the examples. */
export const FOLDER: URL = new URL("../../examples/asyncio/", import.meta.url);
const TOP = fileURLToPath(new URL("../../", import.meta.url));
const LIMIT = 30_000;
/** A server that is told to stop needs less than a second, and the machine may be busy. */
const PATIENCE = 3_000;

/** What the README says of one example. */
export interface Example {
  /** The name of its file. */
  file: string;
  /** The command, as one types it. */
  command: string;
  /** What one sees then. */
  output: string;
}

/** The examples of the README, in its order. */
export async function readExamples(): Promise<Example[]> {
  const readme = await Deno.readTextFile(new URL("README.md", FOLDER));
  const shown = readme.matchAll(/^```sh\n([^\n]*)\n```\n+```text\n(.*?)^```$/gms);
  return [...shown].map(([, command, output]) => {
    const file = /[^/]+\.ts$/.exec(command!)?.[0] ?? "";
    return { file, command: command!, output: output! };
  });
}

/** What a finished example left. */
export interface Finished {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs an example to its end. */
export async function runExample(command: string, args: readonly string[] = []): Promise<Finished> {
  const { code, stdout, stderr } = await spawn(command, args).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** An example that serves a page. Disposing ends it, whatever it does. */
export class ServedPage implements AsyncDisposable {
  /** The address that it prints. */
  readonly url: string;
  /** What it prints first. */
  readonly greeting: string;
  readonly #child: Deno.ChildProcess;
  readonly #stdout: ReadableStreamDefaultReader<Uint8Array>;

  private constructor(
    greeting: string,
    child: Deno.ChildProcess,
    stdout: ReadableStreamDefaultReader<Uint8Array>,
  ) {
    this.greeting = greeting;
    this.url = /http:\S+/.exec(greeting)![0];
    this.#child = child;
    this.#stdout = stdout;
  }

  /** Starts an example of the README on a free port. */
  static async start(file: string): Promise<ServedPage> {
    const example = (await readExamples()).find((example) => example.file === file);
    if (example === undefined) throw new Error(`The README shows no ${file}`);
    const child = spawn(example.command, ["0"]);
    const stdout = child.stdout.getReader();
    let greeting = "";
    while (!/http:\S+\n/.test(greeting)) {
      const { value, done } = await stdout.read();
      if (done) {
        const said = await new Response(child.stderr).text();
        throw new Error(`${file} ended before it served a page:\n${greeting}${said}`);
      }
      greeting += new TextDecoder().decode(value);
    }
    return new ServedPage(greeting, child, stdout);
  }

  /** Presses Ctrl-C, and waits for the end; for one that lasts too long, not at all. */
  async interrupt(): Promise<Finished> {
    this.#child.kill("SIGINT");
    const impatience = setTimeout(() => this.#child.kill("SIGKILL"), PATIENCE);
    const stderr = new Response(this.#child.stderr).text();
    let stdout = this.greeting;
    for (let read = await this.#stdout.read(); !read.done; read = await this.#stdout.read()) {
      stdout += new TextDecoder().decode(read.value);
    }
    const { code } = await this.#child.status;
    clearTimeout(impatience);
    return { code, stdout, stderr: await stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#stdout.cancel();
    if (!this.#child.stderr.locked) await this.#child.stderr.cancel();
    await this.#child.status;
  }
}

/** The command is run by this Deno itself, which gets its signals, and never asks for more. */
function spawn(command: string, args: readonly string[]): Deno.ChildProcess {
  const [deno, run, ...rest] = command.split(" ");
  if (deno !== "deno" || run !== "run") throw new Error(`Expected deno run, got ${command}`);
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", ...rest, ...args],
    cwd: TOP,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(LIMIT),
  }).spawn();
}
