/**
 * The wire between a client and a server, and what a fault does on it. It carries the bytes of one
 * connection; what has happened so far is known to all connections of a run.
 *
 * @module
 */

import type { Cut, Fault, Side } from "./faults.ts";
import { mutate } from "./mutate.ts";
import { type Pipe, writeAll } from "./pipe.ts";
import { Random } from "./random.ts";

/** What the wires of a run need of the world they are in. */
export interface Ground {
  /** Lets both sides act on what has arrived. */
  turn(): Promise<void>;
  /** Lets time pass. */
  later(ms: number): Promise<void>;
}

/** How much a flood brings at most: beyond that it would prove nothing more. */
export const FLOOD_SIZE = 8 * 1024 * 1024;

/** How often memory is looked at in a flood, in bytes. */
const MEASURED_EVERY = 2 * 1024 * 1024;

/** One run of a dialogue: its fault, and what came of it on all of its wires. */
export class FaultRun {
  /** How many bytes each side has got through to the other. */
  readonly passed: Record<Side, number> = { client: 0, server: 0 };
  /** How many bytes of a flood were taken. */
  flooded = 0;
  /** Called in the middle of a flood, to look at the memory. */
  onFlood: () => void = () => {};
  /** Sees what gets through. */
  onPass: (of: Side, bytes: Uint8Array) => void = () => {};
  /** How everything ended, once it has. */
  ended: Cut | undefined;
  /** Whether the fault has happened, and is not going to happen again. */
  struck = false;
  readonly fault: Fault;
  readonly ground: Ground;
  readonly #wires = new Set<Wire>();

  constructor(fault: Fault, ground: Ground) {
    this.fault = fault;
    this.ground = ground;
  }

  /** How many connections there were. */
  get connections(): number {
    return this.#wires.size;
  }

  /** Joins the two ends of a new connection. */
  join(client: Pipe, server: Pipe): Wire {
    const wire = new Wire(this, client, server);
    this.#wires.add(wire);
    wire.start();
    return wire;
  }

