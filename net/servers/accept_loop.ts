/**
 * Accepting connections, one after the other, for as long as a listener lasts.
 *
 * @module
 */

import type { EventLoop } from "../../loop/event_loop.ts";
import { rethrowIfCancelled } from "../../loop/exceptions.ts";
import type { ByteStream } from "../byte_stream.ts";
import type { Listener } from "../listener.ts";

/** What an {@linkcode acceptAll} works with. */
export interface AcceptOptions {
  /** The loop that measures the pauses. */
  loop: EventLoop;
  /** Waits until one more may come. Whether it shall go on. */
  room(): boolean | Promise<boolean>;
  /** A connection has come. */
  accepted(stream: ByteStream): void;
  /** Accepting has failed, after it had worked; it is tried again. */
  failed(error: unknown): void;
}

/**
 * Accepts until the listener is closed. An error ends nothing: too many files are open, say, and
 * the server must be there when that has passed.
 *
 * @param listener Where connections arrive.
 * @param options What becomes of them.
 */
export async function acceptAll(listener: Listener, options: AcceptOptions): Promise<void> {
  let works = true;
  while (await options.room()) {
    try {
      const stream = await listener.accept();
      if (stream === null) return;
      works = true;
      options.accepted(stream);
    } catch (error) {
      rethrowIfCancelled(error);
      if (works) options.failed(error);
      works = false;
      await pause(options.loop);
    }
  }
}

const RETRY_DELAY = 100;

function pause(loop: EventLoop): Promise<void> {
  return new Promise((resolve) => loop.callLater(RETRY_DELAY, resolve));
}
