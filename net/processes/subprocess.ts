/**
 * Child processes: Python's `asyncio.subprocess`.
 *
 * Needs `--allow-run=program`, and for shell commands `--allow-run=/bin/sh`.
 *
 * @module
 */

import { interruptible } from "../../loop/wait.ts";
import { checkLimit } from "../../protocols/limits.ts";
import type { Child } from "./child.ts";
import { DEFAULT_LIMIT } from "../streams/input_buffer.ts";
import { Process } from "./process.ts";
import type { SubprocessProtocol } from "../transports/protocols.ts";
import { spawnExec, spawnShell } from "./spawn.ts";
import { PIPE, type SubprocessOptions } from "./subprocess_options.ts";
import type { ChildTransport } from "./subprocess_transport.ts";
import type { SubprocessTransport } from "../transports/transports.ts";

export { DEVNULL, PIPE, STDOUT, type SubprocessOptions } from "./subprocess_options.ts";
export {
  type Communicated,
  type CommunicateOptions,
  Process,
  type ProcessWaitOptions,
} from "./process.ts";

/** Options of {@linkcode createSubprocessExec} and {@linkcode createSubprocessShell}. */
export interface CreateSubprocessOptions extends SubprocessOptions {
  /**
   * The longest line, or piece before a separator, of its output and errors, in bytes.
   *
   * @default {65_536}
   */
  limit?: number;
}

/**
 * Starts a program as a child process.
 *
 * No shell is involved: its arguments reach it as they are.
 *
 * If the task is cancelled, or the signal aborted, before the call returns, no child is left.
 *
 * @param program The program: a name that is looked for in `PATH`, or a path.
 * @param args Its arguments; Python takes them one by one.
 * @param options Its pipes, directory, environment and limits.
 * @returns The child, running.
 * @throws {TypeError} If an argument or an option is of the wrong kind, or holds a NUL.
 * @throws {FileNotFoundError} If there is no such program.
 * @throws {PermissionError} If this program may not start it: `--allow-run=program` is missing.
 * @throws {OSError} If the system cannot; `code` says how: `"EAGAIN"` for too many processes.
 *
 * @example
 * ```ts
 * import { createSubprocessExec, PIPE } from "https://tulip.example/net/processes/subprocess.ts";
 * import assert from "node:assert/strict";
 *
 * await using sort = await createSubprocessExec("sort", ["-r"], { stdin: PIPE, stdout: PIPE });
 * const { stdout: output } = await sort.communicate("a\nc\nb\n");
 * assert.equal(new TextDecoder().decode(output!), "c\nb\na\n");
 * assert.equal(sort.returncode, 0);
 * ```
 */
export async function createSubprocessExec(
  program: string | URL,
  args: readonly string[] = [],
  options: CreateSubprocessOptions = {},
): Promise<Process> {
  const limit = checkLimit("limit", options.limit, DEFAULT_LIMIT);
  return new Process(await spawnExec(program, args, options), limit);
}

/**
 * Starts a command of the shell as a child process: `/bin/sh`, or `cmd.exe` on Windows.
 *
 * Never build a command of words that somebody else has given: use
 * {@linkcode createSubprocessExec}.
 *
 * @param command The command.
 * @param options Its pipes, directory, environment and limits.
 * @returns The child, which is the shell, running.
 * @throws {TypeError} If an option is of the wrong kind, or the command holds a NUL.
 * @throws {PermissionError} If this program may start no shell: `--allow-run=/bin/sh` is missing.
 * @throws {OSError} If the system cannot; `code` says how: `"EAGAIN"` for too many processes.
 *
 * @example Lines as they come, errors among them
 * ```ts
 * import { createSubprocessShell, PIPE, STDOUT } from "https://tulip.example/net/processes/subprocess.ts";
 * import assert from "node:assert/strict";
 *
 * const command = "echo one; echo two >&2; exit 3";
 * await using shell = await createSubprocessShell(command, { stdout: PIPE, stderr: STDOUT });
 * assert.equal(await shell.stdout!.nextLine(), "one");
 * assert.equal(await shell.stdout!.nextLine(), "two");
 * assert.equal(await shell.wait(), 3);
 * ```
 */
export async function createSubprocessShell(
  command: string,
  options: CreateSubprocessOptions = {},
): Promise<Process> {
  const limit = checkLimit("limit", options.limit, DEFAULT_LIMIT);
  return new Process(await spawnShell(command, options), limit);
}

