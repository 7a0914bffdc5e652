/**
 * Python's ftplib in a process of its own, which runs one script after the other.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { pathOf } from "../servers/installed.ts";
import type { Result, Script } from "./steps.ts";

/** Where a script is run. */
export interface Target {
  /** The host of the server. */
  readonly hostname: string;
  /** Its port. */
  readonly port: number;
  /** The file with the authority of its certificate, where TLS is spoken. */
  readonly caFile?: string;
}

/** The running interpreter. */
export class PythonFtplib implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<string>;
  #buffer = "";

  /** Starts it. */
  constructor() {
    this.#process = new Deno.Command(pathOf("python3"), {
      args: ["-B", fileURLToPath(new URL("./differential.py", import.meta.url))],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#writer = this.#process.stdin.getWriter();
    this.#reader = this.#process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Runs a script, and gives what each of its steps gave. */
  async run({ hostname, port, caFile }: Target, script: Script): Promise<Result[]> {
    const { steps, passive } = script;
    const request = JSON.stringify({ host: hostname, port, ca: caFile, passive, steps });
    await this.#writer.write(new TextEncoder().encode(`${request}\n`));
    let end = this.#buffer.indexOf("\n");
    while (end < 0) {
      const { done, value } = await this.#reader.read();
      if (done) throw new Error("Python has ended: see above");
      this.#buffer += value;
      end = this.#buffer.indexOf("\n");
    }
    const line = this.#buffer.slice(0, end);
    this.#buffer = this.#buffer.slice(end + 1);
    return JSON.parse(line);
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close().catch(() => {});
    await this.#reader.cancel();
    await this.#process.status;
  }
}
