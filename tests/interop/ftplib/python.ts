/**
 * Python's ftplib in a process of its own, which runs one script after the other.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { JsonLines } from "./json_lines.ts";
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
  readonly #python = new JsonLines(fileURLToPath(new URL("./differential.py", import.meta.url)));

  /** Runs a script, and gives what each of its steps gave. */
  async run({ hostname, port, caFile }: Target, script: Script): Promise<Result[]> {
    const { steps, passive } = script;
    return await this.#python.ask({ host: hostname, port, ca: caFile, passive, steps });
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#python[Symbol.asyncDispose]();
  }
}
