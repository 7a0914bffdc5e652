/**
 * A WebSocket without a network, for the sockets of the examples.
 *
 * @module
 */

/** A WebSocket whose other end has stopped reading, or reads at once. */
export class Line {
  readyState: number = WebSocket.OPEN;
  bufferedAmount = 0;
  /** What it was given to send. */
  sent: string[] = [];
  /** How it was closed. */
  reason = "";
  onopen = () => {};
  onclose = () => {};
  onmessage: (event: { data: string }) => void = () => {};
  readonly #reads: boolean;

  /** Begins open. */
  constructor({ reads }: { reads: boolean }) {
    this.#reads = reads;
  }

  /** A message comes. */
  hear(message: unknown): void {
    this.onmessage({ data: JSON.stringify(message) });
  }

  send(text: string): void {
    this.sent.push(text);
    if (!this.#reads) this.bufferedAmount += 100_000;
  }

  close(code: number, reason: string): void {
    this.readyState = WebSocket.CLOSED;
    this.reason = `${code} ${reason}`;
    this.onclose();
  }
}
