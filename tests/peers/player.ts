/**
 * Plays a script on one control connection, and on the data connections that it announces.
 *
 * @module
 */

import { type Listening, type Pipe, PipeReader, type Stage, writeAll } from "./pipe.ts";
import type { Ending, Step } from "./script.ts";
import { answer, type TlsMischief } from "./tls_mischief.ts";

/** One performance of a script. */
export class Player {
  /** Where the client did not keep to the script, in words. */
  readonly problems: string[] = [];
  /** How many bytes of the script went out, on all connections. */
  sent = 0;
  /** What the client sent on the control connection, a character for a byte. */
  get received(): string {
    return this.#lines.map((lines) => lines.received).join("");
  }

  readonly #steps: Step[];
  readonly #stage: Stage;
  readonly #open = new Set<Pipe>();
  readonly #listening = new Set<Listening>();
  readonly #lines: PipeReader[] = [];
  #control: Pipe;
  #place: Listening | undefined;
  #data: Pipe | undefined;

  constructor(steps: Step[], control: Pipe, stage: Stage) {
    this.#steps = steps;
    this.#stage = stage;
    this.#control = this.#opened(control);
    this.#lines.push(new PipeReader(control));
  }

  /** Plays to the end of the script, or to where the client leaves it. Never rejects. */
  async play(): Promise<void> {
    try {
      for (const step of this.#steps) {
        if (!step.kind.startsWith("data-")) await this.#endData("close");
        await this.#play(step);
      }
      await this.#endData("close");
      await this.#epilogue();
    } catch (reason) {
      if (reason instanceof Stop) await this.#end(reason.how);
      else if (!this.#closed) this.problems.push(String(reason));
    } finally {
      this.close();
    }
  }

  #closed = false;
  readonly #given = Promise.withResolvers<undefined>();

  /** Gives everything up. */
  close(): void {
    this.#closed = true;
    this.#given.resolve(undefined);
    for (const pipe of this.#open) pipe.close();
    for (const place of this.#listening) place.close();
  }

  async #play(step: Step): Promise<void> {
    switch (step.kind) {
      case "send":
        return this.#send(this.#control, step.bytes);
      case "announce":
        return this.#announce(step.text);
      case "expect":
        return this.#expect(step);
      case "skip":
        return this.#skip(step);
      case "eof":
        return this.#expectEnd(step);
      case "turn":
        return this.#stage.turn();
      case "tls":
        return this.#answerTls(step.how);
      case "truncate":
        await this.#control.truncate?.();
        throw new Stop("close");
      case "end":
        throw new Stop(step.how);
      case "data-send":
        return this.#dataPipe().then((pipe) => this.#send(pipe, step.bytes));
      case "data-expect":
        return this.#expectData(step);
      case "data-end":
        return this.#dataPipe().then(() => this.#endData(step.how));
    }
  }

  async #send(pipe: Pipe, bytes: Uint8Array): Promise<void> {
    // A client that is gone already shows in what it did not send.
    await writeAll(pipe, bytes).catch(() => {});
    this.sent += bytes.length;
  }

  async #announce(text: string): Promise<void> {
    this.#place?.close();
    const place = this.#place = await this.#stage.listen();
    this.#listening.add(place);
    const { port } = place;
    const pasv = [...this.#stage.address.split("."), port >> 8, port & 255].join(",");
    const line = text.replaceAll("{port}", String(port)).replaceAll("{pasv}", pasv);
    await this.#send(this.#control, new TextEncoder().encode(`${line}\r\n`));
  }

  async #expect(step: Step & { kind: "expect" }): Promise<void> {
    const raw = await this.#lines.at(-1)!.line();
    if (raw === null) this.#fail(step, "the client ended the connection");
    const line = utf8(raw.replace(/\r?\n$/, ""));
    if (!step.matches(line)) this.#fail(step, `the client sent ${JSON.stringify(line)}`);
    if (!raw.endsWith("\r\n")) this.#fail(step, `the client ended it with no CRLF`);
  }

  async #skip(step: Step & { kind: "skip" }): Promise<void> {
    for (;;) {
      const raw = await this.#lines.at(-1)!.line();
      if (raw === null) this.#fail(step, "the client ended the connection");
      if (utf8(raw) === `${step.until}\r\n`) return;
    }
  }

  async #expectEnd(step: Step): Promise<void> {
    const rest = await this.#lines.at(-1)!.rest();
    if (rest !== "") this.#fail(step, `the client sent ${JSON.stringify(utf8(rest))}`);
  }

  async #expectData(step: Step & { kind: "data-expect" }): Promise<void> {
    const pipe = await this.#dataPipe();
    const got = utf8(await new PipeReader(pipe).rest());
    const want = new TextDecoder().decode(step.bytes);
    if (got !== want) this.#fail(step, `the client sent ${JSON.stringify(got)}`);
  }

  /** A script may end before QUIT; nothing else may come that it does not have. */
  async #epilogue(): Promise<void> {
    const line = await this.#lines.at(-1)!.line();
    if (line === null) return;
    if (line === "QUIT\r\n") {
      await writeAll(this.#control, new TextEncoder().encode("221 Bye\r\n")).catch(() => {});
      await this.#control.closeWrite().catch(() => {});
      return;
    }
    this.problems.push(`after the script's end the client sent ${JSON.stringify(utf8(line))}`);
  }

  async #answerTls(how: TlsMischief): Promise<void> {
    if (this.#lines.at(-1)!.pending !== "") throw new Error("The client sent more before TLS");
    const below = this.#control;
    const answering = answer(below, how);
    const above = await Promise.race([answering, this.#given.promise]);
    if (above === undefined) return void answering.then((late) => late.close(), () => {});
    if (above === below) return;
    // The TLS connection owns the one below it from now on.
    this.#open.delete(below);
    this.#control = this.#opened(above);
    this.#lines.push(new PipeReader(above));
  }

  async #dataPipe(): Promise<Pipe> {
    if (this.#data === undefined) {
      if (this.#place === undefined) throw new Error("A D line needs {port} or {pasv} before it");
      this.#data = this.#opened(await this.#place.accept());
    }
    return this.#data;
  }

  async #endData(how: Ending): Promise<void> {
    const pipe = this.#data;
    if (pipe === undefined) return;
    this.#data = undefined;
    if (how === "close") {
      await pipe.closeWrite().catch(() => {});
      pipe.close();
    } else if (how === "reset") {
      pipe.reset();
    }
  }

  async #end(how: Ending): Promise<void> {
    if (how === "close") {
      await Promise.all(Array.from(this.#open, (pipe) => pipe.closeWrite().catch(() => {})));
      return;
    }
    if (how === "reset") {
      for (const pipe of this.#open) pipe.reset();
      return;
    }
    // Silence lasts as long as the client holds a connection open.
    await Promise.all(Array.from(this.#open, (pipe) => new PipeReader(pipe).rest()));
  }

  #opened(pipe: Pipe): Pipe {
    this.#open.add(pipe);
    return pipe;
  }

  #fail(step: Step, what: string): never {
    this.problems.push(
      `line ${step.line} of the script is ${JSON.stringify(step.source)}: ${what}`,
    );
    throw new Stop("close");
  }
}

/** The peer says nothing more. */
class Stop {
  constructor(readonly how: Ending) {}
}

function utf8(latin1: string): string {
  return new TextDecoder().decode(Uint8Array.from(latin1, (char) => char.charCodeAt(0)));
}
