/**
 * Small servers that need a port, and a folder for their configuration.
 *
 * @module
 */

import { Daemon } from "./daemon.ts";
import { temporaryFolder } from "./folder.ts";

/** A running server. */
export interface Running extends AsyncDisposable {
  /** Where it listens. */
  readonly hostname: "127.0.0.1";
  /** The port. */
  readonly port: number;
}

/**
 * Starts a server in a folder of its own.
 *
 * @param name What to call it.
 * @param port The port on which it will accept.
 * @param commandIn Writes its configuration into the folder, and gives its command.
 * @returns The server, which answers by then.
 */
export async function started(
  name: string,
  port: number,
  commandIn: (folder: string) => string[] | Promise<string[]>,
): Promise<Running> {
  await using stack = new AsyncDisposableStack();
  const { path } = stack.use(await temporaryFolder(name));
  stack.use(
    await Daemon.start({
      name,
      command: await commandIn(path),
      log: `${path}/output.log`,
      ports: [port],
      sign: "accepts",
    }),
  );
  const running = stack.move();
  return {
    hostname: "127.0.0.1",
    port,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
