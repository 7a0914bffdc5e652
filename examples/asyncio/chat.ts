/**
 * A chat room: a page, a WebSocket for each visitor, and a task for each that serves it.
 *
 * ```sh
 * deno run --allow-net=127.0.0.1 --allow-read=examples/asyncio/chat examples/asyncio/chat.ts
 * ```
 *
 * Then open the address that it prints, twice. Ctrl-C says goodbye to everybody.
 *
 * @module
 */
// deno-lint-ignore-file no-console

import * as asyncio from "https://tulip.example/stdlib/asyncio.ts";
import { PageServer } from "./page_server.ts";
import { Refusal, type Socket } from "./socket.ts";

/** What the pages are told. */
type News =
  | { kind: "came" | "left"; name: string; here: string[] }
  | { kind: "said"; name: string; text: string };

/** Somebody in the room: the name, what is still to be told, and the task that serves. */
interface Visitor {
  name: string;
  outbox: asyncio.Queue<News>;
  task: asyncio.Task;
}

/** Letters and digits first: no invisible names, and none that turn the text around. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} ._'-]{0,19}$/u;
/** The longest text, in UTF-16 units. */
const MAX_TEXT = 500;
/** How much news may wait for a visitor. Whoever reads so slowly that there is more is dropped. */
const MAX_NEWS = 100;

/** A room. The task of each visitor tells the others by putting news into their queues. */
export class Room {
  readonly #visitors = new Set<Visitor>();

  /** Serves one visitor, from the name to the end. */
  readonly visit = async (socket: Socket): Promise<void> => {
    const name = this.#admit(await asyncio.timeout(10_000, () => socket.receive()));
    const visitor = {
      name,
      outbox: new asyncio.Queue<News>(MAX_NEWS),
      task: asyncio.currentTask()!,
    };
    this.#visitors.add(visitor);
    const teller = asyncio.createTask(async () => {
      for await (const news of visitor.outbox) await socket.send(news);
    });
    this.#tell({ kind: "came", name, here: this.#names() });
    try {
      for await (const message of socket) {
        this.#tell({ kind: "said", name, text: textOf(message) });
        // Nobody types faster. Meanwhile messages wait in the socket, which has room for a few.
        await asyncio.sleep(50);
      }
    } finally {
      teller.cancel();
      this.#visitors.delete(visitor);
      this.#tell({ kind: "left", name, here: this.#names() });
    }
  };

  /** Nobody waits for anybody here: a queue that is full costs its owner the place. */
  #tell(news: News): void {
    for (const { outbox, task } of this.#visitors) {
      if (outbox.full()) task.cancel("You read too slowly");
      else outbox.putNowait(news);
    }
  }

  #admit(message: unknown): string {
    const name = fieldOf(message, "name").trim().normalize();
    if (!NAME.test(name)) throw new Refusal("A name has up to 20 letters and digits");
    const same = (other: string) => other.toLowerCase() === name.toLowerCase();
    if (this.#names().some(same)) throw new Refusal(`Somebody called ${name} is here already`);
    return name;
  }

  #names(): string[] {
    return [...this.#visitors].map(({ name }) => name);
  }
}

function textOf(message: unknown): string {
  const text = fieldOf(message, "text").trim();
  if (text === "" || text.length > MAX_TEXT) {
    throw new Refusal(`A message has 1 to ${MAX_TEXT} characters`);
  }
  return text;
}

/** A stranger's JSON may be anything. */
function fieldOf(message: unknown, field: string): string {
  const value = (message as Record<string, unknown> | null | undefined)?.[field];
  if (typeof value !== "string") throw new Refusal(`A message needs a ${field}`);
  return value;
}

if (import.meta.main) {
  try {
    await asyncio.run(async () => {
      const folder = new URL("./chat/", import.meta.url);
      await using server = await PageServer.start(folder, new Room().visit, {
        port: Number(Deno.args[0] ?? 8000),
        maxVisitors: 50,
        maxLength: 4_000,
        maxWaiting: 20,
      });
      console.log(`The room is open at ${server.url}`);
      await server.serveForever();
    });
  } catch (error) {
    asyncio.rethrowIfCancelled(error);
    if (!(error instanceof asyncio.KeyboardInterrupt)) throw error;
    console.log("The room is closed");
    // For WebSockets that broke off, Deno would keep the program for some seconds more.
    Deno.exit(0);
  }
}
