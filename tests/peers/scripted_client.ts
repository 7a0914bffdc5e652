/**
 * A client that plays a dialogue with a server under test (see `client_script.ts`).
 *
 * @module
 */

import type { ClientStep } from "./client_script.ts";
import { type Pipe, PipeReader, writeAll } from "./pipe.ts";

/** What a played client needs. */
export interface ClientStage {
  /** Connects to a port of the server. */
  connect(port: number): Promise<Pipe>;
  /** Whether a client that is answered otherwise than in the script stays, and does nothing. */
  readonly stays?: boolean;
}

/** One performance. */
export class ScriptedClient {
  /** Where the server did not answer as in the script, in words. */
  readonly problems: string[] = [];
  /** The codes of the replies that came, the greeting's first. */
  readonly codes: number[] = [];
  /** Whether the script was played to its end. */
  finished = false;
  readonly #steps: readonly ClientStep[];
  readonly #stage: ClientStage;
  readonly #pipes: Pipe[] = [];
  #control!: Pipe;
  #replies!: PipeReader;
  #place: number | undefined;
  #data: Pipe | undefined;
  /** Whether the block of lines for it has begun. */
  #used = false;
  #closed = false;

  constructor(steps: readonly ClientStep[], stage: ClientStage) {
    this.#steps = steps;
    this.#stage = stage;
  }

  /** Plays until the end of the script, or where the server leaves it. Never rejects. */
  async play(port: number): Promise<void> {
    try {
      this.#control = await this.#connect(port);
      this.#replies = new PipeReader(this.#control);
      for (const step of this.#steps) {
        if (step.kind.startsWith("data-")) this.#used = step.kind !== "data-connect";
        else if (this.#used) await this.#endData();
        if (this.#closed) return;
        await this.#play(step);
      }
      await this.#endData();
      this.finished = true;
    } catch (error) {
      if (!this.#closed) this.problems.push((error as Error).message);
      if (this.#stage.stays) return;
    }
    this.close();
  }

  /** Gives everything up. */
  close(): void {
    this.#closed = true;
    for (const pipe of this.#pipes) pipe.close();
  }

  async #play(step: ClientStep): Promise<void> {
    switch (step.kind) {
      case "send":
        // A server that is gone shows in the reply that does not come.
        return await writeAll(this.#control, step.bytes).catch(() => {});
      case "reply":
        return await this.#expectReply(step);
      case "eof":
        return await this.#control.closeWrite();
      case "closed": {
        const rest = await this.#replies.rest();
        if (rest !== "") this.#fail(step, `the server sent ${JSON.stringify(rest)}`);
        return;
      }
      case "data-connect":
        return void await this.#dataPipe();
      case "data-send":
        return await writeAll(await this.#dataPipe(), step.bytes).catch(() => {});
      case "data-all":
        return void await new PipeReader(await this.#dataPipe()).rest();
      case "data-expect": {
        const got = await new PipeReader(await this.#dataPipe()).rest();
        const want = Array.from(step.bytes, (byte) => String.fromCharCode(byte)).join("");
        if (got !== want) this.#fail(step, `the server sent ${JSON.stringify(got)}`);
        return;
      }
      case "data-end": {
        const pipe = await this.#dataPipe();
        this.#data = undefined;
        if (step.how === "close") await pipe.closeWrite();
        if (step.how === "reset") pipe.reset();
      }
    }
  }

  async #expectReply(step: ClientStep & { kind: "reply" }): Promise<void> {
    let line: string | null;
    let first: string | undefined;
    do {
      line = await this.#replies.line();
      if (line === null || !line.endsWith("\r\n")) {
        this.#fail(step, "the server ended the connection");
      }
      first ??= line.slice(0, 3);
    } while (!(line.startsWith(first) && line[3] !== "-"));
    this.codes.push(Number(first));
    if (Number(first) !== step.code) this.#fail(step, `the server sent ${JSON.stringify(line)}`);
    if (step.place === undefined) return;
    const port = /\|\|\|(\d+)\|/.exec(line)?.[1];
    const [, high, low] = /(\d+),(\d+)\)/.exec(line) ?? [];
    this.#place = step.place === "port" ? Number(port) : 256 * Number(high) + Number(low);
  }

  async #dataPipe(): Promise<Pipe> {
    if (this.#data !== undefined) return this.#data;
    if (this.#place === undefined) throw new Error("A D line needs {port} or {pasv} before it");
    return this.#data = await this.#connect(this.#place);
  }

  async #endData(): Promise<void> {
    const pipe = this.#data;
    this.#data = undefined;
    this.#used = false;
    await pipe?.closeWrite().catch(() => {});
  }

  async #connect(port: number): Promise<Pipe> {
    const pipe = await this.#stage.connect(port);
    this.#pipes.push(pipe);
    if (this.#closed) pipe.close();
    return pipe;
  }

  #fail(step: ClientStep, what: string): never {
    throw new Error(`line ${step.line} of the script is ${JSON.stringify(step.source)}: ${what}`);
  }
}
