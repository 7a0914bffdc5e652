/**
 * Showing how far things are: bars on a terminal, plain lines or JSON elsewhere.
 *
 * @module
 */

/** What is told about one transfer when it begins. */
export interface ItemOptions {
  /** How many bytes there will be, where that is known. */
  total?: number;
  /** How many of them are there already. */
  transferred?: number;
  /** More fields of its JSON lines, such as where it comes from and goes to. */
  fields?: Readonly<Record<string, unknown>>;
}

/** One transfer whose progress is shown. */
export interface ProgressItem {
  /**
   * Says how far it is.
   *
   * @param progress How many bytes are there, how many there will be, and how many of them were
   * there before.
   */
  update(progress: { transferred: number; total?: number; resumedAt?: number }): void;
  /**
   * It is done.
   *
   * @param fields More fields of its JSON line.
   */
  done(fields?: Readonly<Record<string, unknown>>): void;
  /**
   * It failed; who called this says why.
   *
   * @param message Why, for JSON lines.
   */
  failed(message: string): void;
}

/** Shows how far things are. */
export interface Progress {
  /**
   * Says how much there is to do in all, as far as is known by now.
   *
   * @param whole How many transfers, and how many bytes.
   */
  expect(whole: { items: number; bytes?: number }): void;
  /**
   * Begins to show a transfer.
   *
   * @param name What it is called.
   * @param options What is known.
   */
  start(name: string, options?: ItemOptions): ProgressItem;
  /**
   * Writes a line to standard error, above the bars.
   *
   * @param line The line.
   */
  print(line: string): void;
  /** Takes the bars away, and shows nothing any more. */
  end(): void;
}
