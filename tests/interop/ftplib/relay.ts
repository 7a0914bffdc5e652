/**
 * A relay in front of a server's control connection, which notes what is said in both directions.
 * Data connections pass it by: they go to the server's own ports.
 *
 * @module
 */

/** A running relay, for one client after the other. */
export class Relay implements Disposable {
  /** The commands of all sessions so far, as they came. */
  readonly commands: string[] = [];
  /** The lines of all replies so far. */
  readonly replies: string[] = [];
  readonly #listener: Deno.TcpListener;
  readonly #target: { hostname: string; port: number };
  readonly #open = new Set<Deno.TcpConn>();
  #serving: Promise<void>[] = [];

  /**
   * Begins to listen.
   *
   * @param target Where the server listens.
   */
  constructor(target: { hostname: string; port: number }) {
    this.#target = target;
    this.#listener = Deno.listen({ hostname: target.hostname, port: 0 });
    this.#serving.push(this.#accept());
  }

  /** Where clients find it. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** Waits until every session so far is over, and forgets what was said. */
  async settle(): Promise<string[]> {
    const [accepting, ...sessions] = this.#serving;
    await Promise.all(sessions);
    this.#serving = [accepting!];
    this.replies.length = 0;
    return this.commands.splice(0);
  }

  /** Closes all. */
  [Symbol.dispose](): void {
    this.#listener.close();
    for (const conn of this.#open) close(conn);
  }

  async #accept(): Promise<void> {
    try {
      for await (const client of this.#listener) this.#serving.push(this.#serve(client));
    } catch {
      // It was closed.
    }
  }

  async #serve(client: Deno.TcpConn): Promise<void> {
    const server = await Deno.connect(this.#target);
    for (const conn of [client, server]) {
      conn.setNoDelay(true);
      this.#open.add(conn);
    }
    try {
      await Promise.all([
        pass(client, server, (line) => void this.commands.push(line)),
        pass(server, client, (line) => void this.replies.push(line)),
      ]);
    } finally {
      for (const conn of [client, server]) {
        close(conn);
        this.#open.delete(conn);
      }
    }
  }
}

/** Notes a line before it is passed on, so that whoever has the answer finds the question noted. */
async function pass(
  from: Deno.TcpConn,
  to: Deno.TcpConn,
  note: (line: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(16_384);
  let rest = "";
  try {
    for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
      const lines = (rest + decoder.decode(buffer.subarray(0, count), { stream: true }))
        .split("\r\n");
      rest = lines.pop()!;
      lines.forEach(note);
      for (let sent = 0; sent < count;) sent += await to.write(buffer.subarray(sent, count));
    }
    await to.closeWrite();
  } catch {
    // The other direction has ended the session.
    close(to);
  }
}

function close(conn: Deno.TcpConn): void {
  try {
    conn.close();
  } catch {
    // It is closed.
  }
}
