/**
 * Progress where nobody looks at a terminal: lines for a log, lines of JSON for a program, or none.
 *
 * @module
 */

import { getEventLoop } from "../../loop/events.ts";
import { visible } from "./cells.ts";
import { formatBytes, formatSpeed, formatTime } from "./format.ts";
import type { Output } from "./output.ts";
import type { ItemOptions, Progress, ProgressItem } from "./progress.ts";
import { CountedItem } from "./progress_item.ts";
import { timeLeft } from "./rate.ts";
import type { TerminalOutput } from "./terminal.ts";

/** How often a log is told of a transfer that takes long, in milliseconds. */
const LOG_INTERVAL = 10_000;

/** How often a program is told, in milliseconds. */
const JSON_INTERVAL = 1_000;

/** Nothing is shown, except what is printed. */
export class NoProgress implements Progress {
  /** Where lines go. */
  protected readonly errors: TerminalOutput;

  /**
   * Begins to show nothing.
   *
   * @param errors Where lines go that are printed.
   */
  constructor(errors: TerminalOutput) {
    this.errors = errors;
  }

  /** Says how much there is to do in all. */
  expect(_whole: { items: number; bytes?: number }): void {}

  /** Begins to count a transfer. */
  start(name: string, options: ItemOptions = {}): ProgressItem {
    let last = getEventLoop().time();
    return new CountedItem(name, options, (item) => {
      if (item.state !== "running") return this.tellEnd(item);
      const now = getEventLoop().time();
      if (now - last < this.interval) return;
      last = now;
      this.tell(item);
    });
  }

  /** Writes a line to standard error. */
  print(line: string): void {
    this.errors.writeText(`${line}\n`);
  }

  /** Shows nothing any more. */
  end(): void {}

  /** The least time between two messages about one transfer. */
  protected get interval(): number {
    return Infinity;
  }

  /** Tells how far a transfer is. */
  protected tell(_item: CountedItem): void {}

  /** Tells that a transfer has ended. */
  protected tellEnd(_item: CountedItem): void {}
}

/** A line on standard error for each transfer, and every ten seconds for those that take long. */
export class ProgressLog extends NoProgress {
  /** The least time between two messages about one transfer. */
  protected override get interval(): number {
    return LOG_INTERVAL;
  }

  /** Tells how far a transfer is. */
  protected override tell(item: CountedItem): void {
    const { name, transferred, total, rate } = item.advance;
    const left = timeLeft(total === undefined ? undefined : total - transferred, rate);
    this.print(
      `${visible(name)}: ${formatBytes(transferred)}` +
        (total === undefined ? "" : ` of ${formatBytes(total)}`) +
        (left === undefined ? "" : `, ${formatTime(left)} left`),
    );
  }

  /** Tells that a transfer has ended; why it failed is told by who knows. */
  protected override tellEnd(item: CountedItem): void {
    if (item.state === "failed") return;
    this.print(
      `${visible(item.name)}: ${formatSpeed(item.transferred - item.offset, item.elapsed)}`,
    );
  }
}

/** A line of JSON on standard output for each transfer that ends, and each second for others. */
export class ProgressJson extends NoProgress {
  readonly #output: Output;

  /**
   * Begins to tell.
   *
   * @param output Where JSON goes.
   * @param errors Where other lines go.
   */
  constructor(output: Output, errors: TerminalOutput) {
    super(errors);
    this.#output = output;
  }

  /** The least time between two messages about one transfer. */
  protected override get interval(): number {
    return JSON_INTERVAL;
  }

  /** Tells how far a transfer is. */
  protected override tell(item: CountedItem): void {
    const { name, transferred, total, rate } = item.advance;
    const left = timeLeft(total === undefined ? undefined : total - transferred, rate);
    this.#write({
      event: "progress",
      name,
      ...item.fields,
      transferred,
      total: total ?? null,
      rate: rate === undefined ? null : Math.round(rate),
      secondsLeft: left === undefined ? null : Math.round(left / 1000),
    });
  }

  /** Tells that a transfer has ended. */
  protected override tellEnd(item: CountedItem): void {
    this.#write({
      event: item.state,
      name: item.name,
      ...item.fields,
      transferred: item.transferred,
      resumedAt: item.offset,
      seconds: Math.round(item.elapsed) / 1000,
      ...item.ending,
    });
  }

  #write(value: Readonly<Record<string, unknown>>): void {
    // Whoever waits for the output at the end is told what failed here.
    this.#output.json(value).catch(() => {});
  }
}
