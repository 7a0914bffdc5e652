/**
 * What a hostile or broken network does to one run of a dialogue: as data, so that it can be
 * listed, chosen by a seed, and named where a run fails.
 *
 * Positions count the bytes of one direction, over all connections of the dialogue.
 *
 * @module
 */

import { Random } from "./random.ts";
import type { Ending } from "./script.ts";

/** Whose bytes a fault concerns: those that the client sends, or those that the server sends. */
export type Side = "client" | "server";

/**
 * How a cut goes: both directions end cleanly, or by a reset, or nothing moves any more; or only
 * the direction that is cut ends, and the other one goes on.
 */
export type Cut = Ending | "half";

/** One fault. */
export type Fault =
  /** All is well. */
  | { readonly kind: "none" }
  /** One byte at a time, with time for the other side between them. */
  | { readonly kind: "bytes"; readonly of: Side }
  /** What goes over this position arrives as two pieces. */
  | { readonly kind: "split"; readonly of: Side; readonly at: number }
  /** Every piece is late by this many milliseconds. */
  | { readonly kind: "delay"; readonly of: Side; readonly ms: number }
  /** This many bytes arrive; then it is over, for all connections, or `only` for this one. */
  | {
    readonly kind: "cut";
    readonly of: Side;
    readonly at: number;
    readonly how: Cut;
    readonly only?: boolean;
  }
  /** From this position on there is one byte every so many milliseconds: a slowloris. */
  | { readonly kind: "trickle"; readonly of: Side; readonly at: number; readonly ms: number }
  /** From this position on the same bytes come again and again, as fast as they are taken. */
  | { readonly kind: "flood"; readonly of: Side; readonly at: number; readonly unit: string }
  /** From this position on nobody takes what this side sends: it waits in its own buffers. */
  | { readonly kind: "deaf"; readonly of: Side; readonly at: number }
  /** About one piece in four is spoilt, as the seed says. */
  | { readonly kind: "spoilt"; readonly of: Side; readonly seed: number };

/** The name of a kind of fault. */
export type FaultKind = Fault["kind"];

/** Whether the dialogue must go as if nothing were the matter. */
export function isHarmless({ kind }: Fault): boolean {
  return kind === "none" || kind === "bytes" || kind === "split" || kind === "delay";
}

/** Whether somebody has to wait for a time limit. */
export function isSlow(fault: Fault): boolean {
  const { kind } = fault;
  return kind === "trickle" || kind === "deaf" || kind === "delay" || kind === "flood" ||
    (kind === "cut" && (fault.how === "silence" || fault.how === "half"));
}

/** The fault in words. */
export function describeFault(fault: Fault): string {
  if (fault.kind === "none") return "undisturbed";
  const whose = `the ${fault.of}'s`;
  switch (fault.kind) {
    case "bytes":
      return `${whose} bytes one at a time`;
    case "split":
      return `${whose} bytes divided after ${fault.at}`;
    case "delay":
      return `${whose} bytes late by ${fault.ms} ms`;
    case "cut":
      return `${fault.how} after ${fault.at} of ${whose} bytes` +
        (fault.only ? ", on that connection only" : "");
    case "trickle":
      return `${whose} bytes after ${fault.at} one in ${fault.ms} ms`;
    case "flood":
      return `${whose} bytes after ${fault.at} replaced by ${
        JSON.stringify(fault.unit)
      } without end`;
    case "deaf":
      return `${whose} bytes after ${fault.at} taken by nobody`;
    case "spoilt":
      return `${whose} bytes spoilt by seed ${fault.seed}`;
  }
}

/** What a fault is counted under: its kind, and for a cut how it goes. */
export function faultLabel(fault: Fault): string {
  if (fault.kind !== "cut") return fault.kind;
  return fault.only ? `${fault.how}, one connection` : fault.how;
}

/** How many bytes each side sends where nothing disturbs it. */
export type Lengths = Readonly<Record<Side, number>>;

