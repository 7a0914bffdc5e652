/**
 * Where clients and servers meet under a fault, whichever of them are real and whichever are
 * played: between any two of them lies a wire.
 *
 * @module
 */

import type { Dial } from "../../net/byte_stream.ts";
import { ConnectionRefusedError, OSError } from "../../net/errors.ts";
import type { Listen, Listener } from "../../net/listener.ts";
import { End } from "./ends.ts";
import type { FaultRun } from "./fault_wire.ts";
import type { Listening, Pipe } from "./pipe.ts";

/** A network for one run. */
export interface FaultNetwork {
  /** What a client under test is given as `dial`. */
  readonly dial: Dial;
  /** What a server under test is given as `listen`. */
  readonly listen: Listen;
  /** Connects a client that is played; over the wires of another run where one is given. */
  connect(port: number, run?: FaultRun): Promise<Pipe>;
  /** Opens a place for a server that is played. */
  open(): Promise<Listening>;
  /** What those under test hold open, in words. */
  left(): Promise<string[]>;
  /** Lets go of everything. */
  close(): void;
}

/** In memory: no sockets, and no time but the loop's. */
export class MemoryFaultNetwork implements FaultNetwork {
  readonly #run: FaultRun;
  readonly #places = new Map<number, Place>();
  readonly #clients = new Set<End>();
  readonly #servers = new Set<End>();
  #nextPort = 40_000;

  constructor(run: FaultRun) {
    this.#run = run;
  }

  readonly dial: Dial = ({ hostname, port }, { signal }) => {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#run.ended === "silence") return never(signal);
    const place = this.#places.get(port);
    if (place === undefined || this.#run.ended !== undefined) {
      const words = `Cannot connect to ${hostname}:${port}: connection refused`;
      return Promise.reject(new ConnectionRefusedError(words, { hostname, port }));
    }
    const [near, far] = End.pair(port);
    this.#clients.add(near);
    this.#join(far, place);
    return Promise.resolve(near);
  };

  readonly listen: Listen = ({ hostname, port: wanted }) => {
    const port = wanted === 0 ? this.#freePort() : wanted;
    if (this.#places.has(port)) {
      throw new OSError(`Cannot listen on port ${port}: it is taken`, { code: "EADDRINUSE", port });
    }
    const place = new Place(port, () => this.#places.delete(port));
    place.isReal = true;
    this.#places.set(port, place);
    return {
      address: { hostname, port, transport: "memory" },
      accept: () => place.accept().then((pipe) => pipe as End, () => null),
      close: () => place.close(),
    } satisfies Listener;
  };

  connect(port: number, run?: FaultRun): Promise<Pipe> {
    const place = this.#places.get(port);
    if (place === undefined) return Promise.reject(new Error(`Nobody listens at port ${port}`));
    const [near, far] = End.pair(port);
    this.#join(far, place, run);
    return Promise.resolve(near);
  }

  open(): Promise<Listening> {
    const port = this.#freePort();
    const place = new Place(port, () => this.#places.delete(port));
    this.#places.set(port, place);
    return Promise.resolve(place);
  }

  left(): Promise<string[]> {
    const words: string[] = [];
    const sides = { client: this.#clients, server: this.#servers };
    for (const [side, ends] of Object.entries(sides)) {
      const open = [...ends].filter(({ closed }) => !closed).length;
      if (open > 0) words.push(`the ${side} left ${open} connections open`);
    }
    const listening = [...this.#places.values()].filter(({ isReal }) => isReal).length;
    if (listening > 0) words.push(`the server left ${listening} ports open`);
    return Promise.resolve(words);
  }

  close(): void {
    for (const place of [...this.#places.values()]) place.close();
  }

  #join(client: End, place: Place, run = this.#run): void {
    const [far, near] = End.pair(place.port);
    // The first end of a pair is the one that dials.
    run.join(client, far);
    if (place.isReal) this.#servers.add(near);
    place.offer(near);
  }

  #freePort(): number {
    return this.#nextPort++;
  }
}

/** Where connections arrive. */
export class Place implements Listening {
  readonly port: number;
  /** Whether what is under test listens here. */
  isReal = false;
  readonly #onClose: () => void;
  readonly #arrived: Pipe[] = [];
  readonly #waiting: PromiseWithResolvers<Pipe>[] = [];
  #closed = false;

  constructor(port: number, onClose: () => void = () => {}) {
    this.port = port;
    this.#onClose = onClose;
  }

  offer(pipe: Pipe): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#arrived.push(pipe);
    else waiting.resolve(pipe);
  }

  accept(): Promise<Pipe> {
    const pipe = this.#arrived.shift();
    if (pipe !== undefined) return Promise.resolve(pipe);
    if (this.#closed) return Promise.reject(new Error("The place is closed"));
    const waiting = Promise.withResolvers<Pipe>();
    this.#waiting.push(waiting);
    return waiting.promise;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose();
    for (const pipe of this.#arrived.splice(0)) pipe.close();
    for (const { reject } of this.#waiting.splice(0)) reject(new Error("The place is closed"));
  }
}

/** What a dial does where nobody answers. */
export function never(signal: AbortSignal | undefined): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal?.addEventListener("abort", () => reject(signal.reason));
  return promise;
}
