/**
 * An FTP server that lists whatever it is told to, for tests of what clients make of it.
 *
 * @module
 */

/** What the server says. */
export interface Lies {
  /** The lines of the listing of each directory, by its absolute path. Others are refused. */
  listings: Record<string, readonly string[]>;
  /** What each file holds, by its absolute path. Others are refused. */
  files?: Record<string, string>;
  /** Whether it knows MLSD; otherwise the lines are those of LIST. */
  mlsd?: boolean;
  /** Whether `LIST -a` shows all, `.` and `..` as well; shows nothing; or is refused. */
  showsAll?: boolean | "nothing";
  /** Answers to commands, by their verb, before all else; `"close"` ends the session without one. */
  replies?: Record<string, (argument: string) => string | undefined>;
}

/** It has a tree of listings, and no files but those it was told of. */
export class LyingServer implements AsyncDisposable {
  /** Where it listens, on loopback. */
  readonly port: number;
  /** The commands that came, in their order. */
  readonly commands: string[] = [];
  readonly #lies: Lies;
  readonly #listener: Deno.TcpListener;
  readonly #open = new Set<{ close(): void }>();
  readonly #running: Promise<void>[] = [];

  /** Listens at once. */
  constructor(lies: Lies) {
    this.#lies = lies;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = this.#listener.addr.port;
    this.#running.push(this.#accept());
  }

  /** How often a command was sent. */
  count(verb: string): number {
    return this.commands.filter((command) => command.startsWith(verb)).length;
  }

  async #accept(): Promise<void> {
    for await (const conn of this.#listener) {
      this.#open.add(conn);
      conn.setNoDelay(true);
      this.#running.push(this.#serve(conn).catch(() => {}));
    }
  }

  async #serve(conn: Deno.TcpConn): Promise<void> {
    const say = (line: string) => conn.write(new TextEncoder().encode(`${line}\r\n`));
    let data: Deno.TcpListener | undefined;
    let here = "/";
    const send = async (text: string) => {
      const listener = data!;
      data = undefined;
      const stream = await listener.accept();
      listener.close();
      await say("150 here it comes");
      await stream.write(new TextEncoder().encode(text));
      stream.close();
      await say("226 done");
    };
    const absolute = (path: string) =>
      (path.startsWith("/") ? path : `${here}/${path}`).replace(/\/{2,}/g, "/")
        .replace(/(?<=.)\/$/, "");
    const list = async (argument: string, isList: boolean) => {
      const isAll = isList && argument.startsWith("-a");
      const path = absolute(argument.replace(/^-a ?/, ""));
      const lines = isAll && !this.#lies.showsAll ? undefined : this.#lies.listings[path];
      if (lines === undefined) return void await say("550 no such directory");
      if (isAll && this.#lies.showsAll === "nothing") return await send("");
      const dots = isAll
        ? ["drwxr-xr-x 2 0 0 4096 Jan 1 2020 .", "drwxr-xr-x 2 0 0 4096 Jan 1 2020 .."]
        : [];
      const shown = isList && !isAll
        ? lines.filter((line) => !/^[^>]* \.[^ ]*$/.test(line))
        : lines;
      await send([...dots, ...shown].map((line) => `${line}\r\n`).join(""));
    };
    await say("220 ready");
    for await (const line of linesOf(conn)) {
      this.commands.push(line);
      const [, verb = "", argument = ""] = /^(\S+) ?(.*)$/s.exec(line) ?? [];
      const reply = this.#lies.replies?.[verb]?.(argument);
      if (reply === "close") return void conn.close();
      if (reply !== undefined) {
        await say(reply);
        continue;
      }
      switch (verb) {
        case "USER":
          await say("230 in");
          break;
        case "QUIT":
          await say("221 bye");
          conn.close();
          return;
        case "EPSV":
          data = Deno.listen({ hostname: "127.0.0.1", port: 0 });
          this.#open.add(data);
          await say(`229 here (|||${data.addr.port}|)`);
          break;
        case "PWD":
          await say(`257 "${here}"`);
          break;
        case "CWD": {
          const path = absolute(argument);
          const isThere = path === "/" || this.#lies.listings[path] !== undefined;
          if (isThere) here = path;
          await say(isThere ? "250 there" : "550 no such directory");
          break;
        }
        case "MLSD":
          if (this.#lies.mlsd === false) await say("500 what");
          else await list(argument, false);
          break;
        case "LIST":
          await list(argument, true);
          break;
        case "RETR": {
          const text = this.#lies.files?.[absolute(argument)];
          await (text === undefined ? say("550 no such file") : send(text));
          break;
        }
        case "SIZE": {
          const text = this.#lies.files?.[absolute(argument)];
          await say(text === undefined ? "550 no such file" : `213 ${text.length}`);
          break;
        }
        case "TYPE":
        case "NOOP":
          await say("200 ok");
          break;
        default:
          await say("500 what");
      }
    }
  }

  /** Ends all connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const each of this.#open) {
      try {
        each.close();
      } catch {
        // It was closed before.
      }
    }
    await Promise.all(this.#running);
  }
}

async function* linesOf(conn: Deno.TcpConn): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(4096);
  let text = "";
  for (let count = await conn.read(buffer); count !== null; count = await conn.read(buffer)) {
    const lines = (text + decoder.decode(buffer.subarray(0, count))).split("\r\n");
    text = lines.pop()!;
    yield* lines;
  }
}