/** Which faults {@linkcode everyFaultOf} lists. */
export interface FaultChoice {
  /**
   * Whose bytes are disturbed.
   *
   * @default {both}
   */
  sides?: readonly Side[];
  /**
   * The ways of cutting.
   *
   * @default {all four}
   */
  cuts?: readonly Cut[];
  /**
   * Whether cuts of one connection alone are among them.
   *
   * @default {false}
   */
  single?: boolean;
  /**
   * The kinds that are wanted.
   *
   * @default {all but "spoilt"}
   */
  kinds?: readonly FaultKind[];
  /**
   * At every how many bytes of a side it is cut and divided.
   *
   * @default {1}
   */
  strides?: Readonly<Partial<Record<Side, number>>>;
  /**
   * At every how many of these positions half of a connection ends.
   *
   * @default {1}
   */
  halfStride?: number;
  /** What a time limit is, in milliseconds: late and slow bytes are in proportion to it. */
  timeout: number;
  /** What is sent without end. */
  floods?: Readonly<Partial<Record<Side, readonly string[]>>>;
}

/** What each side may send without end where the dialogue does not say. */
export const FLOODS: Readonly<Record<Side, readonly string[]>> = {
  server: ["x", "\r\n", "220-x\r\n", "150 x\r\n", "\0\xff\r"],
  client: ["x", "\r\n", "NOOP\r\n", "\0\xff\r"],
};

/**
 * Lists the faults of a dialogue: every cut at every byte in every way, every division, and of the
 * rest as many as tell something.
 *
 * @param lengths How many bytes each side sends.
 * @param choice What is wanted.
 */
export function everyFaultOf(lengths: Lengths, choice: FaultChoice): Fault[] {
  const { sides = ["server", "client"], timeout, single = false } = choice;
  const { cuts = ["close", "reset", "silence", "half"] } = choice;
  const all: Fault[] = [];
  for (const side of sides) {
    const of = side;
    const total = lengths[of];
    if (total === 0) continue;
    all.push({ kind: "bytes", of }, { kind: "delay", of, ms: timeout / 4 });
    const stride = choice.strides?.[of] ?? 1;
    for (const how of cuts) {
      const step = how === "half" ? stride * (choice.halfStride ?? 1) : stride;
      for (let at = 0; at < total; at += step) {
        all.push({ kind: "cut", of, at, how });
        if (single) all.push({ kind: "cut", of, at, how, only: true });
      }
    }
    for (let at = 1; at < total; at += stride) all.push({ kind: "split", of, at });
    for (const at of spread(total, 2)) {
      all.push({ kind: "trickle", of, at, ms: timeout * 0.6 });
      for (const unit of choice.floods?.[of] ?? FLOODS[of]) {
        all.push({ kind: "flood", of, at, unit });
      }
    }
    for (const at of spread(total, 4)) all.push({ kind: "deaf", of, at });
  }
  const { kinds } = choice;
  return kinds === undefined ? all : all.filter(({ kind }) => kinds.includes(kind));
}

/** So many of the faults, the same for the same seed; of every label at least one. */
export function sampleFaults(faults: readonly Fault[], size: number, seed: number): Fault[] {
  const random = new Random(seed);
  const groups = new Map<string, Fault[]>();
  for (const fault of faults) {
    const of = fault.kind === "none" ? "" : fault.of;
    const label = `${faultLabel(fault)} ${of}`;
    groups.set(label, [...groups.get(label) ?? [], fault]);
  }
  const chosen = new Set(Array.from(groups.values(), (group) => random.pick(group)));
  for (const fault of random.sample(faults, size)) {
    if (chosen.size >= size) break;
    chosen.add(fault);
  }
  return [...chosen];
}

/** So many positions, the first byte among them, at most one for each byte. */
function spread(total: number, count: number): number[] {
  const positions = Array.from({ length: count }, (_, index) => Math.floor(index * total / count));
  return [...new Set(positions)];
}
