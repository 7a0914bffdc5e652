/**
 * A real server as a process of its own: started in a temporary folder, waited for, and ended
 * with all that it has forked.
 *
 * @module
 */

/** What to start. */
export interface DaemonOptions {
  /** What to call it in errors. */
  name: string;
  /** The program and its arguments; it must stay in the foreground. */
  command: readonly string[];
  /** Variables added to our own environment. */
  env?: Record<string, string>;
  /** Where the daemon's own words go. */
  log: string;
  /** The ports that answer once it is up. */
  ports?: readonly number[];
  /**
   * Where they are.
   *
   * @default {"127.0.0.1"}
   */
  hostname?: string;
  /** The Unix sockets that are there once it is up. */
  sockets?: readonly string[];
  /**
   * How a client hears that a port is up: the server speaks first, or accepts.
   *
   * @default {"greets"}
   */
  sign?: "greets" | "accepts";
}

const START_LIMIT = 15_000;
const STOP_LIMIT = 5_000;

/** A running server. */
export class Daemon implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #name: string;

  private constructor(name: string, process: Deno.ChildProcess) {
    this.#name = name;
    this.#process = process;
  }

  /**
   * Starts a server and waits until it answers.
   *
   * @param options What to start.
   * @returns The running server.
   * @throws {Error} With the server's own words, if it ends instead, or does not answer in 15 s.
   */
  static async start(options: DaemonOptions): Promise<Daemon> {
    const { name, command, env, log, ports = [], sockets = [], sign = "greets" } = options;
    const { hostname = "127.0.0.1" } = options;
    const process = new Deno.Command("setsid", {
      // A session of its own is a process group that can be ended as one. Where the tests
      // themselves are killed, the kernel ends the server, unless that has changed its user. The
      // log is a file and not a pipe: whoever inherits a pipe keeps it open.
      args: [
        "setpriv",
        "--pdeathsig",
        "TERM",
        "sh",
        "-c",
        'exec "$@" >>"$0" 2>&1',
        log,
        ...command,
      ],
      env,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const daemon = new Daemon(name, process);
    let ended: number | undefined;
    process.status.then(({ code }) => ended = code);
    const deadline = Date.now() + START_LIMIT;
    const signs = [
      ...ports.map((port) => ({ what: `port ${port}`, isUp: () => answers(hostname, port, sign) })),
      ...sockets.map((path) => ({ what: path, isUp: () => exists(path) })),
    ];
    for (const { what, isUp } of signs) {
      while (!await isUp()) {
        if (ended === undefined && Date.now() < deadline) {
          await new Promise((resolve) => setTimeout(resolve, 20));
          continue;
        }
        await daemon[Symbol.asyncDispose]();
        const why = ended === undefined ? "does not answer" : `ended with ${ended}`;
        const said = await Deno.readTextFile(log).catch(() => "");
        throw new Error(`${name} ${why} (${what}):\n${said}`);
      }
    }
    return daemon;
  }

  /** The process, which is also the number of its group. */
  get pid(): number {
    return this.#process.pid;
  }

  /** Ends the server and what it has forked, and waits until all are gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    const started = Date.now();
    kill(this.pid, "SIGTERM");
    while (await isAlive(this.pid)) {
      const waited = Date.now() - started;
      if (waited > 2 * STOP_LIMIT) throw new Error(`Cannot end ${this.#name}`);
      if (waited > STOP_LIMIT) kill(this.pid, "SIGKILL");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await this.#process.status;
  }
}

/** Sends a signal to a whole process group. */
function kill(group: number, signal: Deno.Signal): void {
  try {
    Deno.kill(-group, signal);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Whether a group has members other than zombies, which not every container's init collects. */
async function isAlive(group: number): Promise<boolean> {
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await Deno.readTextFile(`/proc/${name}/stat`).catch(() => "");
    // The name of the program stands in parentheses and may hold spaces.
    const [state, , member] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (Number(member) === group && state !== "Z" && state !== "X") return true;
  }
  return false;
}

async function answers(
  hostname: string,
  port: number,
  sign: "greets" | "accepts",
): Promise<boolean> {
  let connection: Deno.TcpConn;
  try {
    connection = await Deno.connect({ hostname, port });
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    throw error;
  }
  if (sign === "accepts") {
    connection.close();
    return true;
  }
  const timer = setTimeout(() => connection.close(), 5_000);
  try {
    const count = await connection.read(new Uint8Array(512));
    if (count !== null) await connection.write(new TextEncoder().encode("QUIT\r\n"));
    return count !== null;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
    try {
      connection.close();
    } catch { /* The timer has closed it. */ }
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
