/**
 * The two faces of a connection, streams and protocols, as clients and as servers of a small echo, on
 * a network that fails anywhere: a line with a number, so many bytes, and the same bytes back.
 *
 * @module
 */

import assert from "node:assert/strict";
import { getEventLoop } from "../../loop/events.ts";
import { rethrowIfCancelled, TimeoutError } from "../../loop/exceptions.ts";
import { timeout } from "../../loop/timeouts.ts";
import { interruptible } from "../../loop/wait.ts";
import { type ConnectOptions, openConnection } from "../../net/streams/connect.ts";
import { createConnection } from "../../net/transports/create_connection.ts";
import { createServer } from "../../net/servers/create_server.ts";
import { EOFError, LimitOverrunError, OSError } from "../../net/errors.ts";
import { BufferedProtocol, Protocol } from "../../net/transports/protocols.ts";
import { type ServerOptions, startServer } from "../../net/servers/server.ts";
import type { Transport } from "../../net/transports/transports.ts";
import type { PairDialogue, Served, Site, Target } from "../peers/dialogues.ts";
import { certificates } from "../peers/certs.ts";
import { type Fault, type FaultKind, isHarmless } from "../peers/faults.ts";

const WORDS = "0123456789".repeat(7);
const SIZE = WORDS.length;

type Client = (target: Target) => Promise<string>;
type Start = (site: Site) => Promise<Served<string[]>>;

/** By a reader and a writer. */
async function streamClient(
  { hostname, port, options }: Target,
  more: ConnectOptions = {},
): Promise<string> {
  const connection = await openConnection(hostname, port, { ...options, ...more });
  try {
    connection.writer.write(`${SIZE}\n${WORDS}`);
    await connection.writer.drain();
    return new TextDecoder().decode(await connection.reader.readexactly(SIZE));
  } finally {
    connection.close();
  }
}

/** By the streams of the web. */
async function webClient({ hostname, port, options }: Target): Promise<string> {
  const connection = await openConnection(hostname, port, options);
  try {
    const writer = connection.writable.getWriter();
    await writer.write(`${SIZE}\n`);
    await writer.write(WORDS);
    let text = "";
    const reader = connection.readable.getReader();
    while (text.length < SIZE) {
      const { done, value } = await reader.read();
      if (done) throw new EOFError(`only ${text.length} bytes came back`);
      text += new TextDecoder().decode(value);
    }
    return text;
  } finally {
    connection.close();
  }
}

/** Collects what comes back. */
class Asking extends Protocol {
  readonly whole = Promise.withResolvers<string>();
  #text = "";

  override connectionMade(transport: Transport): void {
    transport.write(`${SIZE}\n`);
    transport.write(WORDS);
  }

  override dataReceived(data: Uint8Array): void {
    this.#text += new TextDecoder().decode(data);
    if (this.#text.length >= SIZE) this.whole.resolve(this.#text);
  }

  override connectionLost(error: unknown): void {
    this.whole.reject(error ?? new EOFError(`only ${this.#text.length} bytes came back`));
  }
}

/** By a protocol. Its time limit is the caller's affair. */
async function protocolClient({ hostname, port, options }: Target): Promise<string> {
  const { transport, protocol } = await createConnection(
    () => new Asking(),
    hostname,
    port,
    options,
  );
  try {
    return await interruptible(protocol.whole.promise, { timeout: options.timeout });
  } finally {
    protocol.whole.promise.catch(() => {});
    transport.abort();
  }
}

/** What the servers have in common: how many clients there are, and what was echoed. */
class Books {
  connections = 0;
  readonly echoed: string[] = [];

  served(port: number, close: () => PromiseLike<void>): Served<string[]> {
    const { echoed } = this;
    const connections = () => this.connections;
    return {
      port,
      get connections() {
        return connections();
      },
      outcome: echoed,
      close,
    };
  }
}

/** By a reader and a writer. */
async function streamServer(
  { options }: Site,
  more: ServerOptions = {},
): Promise<Served<string[]>> {
  const books = new Books();
  const server = await startServer(
    async (reader, writer) => {
      books.connections++;
      try {
        // Whatever the client does, it has so long for all of it.
        await timeout(options.timeout, async () => {
          const line = await reader.nextLine();
          if (!/^\d+$/.test(line ?? "")) return;
          const body = await reader.readexactly(Number(line));
          writer.write(body);
          await writer.flush();
          books.echoed.push(new TextDecoder().decode(body));
          // The client leaves first.
          while ((await reader.read(16_384)).length > 0);
        });
      } catch (error) {
        rethrowIfCancelled(error);
        if (!(error instanceof Error && "origin" in error) && !(error instanceof RangeError)) {
          throw error;
        }
      } finally {
        books.connections--;
      }
    },
    "127.0.0.1",
    0,
    { ...options, ...more },
  );
  return books.served(server.port, () => server[Symbol.asyncDispose]());
}

/** Echoes; `take` is called with all that has come so far. */
class EchoBook {
  #transport!: Transport;
  #text = "";
  readonly #books: Books;

