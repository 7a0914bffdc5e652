/**
 * The dummy server of CPython's own tests of ftplib, in a Python of its own.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { JsonLines } from "../json_lines.ts";
import type { Loopback } from "../../servers/ftp_server.ts";

/** How the dummy server is started. */
export interface DummyOptions {
  /** Whether it knows TLS. */
  tls?: boolean;
  /** Where it listens. */
  host?: Loopback;
  /** How it writes names and text. */
  encoding?: "utf-8" | "latin-1";
}

/** What the tests look at and change in the dummy server; of its newest session. */
export type Field =
  | "fake_pasv_server_ip"
  | "last_received_cmd"
  | "last_received_data"
  | "next_data"
  | "next_response"
  | "next_retr_data"
  | "rest";

/** The dummy server while it runs. */
export class Dummy implements AsyncDisposable {
  readonly #python: JsonLines;
  /** Where it listens. */
  readonly hostname: Loopback;
  /** On which port. */
  readonly port: number;
  /** The file with the authority of its certificate. */
  readonly caFile: string;

  private constructor(python: JsonLines, hostname: Loopback, port: number, caFile: string) {
    this.#python = python;
    this.hostname = hostname;
    this.port = port;
    this.caFile = caFile;
  }

  /** Starts it. */
  static async start(python: JsonLines, options: DummyOptions = {}): Promise<Dummy> {
    const { tls = false, host = "127.0.0.1", encoding = "utf-8" } = options;
    const { port, ca } = await python.ask<{ port: number; ca: string }>({
      do: "start",
      tls,
      host,
      encoding,
    });
    return new Dummy(python, host, port, ca);
  }

  /** Sets a field of the newest session. */
  async set(name: Field, value: unknown): Promise<void> {
    await this.#python.ask({ do: "set", name, value });
  }

  /** What is in a field of the newest session. */
  async get(name: Field): Promise<unknown> {
    return (await this.#python.ask<{ value: unknown }>({ do: "get", name })).value;
  }

  /** Asserts that a field comes to hold this: the server works beside the client. */
  async holds(name: Field, expected: unknown): Promise<void> {
    const deadline = Date.now() + 10_000;
    let value = await this.get(name);
    while (value !== expected && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      value = await this.get(name);
    }
    assert.equal(value, expected, name);
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#python.ask({ do: "stop" });
  }
}

/** Starts the Python in which dummy servers run. */
export function startPython(): JsonLines {
  return new JsonLines(fileURLToPath(new URL("./dummy.py", import.meta.url)));
}
