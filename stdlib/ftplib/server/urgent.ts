/**
 * An ABOR whose line end is missing: clients send it as TCP urgent data
 * (RFC 959 §4.1.3 and Telnet's Synch, RFC 854; Python's `FTP.abort` does), and
 * then its last byte, the LF, never shows up among the others.
 *
 * @module
 */

import { getEventLoop } from "../../../loop/events.ts";
import type { TimerHandle } from "../../../loop/handles.ts";
import type { StreamReader } from "../../../net/streams/stream_reader.ts";
import { withoutTelnet } from "../../../protocols/ftp/session.ts";
import { decodeLatin1 } from "../../../protocols/text/latin1.ts";

// Longer than a line end takes that is merely in another packet.
const PATIENCE = 200;

// With the Telnet signals that may go before it.
const LONGEST = 16;

/** Looks for such an ABOR as long as a transfer is going on, and completes it. */
export class UrgentAbort {
  readonly #reader: StreamReader;
  readonly #onCompleted: () => void;
  #timer: TimerHandle | undefined;
  #seen = false;

  /**
   * Begins to look.
   *
   * @param reader The control connection.
   * @param onCompleted Called when a line end was put behind an ABOR.
   */
  constructor(reader: StreamReader, onCompleted: () => void) {
    this.#reader = reader;
    this.#onCompleted = onCompleted;
    this.#wait();
  }

  /** Looks no more. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #wait(): void {
    this.#timer = getEventLoop().callLater(PATIENCE, () => this.#look());
  }

  async #look(): Promise<void> {
    this.#wait();
    const { buffered } = this.#reader;
    if (buffered === 0 || buffered > LONGEST) return;
    // What is buffered already is given without waiting.
    const bytes = await this.#reader.borrow();
    if (bytes === null || !isCutOff(decodeLatin1(bytes))) {
      this.#seen = false;
    } else if (!this.#seen) {
      this.#seen = true;
    } else {
      this.stop();
      this.#onCompleted();
      this.#reader.feedData(new TextEncoder().encode("\n"));
    }
  }
}

function isCutOff(text: string): boolean {
  return /^ABOR\r$/i.test(withoutTelnet(text));
}
