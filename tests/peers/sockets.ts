/**
 * Scripted peers on real loopback sockets. They are built on `node:net`, because only it can send
 * a TCP reset on purpose, and on `node:tls`, because only it can answer TLS on an open connection.
 *
 * @module
 */

import net from "node:net";
import { once } from "node:events";
import { Duplex } from "node:stream";
import tls from "node:tls";
import { certificates, type Identity } from "./certs.ts";
import type { Listening, Pipe, Stage } from "./pipe.ts";

/** Loopback, every port chosen by the system. */
export const socketStage: Stage = {
  address: "127.0.0.1",
  patience: 2_000,
  listen,
  turn: () => new Promise((resolve) => setTimeout(resolve, 1)),
};

async function listen(): Promise<Listening> {
  const waiting: ((pipe: Pipe) => void)[] = [];
  const refused: ((error: Error) => void)[] = [];
  const arrived: Pipe[] = [];
  const server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => {
    const pipe = new SocketPipe(socket);
    const taker = waiting.shift();
    refused.shift();
    if (taker === undefined) arrived.push(pipe);
    else taker(pipe);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;

  return {
    port,
    accept() {
      const pipe = arrived.shift();
      if (pipe !== undefined) return Promise.resolve(pipe);
      return new Promise((resolve, reject) => {
        waiting.push(resolve);
        refused.push(reject);
      });
    },
    close() {
      server.close();
      for (const pipe of arrived.splice(0)) pipe.close();
      waiting.length = 0;
      for (const reject of refused.splice(0)) reject(new Error("The peer is closed"));
    },
  };
}

/** A socket of node:net, read only when it is asked for. */
export class SocketPipe implements Pipe {
  readonly #socket: net.Socket;
  readonly #below: Pipe | undefined;
  readonly #closed = Promise.withResolvers<void>();
  #failure: Error | undefined;

  constructor(socket: net.Socket, below?: Pipe) {
    this.#socket = socket;
    this.#below = below;
    socket.setNoDelay(true);
    socket.on("error", (error) => this.#failure = error);
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      const size = Math.min(buffer.length, this.#socket.readableLength);
      const chunk: Uint8Array | null = size > 0 ? this.#socket.read(size) : this.#socket.read(0);
      if (chunk !== null) {
        buffer.set(chunk);
        return chunk.length;
      }
      if (this.#socket.readableEnded || this.#socket.destroyed) return null;
      // A socket of node:tls over a stream of ours does not always tell that it was destroyed.
      await firstOf(this.#socket, ["readable", "end", "close", "error"], this.#closed.promise);
    }
  }

  async write(data: Uint8Array): Promise<number> {
    if (this.#failure !== undefined) throw this.#failure;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    // The bytes are copied: the caller may use its buffer again.
    this.#socket.write(data.slice(), (error) => error ? reject(error) : resolve());
    await promise;
    return data.length;
  }

  async closeWrite(): Promise<void> {
    if (this.#socket.destroyed) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#socket.end(() => resolve());
    this.#socket.once("close", () => resolve());
    await promise;
  }

  close(): void {
    this.#closed.resolve();
    this.#socket.destroy();
    this.#below?.close();
  }

  /** Waits until the handshake is done, or has failed. */
  async shaken(): Promise<void> {
    await firstOf(this.#socket, ["secure", "error", "close"], this.#closed.promise);
  }

  reset(): void {
    if (this.#below !== undefined) return this.#below.reset();
    // Deno 2.5 cannot reset a connection: there it ends cleanly.
    this.#socket.resetAndDestroy?.();
    this.#socket.destroy();
  }

  answerTls(identity?: Identity): Promise<Pipe> {
    return answerTls(this, identity);
  }

  async truncate(): Promise<void> {
    await this.#below?.closeWrite();
  }
}

/** Answers a TLS handshake on a connection that is open. */
export async function answerTls(below: Pipe, identity?: Identity): Promise<Pipe> {
  const { cert, key } = identity ?? (await certificates()).good;
  const secure = new tls.TLSSocket(asDuplex(below), {
    isServer: true,
    secureContext: tls.createSecureContext({ cert, key }),
  });
  const pipe = new SocketPipe(secure, below);
  await pipe.shaken();
  return pipe;
}

/** node:tls works over a stream of ours as long as nothing is read before it asks. */
function asDuplex(pipe: Pipe): net.Socket {
  const buffer = new Uint8Array(16_384);
  const duplex = new Duplex({
    read() {
      pipe.read(buffer).then(
        (count) => this.push(count === null ? null : buffer.slice(0, count)),
        (error) => this.destroy(error),
      );
    },
    write(chunk: Uint8Array, _encoding, done) {
      pipe.write(chunk).then(() => done(), done);
    },
    final(done) {
      pipe.closeWrite().then(() => done(), done);
    },
    destroy(error, done) {
      pipe.close();
      done(error);
    },
  });
  // What node:tls asks of a socket beyond a stream.
  return Object.assign(duplex, { setNoDelay: () => duplex }) as unknown as net.Socket;
}

function firstOf(socket: net.Socket, events: string[], or: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    function done() {
      for (const event of events) socket.off(event, done);
      resolve();
    }
    for (const event of events) socket.on(event, done);
    or.then(done);
  });
}