  constructor(books: Books) {
    this.#books = books;
  }

  made(transport: Transport, limit: number): void {
    this.#books.connections++;
    this.#transport = transport;
    const limited = getEventLoop().callLater(limit, () => transport.abort());
    this.lost = () => {
      limited.cancel();
      this.#books.connections--;
    };
  }

  lost: () => void = () => {};

  take(data: Uint8Array): void {
    this.#text += new TextDecoder("latin1").decode(data);
    const [, size, rest = ""] = /^(\d{1,3})\n([^]*)$/.exec(this.#text) ?? [];
    if (size === undefined) {
      if (this.#text.length > 4) this.#transport.abort();
    } else if (rest.length >= Number(size)) {
      this.#transport.pauseReading();
      const body = rest.slice(0, Number(size));
      this.#transport.write(body);
      this.#books.echoed.push(body);
      this.#transport.resumeReading();
      this.#text = "";
    }
  }
}

/** By a protocol, or by one that gives its own memory. */
function protocolServer(kind: "Protocol" | "BufferedProtocol"): Start {
  return async ({ options }) => {
    const books = new Books();
    const { listen, timeout: limit } = options;

    class Echo extends Protocol {
      readonly #book = new EchoBook(books);

      override connectionMade(transport: Transport): void {
        this.#book.made(transport, limit);
      }

      override dataReceived(data: Uint8Array): void {
        this.#book.take(data);
      }

      override connectionLost(): void {
        this.#book.lost();
      }
    }

    class BufferedEcho extends BufferedProtocol {
      readonly #book = new EchoBook(books);
      readonly #buffer = new Uint8Array(16);

      override connectionMade(transport: Transport): void {
        this.#book.made(transport, limit);
      }

      override getBuffer(): Uint8Array {
        return this.#buffer;
      }

      override bufferUpdated(count: number): void {
        this.#book.take(this.#buffer.subarray(0, count));
      }

      override connectionLost(): void {
        this.#book.lost();
      }
    }

    const server = await createServer(
      () => kind === "Protocol" ? new Echo() : new BufferedEcho(),
      "127.0.0.1",
      0,
      { listen },
    );
    return books.served(server.port, () => server[Symbol.asyncDispose]());
  };
}

const CLIENTS: Readonly<Record<string, Client>> = {
  "openConnection": (target) => streamClient(target),
  "web streams": webClient,
  "createConnection": protocolClient,
};

const SERVERS: Readonly<Record<string, Start>> = {
  "startServer": (site) => streamServer(site),
  "createServer": protocolServer("Protocol"),
  "createServer, buffered": protocolServer("BufferedProtocol"),
};

/** What a client of no protocol in particular can be flooded with is its own affair. */
const KINDS: readonly FaultKind[] = ["bytes", "split", "delay", "cut", "deaf", "flood"];

/** What holds for all of them. */
const ECHO = {
  expected: WORDS,
  errors: [OSError, EOFError, LimitOverrunError, TimeoutError],
  check(echoed: string[], { fault, done }: { fault: Fault; done?: boolean }): void {
    if (fault.kind === "flood") return;
    if (isHarmless(fault) || done) assert.deepEqual(echoed, [WORDS]);
    else assert.ok(echoed.every((words) => words === WORDS), String(echoed));
  },
  patience: 3,
};

/** Every client with every server. */
export const NET_DIALOGUES: readonly PairDialogue<string, string[]>[] = Object.entries(CLIENTS)
  .flatMap(([clientName, client]) =>
    Object.entries(SERVERS).map(([serverName, server]): PairDialogue<string, string[]> => ({
      ...ECHO,
      name: `${clientName} with ${serverName}`,
      kinds: KINDS,
      client,
      server,
    }))
  );

/** With TLS from the first byte, made by Deno or by `node:tls` at the client, by the latter at the server. */
export const NET_TLS_DIALOGUES: readonly PairDialogue<string, string[]>[] = [false, true].map(
  (details): PairDialogue<string, string[]> => ({
    ...ECHO,
    name: details ? "under TLS, by node:tls on both sides" : "under TLS",
    over: "sockets",
    // A handshake that comes byte by byte takes seconds.
    kinds: ["cut", "split"],
    lingers: true,
    async client(target) {
      const { good } = await certificates();
      const tls = { tls: true, caCerts: good.caCerts, serverHostname: "localhost", details };
      return await streamClient(target, tls);
    },
    async server(site) {
      const { good } = await certificates();
      const { timeout: handshakeTimeout } = site.options;
      return await streamServer(site, {
        tls: { cert: good.cert, key: good.key },
        handshakeTimeout,
      });
    },
  }),
);
