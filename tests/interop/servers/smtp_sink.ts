/**
 * Postfix's smtp-sink: a server that takes every message and keeps none.
 *
 * @module
 */

import { Daemon } from "./daemon.ts";
import { temporaryFolder } from "./folder.ts";
import { pathOf } from "./installed.ts";
import { freePorts } from "./ports.ts";

/** Options of {@linkcode startSmtpSink}. */
export interface SmtpSinkOptions {
  /** Arguments added to its command line, for instance `["-p"]` to offer no pipelining. */
  args?: readonly string[];
}

/** A running smtp-sink. */
export interface SmtpSink extends AsyncDisposable {
  /** Where it listens. */
  readonly hostname: "127.0.0.1";
  /** The port. */
  readonly port: number;
}

/**
 * Starts smtp-sink.
 *
 * @param options Its settings.
 * @returns The server, which answers by then.
 */
export async function startSmtpSink({ args = [] }: SmtpSinkOptions = {}): Promise<SmtpSink> {
  await using stack = new AsyncDisposableStack();
  const { path } = stack.use(await temporaryFolder("smtp-sink"));
  const port = freePorts(1);
  stack.use(
    await Daemon.start({
      name: "smtp-sink",
      command: [
        pathOf("smtp-sink"),
        "-u",
        "nobody",
        "-m",
        "1000",
        ...args,
        `127.0.0.1:${port}`,
        "1024",
      ],
      log: `${path}/output.log`,
      ports: [port],
    }),
  );
  const running = stack.move();
  return {
    hostname: "127.0.0.1",
    port,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