  /** Cuts every connection, or this one only. */
  async strike(wire: Wire, of: Side, how: Cut, only: boolean): Promise<void> {
    if (how === "half") return await wire.end(of, how);
    if (!only) this.ended = how;
    const wires = only ? [wire] : [...this.#wires];
    await Promise.all(wires.map((each) => each.end(of, how)));
  }

  /** Lets go of every connection. */
  close(): void {
    for (const wire of this.#wires) wire.close();
  }

  /** Settles when nothing is carried any more. */
  async done(): Promise<void> {
    await Promise.all(Array.from(this.#wires, ({ done }) => done));
  }

  /** Whether a side has ended all its connections, within this time; those that were cut do count. */
  async left(by: Side, milliseconds: number): Promise<boolean> {
    const end = performance.now() + milliseconds;
    while ([...this.#wires].some((wire) => !wire.endedBy(by))) {
      if (performance.now() > end) return false;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return true;
  }
}

/** One connection. */
export class Wire {
  readonly #run: FaultRun;
  readonly #ends: Readonly<Record<Side, Pipe>>;
  readonly #mute: Record<Side, boolean> = { client: false, server: false };
  readonly #ended: Record<Side, boolean> = { client: false, server: false };
  /** Settles when it carries nothing any more. */
  done: Promise<void> = Promise.resolve();
  readonly #closed = Promise.withResolvers<void>();

  constructor(run: FaultRun, client: Pipe, server: Pipe) {
    this.#run = run;
    this.#ends = { client, server };
  }

  /** Begins to carry. */
  start(): void {
    const carrying = (["client", "server"] as const).map((side) =>
      this.#carryAll(side).catch(() => this.close())
    );
    this.done = Promise.all(carrying).then(() => {});
  }

  /** Ends it in a way. */
  async end(of: Side, how: Cut): Promise<void> {
    const { client, server } = this.#ends;
    this.#mute[of] = true;
    if (how !== "half") this.#mute[other(of)] = true;
    switch (how) {
      case "silence":
        return;
      case "half":
        await this.#ends[other(of)].closeWrite();
        return;
      case "reset":
        client.reset();
        server.reset();
        return this.close();
      case "close":
        await Promise.allSettled([client.closeWrite(), server.closeWrite()]);
        return this.close();
    }
  }

  /** Whether this side has ended it, or nobody can do anything with it any more. */
  endedBy(side: Side): boolean {
    return this.#ended[side];
  }

  /** Lets go of both ends. */
  close(): void {
    this.#ended.client = this.#ended.server = true;
    this.#closed.resolve();
    this.#ends.client.close();
    this.#ends.server.close();
  }

  async #carryAll(of: Side): Promise<void> {
    const from = this.#ends[of];
    const to = this.#ends[other(of)];
    const buffer = new Uint8Array(16_384);
    await this.#at(of, 0);
    for (;;) {
      const { fault } = this.#run;
      if (fault.kind === "deaf" && fault.of === of && this.#run.passed[of] >= fault.at) {
        return await this.#closed.promise;
      }
      const room = this.#room(of, buffer.length);
      const count = await from.read(buffer.subarray(0, room)).catch((error) => {
        to.reset();
        throw error;
      });
      if (count === null) break;
      if (!this.#mute[of]) await this.#carry(of, buffer.slice(0, count));
    }
    this.#ended[of] = true;
    if (!this.#mute[of]) await to.closeWrite();
    if (this.#ended[other(of)]) this.close();
    // Nobody is told of the end on a wire that is mute; who still waits has to give up by himself.
  }

  /** Carries a piece, as far as the fault lets it. */
  async #carry(of: Side, bytes: Uint8Array): Promise<void> {
    const { fault, passed, ground } = this.#run;
    if (fault.kind === "none" || fault.of !== of) return await this.#forward(of, bytes);
    switch (fault.kind) {
      case "bytes":
        for (const byte of bytes) {
          await this.#forward(of, Uint8Array.of(byte));
          await ground.turn();
        }
        return;
      case "delay":
        await ground.later(fault.ms);
        return await this.#forward(of, bytes);
      case "spoilt":
        return await this.#forward(of, spoil(fault.seed, passed[of], bytes));
      default: {
        const border = fault.at - passed[of];
        if (border > bytes.length || border < 0) return await this.#beyond(of, bytes);
        if (border > 0) await this.#forward(of, bytes.subarray(0, border));
        await this.#at(of, border);
        const rest = bytes.subarray(border);
        if (rest.length > 0 && !this.#mute[of]) await this.#beyond(of, rest);
      }
    }
  }

  /** Carries what is not at the position of the fault. */
  async #beyond(of: Side, bytes: Uint8Array): Promise<void> {
    const { fault, passed, ground } = this.#run;
    if (fault.kind === "trickle" && this.#trickles(of)) {
      for (const byte of bytes) {
        await ground.later(fault.ms);
        await this.#forward(of, Uint8Array.of(byte));
      }
    } else if (fault.kind === "deaf" && passed[of] >= fault.at) {
      // What was read in one go with the last byte that gets through is lost.
    } else {
      await this.#forward(of, bytes);
    }
  }

  /** Does what the fault does at its position, where that is reached. */
  async #at(of: Side, carried: number): Promise<void> {
    const run = this.#run;
    const { fault } = run;
    if (!("at" in fault) || fault.of !== of || run.struck || run.passed[of] !== fault.at) return;
    if (fault.kind === "trickle" || fault.kind === "deaf") return;
    run.struck = true;
    switch (fault.kind) {
      case "split":
        return await run.ground.turn();
      case "cut":
        // A reset may overtake what was sent before it. Every other one does.
        if (fault.how !== "reset" || fault.at % 2 === 0) {
          if (carried > 0) await run.ground.turn();
        }
        return await run.strike(this, of, fault.how, fault.only ?? false);
      case "flood":
        return await this.#flood(of, fault.unit);
    }
  }

  /** Who reads slowly leaves what he does not read in the buffers before him. */
  #room(of: Side, most: number): number {
    const { fault, passed } = this.#run;
    if (fault.kind !== "trickle" || fault.of !== of) return most;
    return Math.max(1, Math.min(most, fault.at - passed[of]));
  }

  #trickles(of: Side): boolean {
    const { fault, passed } = this.#run;
    return fault.kind === "trickle" && fault.of === of && passed[of] >= fault.at;
  }

  async #flood(of: Side, unit: string): Promise<void> {
    const run = this.#run;
    const to = this.#ends[other(of)];
    this.#mute[of] = true;
    const piece = latin1(unit.repeat(Math.ceil(16_384 / unit.length)));
    let measured = 0;
    while (run.flooded < FLOOD_SIZE) {
      await writeAll(to, piece);
      run.flooded += piece.length;
      if (run.flooded - measured >= MEASURED_EVERY) {
        measured = run.flooded;
        run.onFlood();
      }
      if (run.flooded % (4 * 16_384) < 16_384) await run.ground.turn();
    }
  }

  async #forward(of: Side, bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    this.#run.passed[of] += bytes.length;
    this.#run.onPass(of, bytes);
    await writeAll(this.#ends[other(of)], bytes);
  }
}

/** The other side. */
export function other(side: Side): Side {
  return side === "client" ? "server" : "client";
}

function spoil(seed: number, passed: number, bytes: Uint8Array): Uint8Array {
  const random = new Random(Math.imul(seed, 65_599) + passed);
  if (random.below(4) > 0) return bytes;
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return latin1(mutate(random, [text]));
}

function latin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}