/** A child process by its callback face. */
export interface SubprocessPair<P extends SubprocessProtocol> {
  /** The child. */
  readonly transport: SubprocessTransport;
  /** What `protocolFactory` has made. */
  readonly protocol: P;
}

/**
 * Starts a program as a child process, and tells a protocol of it (`loop.subprocess_exec`).
 * Unless told otherwise, its input, output and errors are pipes.
 *
 * @param protocolFactory Makes the protocol.
 * @param program The program: a name that is looked for in `PATH`, or a path.
 * @param args Its arguments; Python takes them one by one.
 * @param options Its pipes, directory and environment.
 * @returns The child and the protocol, whose `connectionMade` was called.
 * @throws {TypeError} If an argument or an option is of the wrong kind, or holds a NUL.
 * @throws {FileNotFoundError} If there is no such program.
 * @throws {PermissionError} If this program may not start it: `--allow-run=program` is missing.
 * @throws {OSError} If the system cannot; `code` says how: `"EAGAIN"` for too many processes.
 *
 * @example
 * ```ts
 * import { SubprocessProtocol } from "https://tulip.example/net/transports/protocols.ts";
 * import { DEVNULL, subprocessExec } from "https://tulip.example/net/processes/subprocess.ts";
 * import assert from "node:assert/strict";
 *
 * class Listing extends SubprocessProtocol {
 *   readonly over = Promise.withResolvers<void>();
 *   text = "";
 *
 *   override pipeDataReceived(_fd: number, data: Uint8Array) {
 *     this.text += new TextDecoder().decode(data);
 *   }
 *
 *   override connectionLost() {
 *     this.over.resolve();
 *   }
 * }
 *
 * const options = { stdin: DEVNULL } as const;
 * const { transport, protocol } = await subprocessExec(() => new Listing(), "ls", ["/"], options);
 * await protocol.over.promise;
 * assert.equal(transport.getReturncode(), 0);
 * assert.match(protocol.text, /^tmp$/m);
 * ```
 */
export async function subprocessExec<P extends SubprocessProtocol>(
  protocolFactory: () => P,
  program: string | URL,
  args: readonly string[] = [],
  options: SubprocessOptions = {},
): Promise<SubprocessPair<P>> {
  const given = withPipes(options);
  return await connect(protocolFactory, () => spawnExec(program, args, given), given);
}

/**
 * Starts a command of the shell as a child process, and tells a protocol of it
 * (`loop.subprocess_shell`). Unless told otherwise, its input, output and errors are pipes.
 *
 * @param protocolFactory Makes the protocol.
 * @param command The command.
 * @param options Its pipes, directory and environment.
 * @returns The child and the protocol, whose `connectionMade` was called.
 * @throws {TypeError} If an option is of the wrong kind, or the command holds a NUL.
 * @throws {PermissionError} If this program may start no shell: `--allow-run=/bin/sh` is missing.
 * @throws {OSError} If the system cannot; `code` says how: `"EAGAIN"` for too many processes.
 */
export async function subprocessShell<P extends SubprocessProtocol>(
  protocolFactory: () => P,
  command: string,
  options: SubprocessOptions = {},
): Promise<SubprocessPair<P>> {
  const given = withPipes(options);
  return await connect(protocolFactory, () => spawnShell(command, given), given);
}

function withPipes(options: SubprocessOptions): SubprocessOptions {
  const { stdin = PIPE, stdout = PIPE, stderr = PIPE } = options;
  return { ...options, stdin, stdout, stderr };
}

async function connect<P extends SubprocessProtocol>(
  protocolFactory: () => P,
  start: () => Promise<Child>,
  { signal }: SubprocessOptions,
): Promise<SubprocessPair<P>> {
  const { ChildTransport } = await import("./subprocess_transport.ts");
  const protocol = protocolFactory();
  const child = await start();
  const made = Promise.withResolvers<void>();
  let transport: ChildTransport | undefined;
  let done = false;
  try {
    transport = new ChildTransport(child, protocol, made.resolve);
    await interruptible(made.promise, { signal });
    done = true;
    return { transport, protocol };
  } finally {
    if (!done) {
      transport?.close();
      await child.end();
    }
  }
}
