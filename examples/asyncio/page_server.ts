/**
 * Serves a page and its files, and gives each WebSocket that the page opens to a task of its own.
 *
 * `Deno.serve` calls its handler in no task. So the handler names the loop of whoever started the
 * server: the task of a visitor runs there, and can be cancelled like any other.
 *
 * @module
 */

import * as asyncio from "https://tulip.example/stdlib/asyncio.ts";
import { Refusal, Socket, type SocketOptions } from "./socket.ts";

/** Serves one visitor. Where it throws a {@linkcode Refusal}, the page is told why. */
export type Visit = (socket: Socket) => Promise<void>;

/** What a {@linkcode PageServer} needs. */
export interface PageServerOptions extends SocketOptions {
  /** The port; 0 for a free one. */
  port: number;
  /** How many visitors there may be at a time. */
  maxVisitors: number;
}

/** What the server says last, to everybody. */
const GOODBYE = "The server is closing. Goodbye!";
/** How long the last visitors have to go, in milliseconds. */
const PATIENCE = 500;

const TYPES: Readonly<Record<string, string>> = {
  "index.html": "text/html; charset=utf-8",
  "page.css": "text/css; charset=utf-8",
  "page.js": "text/javascript; charset=utf-8",
};

/** A server of one page; disposing tells the visitors goodbye, and stops it. */
export class PageServer implements AsyncDisposable {
  readonly #visit: Visit;
  readonly #options: PageServerOptions;
  readonly #files: ReadonlyMap<string, Response>;
  readonly #loop: asyncio.EventLoop = asyncio.getRunningLoop();
  readonly #visits = new Map<asyncio.Task<void>, Socket>();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  private constructor(files: Map<string, Response>, visit: Visit, options: PageServerOptions) {
    this.#files = files;
    this.#visit = visit;
    this.#options = options;
    this.#server = Deno.serve({
      hostname: "127.0.0.1",
      port: options.port,
      onListen() {},
      handler: (request) => this.#answer(request),
    });
  }

  /** Reads the files of the page in a folder, and listens. */
  static async start(folder: URL, visit: Visit, options: PageServerOptions): Promise<PageServer> {
    const files = new Map<string, Response>();
    for (const [name, type] of Object.entries(TYPES)) {
      const headers = {
        "content-type": type,
        "content-security-policy": "default-src 'self'; img-src data:",
        "cache-control": "no-cache",
      };
      const body = await Deno.readFile(new URL(name, folder));
      files.set(name === "index.html" ? "/" : `/${name}`, new Response(body, { headers }));
    }
    return new PageServer(files, visit, options);
  }

  /** The address of the page. */
  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/`;
  }

  /** Waits until the task that waits here is cancelled. */
  async serveForever(): Promise<never> {
    return await this.#loop.createFuture<never>();
  }

  /** Says goodbye to the visitors, gives them a moment to go, and stops. */
  async [Symbol.asyncDispose](): Promise<void> {
    const sockets = [...this.#visits.values()];
    for (const task of this.#visits.keys()) task.cancel(GOODBYE);
    const gone = asyncio.gather(sockets.map(({ closed }) => closed));
    await asyncio.wait([gone], { timeout: PATIENCE });
    const stopped = asyncio.ensureFuture(this.#server.shutdown());
    await asyncio.wait([stopped], { timeout: PATIENCE });
  }

  #answer(request: Request): Response {
    const url = new URL(request.url);
    if (url.pathname !== "/socket") {
      return this.#files.get(url.pathname)?.clone() ?? new Response("Not found", { status: 404 });
    }
    if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
      return new Response("Here is a WebSocket", {
        status: 426,
        headers: { upgrade: "websocket" },
      });
    }
    // Pages of other sites can open a WebSocket to here as well. Browsers say where it comes from.
    const origin = request.headers.get("origin");
    if (origin !== null && URL.parse(origin)?.host !== url.host) {
      return new Response("This page is of another site", { status: 403 });
    }
    const { socket, response } = Deno.upgradeWebSocket(request);
    this.#begin(new Socket(socket, this.#loop, this.#options));
    return response;
  }

  #begin(socket: Socket): void {
    const isFull = this.#visits.size >= this.#options.maxVisitors;
    const task = this.#loop.createTask(async () => {
      await socket.opened;
      if (isFull) throw new Refusal("All places are taken. Try again later");
      await this.#visit(socket);
    });
    this.#visits.set(task, socket);
    task.addDoneCallback(() => {
      this.#visits.delete(task);
      this.#sayGoodbye(task, socket);
    });
  }

  /** Tells a page why it is left, by what became of its task. */
  #sayGoodbye(task: asyncio.Task<void>, socket: Socket): void {
    try {
      task.result();
      socket.close(1000, "");
    } catch (error) {
      if (error instanceof Refusal) return socket.close(1008, error.message);
      if (error instanceof asyncio.TimeoutError) return socket.close(1008, "That took too long");
      if (error instanceof asyncio.CancelledError) return socket.close(1001, error.message);
      socket.close(1011, "Something went wrong here");
      throw error;
    }
  }
}
