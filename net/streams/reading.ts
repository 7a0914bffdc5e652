/**
 * The reads that may have to wait several times: until the end, for a number of
 * bytes, for a separator, for a line.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../loop/exceptions.ts";
import type { WaitOptions } from "../../loop/wait.ts";
import { IncompleteReadError, LimitOverrunError, SSLError } from "../errors.ts";
import type { Incoming } from "./incoming.ts";
import { hostAndPort } from "../native_errors.ts";
import { looksLikeTls } from "../tls/tls.ts";

/** Reads until the end. What came stays in the buffer where it is broken off. */
export async function readToEnd(incoming: Incoming, options?: WaitOptions): Promise<Uint8Array> {
  incoming.throwIfSet();
  while (await incoming.more("read", options));
  return incoming.buffer.take(incoming.buffer.length);
}

/** Reads so many bytes, or throws with what came. */
export async function readExactly(
  incoming: Incoming,
  n: number,
  options?: WaitOptions,
): Promise<Uint8Array> {
  const { buffer } = incoming;
  incoming.throwIfSet();
  while (buffer.length < n) {
    // Not all at once: a length that a peer made up must not cost memory before bytes come.
    buffer.reserve(Math.min(n, Math.max(RESERVE_AT_ONCE, 2 * buffer.length)));
    if (!await incoming.more("readexactly", options)) {
      throw new IncompleteReadError(buffer.take(buffer.length), n);
    }
  }
  return buffer.take(n);
}

/** Reads to the end of the first separator, or throws with what came. */
export async function readUntil(
  incoming: Incoming,
  separators: readonly Uint8Array[],
  caller: "readuntil" | "readline",
  options?: WaitOptions,
): Promise<Uint8Array> {
  const { buffer } = incoming;
  incoming.throwIfSet();
  for (let searched = 0;;) {
    const found = buffer.takeUntil(separators, searched);
    if (typeof found !== "number") return found;
    searched = found;
    if (!await incoming.more(caller, options)) {
      throw new IncompleteReadError(buffer.take(buffer.length), null);
    }
  }
}

/** Reads to the end of the line, or of the stream. A line that is too long is dropped. */
export async function readLine(incoming: Incoming, options?: WaitOptions): Promise<Uint8Array> {
  try {
    return await readUntil(incoming, LINE_ENDS, "readline", options);
  } catch (error) {
    rethrowIfCancelled(error);
    if (error instanceof IncompleteReadError) return error.partial;
    if (error instanceof LimitOverrunError) dropLine(incoming, error.consumed);
    throw error;
  }
}

/**
 * Throws where the first bytes are TLS, on a connection without it: a peer that waits for us to
 * speak TLS answers plain text with an alert (RFC 8446 §6).
 */
export function refuseTls({ source, buffer }: Incoming): void {
  if (source === undefined || source.tls || !looksLikeTls(buffer.peek())) return;
  throw new SSLError(
    `${hostAndPort(source.remoteAddress)} speaks TLS, and this connection does not. Connect ` +
      `with TLS, or use the port for plain text`,
    { ...source.remoteAddress, code: "ERR_TLS_UNEXPECTED" },
  );
}

function dropLine({ buffer }: Incoming, consumed: number): void {
  const unread = buffer.peek();
  buffer.consume(unread[consumed] === LF ? consumed + 1 : unread.length);
}

const RESERVE_AT_ONCE = 1_048_576;
const LF = 10;
const LINE_ENDS = [new Uint8Array([LF])];
