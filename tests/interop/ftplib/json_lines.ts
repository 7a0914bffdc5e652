/**
 * A Python script that answers each line of JSON with one.
 *
 * @module
 */

import { pathOf } from "../servers/installed.ts";

/** The running script. */
export class JsonLines implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<string>;
  #buffer = "";

  /**
   * Starts it.
   *
   * @param script Its path.
   */
  constructor(script: string) {
    this.#process = new Deno.Command(pathOf("python3"), {
      args: ["-B", script],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#writer = this.#process.stdin.getWriter();
    this.#reader = this.#process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /**
   * Asks for something, and waits for the answer; one at a time.
   *
   * @param request What the script is to do.
   * @returns Its answer.
   * @throws {Error} If the script has ended.
   */
  async ask<Answer>(request: unknown): Promise<Answer> {
    await this.#writer.write(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
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
