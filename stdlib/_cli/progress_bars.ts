/**
 * Progress on a terminal: one line for each transfer that runs and one for the whole, drawn again
 * in place.
 *
 * @module
 */

import { getEventLoop } from "../../loop/events.ts";
import type { TimerHandle } from "../../loop/handles.ts";
import { visible } from "./cells.ts";
import { formatBytes, formatSpeed } from "./format.ts";
import type { ItemOptions, Progress, ProgressItem } from "./progress.ts";
import { CountedItem } from "./progress_item.ts";
import { type Advance, progressBoard, rowsOf } from "./progress_lines.ts";
import { RateMeter } from "./rate.ts";
import type { Terminal } from "./terminal.ts";

/** The least time between two drawings, in milliseconds. */
const INTERVAL = 100;

const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";
const CLEAR_BELOW = "\x1b[J";

/** Bars. They appear with the first transfer, and the cursor is back when `end()` returns. */
export class ProgressBars implements Progress {
  readonly #terminal: Terminal;
  readonly #running = new Set<CountedItem>();
  readonly #meter = new RateMeter();
  #drawn: readonly string[] = [];
  #timer: TimerHandle | undefined;
  #last = -Infinity;
  #stopListening: (() => void) | undefined;
  #ended = false;
  /** How much there is to do in all; nothing is said of the whole where it is one transfer. */
  #items = 1;
  #bytes: number | undefined;
  #finished = 0;
  #finishedBytes = 0;

  /**
   * Begins to show.
   *
   * @param terminal Where.
   */
  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Says how much there is to do in all. */
  expect({ items, bytes }: { items: number; bytes?: number }): void {
    this.#items = items;
    this.#bytes = bytes;
  }

  /** Begins to show a transfer. */
  start(name: string, options: ItemOptions = {}): ProgressItem {
    if (this.#stopListening === undefined && !this.#ended) {
      this.#stopListening = this.#terminal.onResize(() => this.#draw());
      this.#terminal.errors.writeText(HIDE_CURSOR);
    }
    const item = new CountedItem(name, options, () => this.#changed(item));
    this.#running.add(item);
    this.#meter.mark(this.#moved(), getEventLoop().time());
    this.#drawSoon();
    return item;
  }

  /** Writes a line above the bars. */
  print(line: string): void {
    this.#terminal.errors.writeText(`${this.#erase()}${line}\n`);
    this.#draw();
  }

  /** Takes the bars away. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#timer?.cancel();
    this.#stopListening?.();
    const cursor = this.#stopListening === undefined ? "" : SHOW_CURSOR;
    this.#terminal.errors.writeText(`${this.#erase()}${cursor}`);
  }

  #changed(item: CountedItem): void {
    if (item.state === "running") return this.#drawSoon();
    this.#running.delete(item);
    this.#finished += 1;
    this.#finishedBytes += item.transferred;
    if (item.state === "failed") return this.#drawSoon();
    this.print(
      `${visible(item.name)}: ${formatSpeed(item.transferred - item.offset, item.elapsed)}`,
    );
  }

  /** How much of the whole is there. */
  #moved(): number {
    let bytes = this.#finishedBytes;
    for (const item of this.#running) bytes += item.transferred;
    return bytes;
  }

  #drawSoon(): void {
    if (this.#ended || this.#timer !== undefined) return;
    const loop = getEventLoop();
    const wait = Math.max(0, this.#last + INTERVAL - loop.time());
    this.#timer = loop.callLater(wait, () => {
      this.#timer = undefined;
      this.#draw();
    });
  }

  #draw(): void {
    const size = this.#terminal.size();
    if (this.#ended || size === undefined) return;
    this.#last = getEventLoop().time();
    this.#meter.mark(this.#moved(), this.#last);
    const board = {
      running: Array.from(this.#running, ({ advance }) => advance),
      whole: this.#items > 1 ? this.#whole() : undefined,
    };
    const lines = progressBoard(board, size);
    const before = this.#erase(size.columns);
    this.#drawn = lines;
    this.#terminal.errors.writeText(before + lines.map((line) => `${line}\n`).join(""));
  }

  #whole(): Advance {
    const transferred = this.#moved();
    return {
      name: `${this.#finished} of ${this.#items} files` +
        (this.#bytes === undefined ? "" : `, ${formatBytes(this.#bytes)}`),
      transferred,
      total: this.#bytes,
      rate: this.#meter.rate(transferred, this.#last),
    };
  }

  /** Goes back to where the bars begin. After the terminal became narrower, they take more lines. */
  #erase(columns: number = this.#terminal.size()?.columns ?? 80): string {
    const rows = rowsOf(this.#drawn, columns);
    this.#drawn = [];
    return rows === 0 ? "" : `\x1b[${rows}A\r${CLEAR_BELOW}`;
  }
}
