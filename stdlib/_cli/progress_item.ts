/**
 * What all ways of showing progress count.
 *
 * @module
 */

import { getEventLoop } from "../../loop/events.ts";
import type { ItemOptions, ProgressItem } from "./progress.ts";
import type { Advance } from "./progress_lines.ts";
import { RateMeter } from "./rate.ts";

/** How a transfer stands. */
export type ItemState = "running" | "done" | "failed";

/** One transfer: how far it is, how fast, and since when. */
export class CountedItem implements ProgressItem {
  /** What it is called. */
  readonly name: string;
  /** More fields of its JSON lines. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** How many bytes were there when it began. */
  offset: number;
  /** How many are there. */
  transferred: number;
  /** How many there will be. */
  total: number | undefined;
  /** How it stands. */
  state: ItemState = "running";
  readonly #begun: number = getEventLoop().time();
  readonly #meter = new RateMeter();
  readonly #changed: (item: CountedItem) => void;

  /**
   * Begins to count.
   *
   * @param name What it is called.
   * @param options What is known.
   * @param changed Told of every change.
   */
  constructor(name: string, options: ItemOptions, changed: (item: CountedItem) => void) {
    this.name = name;
    this.fields = options.fields ?? {};
    this.offset = this.transferred = options.transferred ?? 0;
    this.total = options.total;
    this.#changed = changed;
    this.#meter.mark(this.transferred, this.#begun);
  }

  /** How long it has taken so far, in milliseconds. */
  get elapsed(): number {
    return getEventLoop().time() - this.#begun;
  }

  /** How far it is. */
  get advance(): Advance {
    const { name, transferred, total } = this;
    return { name, transferred, total, rate: this.#meter.rate(transferred, getEventLoop().time()) };
  }

  /** Says how far it is. */
  update(
    { transferred, total, resumedAt }: { transferred: number; total?: number; resumedAt?: number },
  ): void {
    if (this.state !== "running") return;
    if (resumedAt !== undefined) this.offset = resumedAt;
    this.transferred = transferred;
    this.total = total ?? this.total;
    this.#meter.mark(transferred, getEventLoop().time());
    this.#changed(this);
  }

  /** It is done. */
  done(fields: Readonly<Record<string, unknown>> = {}): void {
    this.#end("done", fields);
  }

  /** It failed. */
  failed(message: string): void {
    this.#end("failed", { message });
  }

  /** What it ended with. */
  ending: Readonly<Record<string, unknown>> = {};

  #end(state: ItemState, fields: Readonly<Record<string, unknown>>): void {
    if (this.state !== "running") return;
    this.state = state;
    this.ending = fields;
    this.#changed(this);
  }
}
