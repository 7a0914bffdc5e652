/**
 * Which sessions of TLS 1.2 a server has made on which connections: whether one
 * connection goes on with the session of another can be told by the ticket that
 * was given away there and is shown here (RFC 5077 §3.3, RFC 5246 §7.3).
 *
 * The platform says that a session was resumed, but not whose: it takes every
 * ticket that this process has made, whatever the certificate. A ticket of
 * TLS 1.2 travels in the clear, so it is read on its way. Those of TLS 1.3 are
 * encrypted and cannot be told apart.
 *
 * @module
 */

import type { ByteStream } from "../byte_stream.ts";
import { PassingStream } from "../streams/passing_stream.ts";

/** How many tickets are remembered besides the first. A client that uses one gets another. */
const REMEMBERED = 256;

/** The sessions of connections that belong together, such as those of one client of FTP. */
export class TlsSessions {
  readonly #tickets = new Set<string>();
  #first: string | undefined;

  /**
   * Remembers a session.
   *
   * @param ticket What the client was given.
   */
  add(ticket: Uint8Array): void {
    const key = keyOf(ticket);
    this.#first ??= key;
    this.#tickets.add(key);
    if (this.#tickets.size <= REMEMBERED + 1) return;
    for (const oldest of this.#tickets) {
      if (oldest === this.#first) continue;
      this.#tickets.delete(oldest);
      break;
    }
  }

  /**
   * Whether a session is one of these.
   *
   * @param ticket What the client has shown.
   */
  has(ticket: Uint8Array): boolean {
    return this.#tickets.has(keyOf(ticket));
  }
}

function keyOf(ticket: Uint8Array): string {
  return String.fromCharCode(...ticket.subarray(0, LONGEST_TICKET));
}

const LONGEST_TICKET = 4096;
const HANDSHAKE = 22;
const NEW_SESSION_TICKET = 4;
/** A server's part of a handshake is smaller: its certificates are most of it. */
const LONGEST = 131_072;

/** Looks at what a server sends in the clear, and remembers the session that it gives away. */
export class TicketWatch extends PassingStream {
  readonly #sessions: TlsSessions;
  #sent: Uint8Array = new Uint8Array(0);
  #done = false;

  /**
   * Takes over the stream that TLS is about to begin on.
   *
   * @param stream The stream.
   * @param sessions Where the session goes.
   */
  constructor(stream: ByteStream, sessions: TlsSessions) {
    super(stream);
    this.#sessions = sessions;
  }

  /** Writes bytes, perhaps not all. */
  override write(data: Uint8Array): Promise<number> {
    if (this.#done) return super.write(data);
    return super.write(data).then((count) => {
      this.#look(data.subarray(0, count));
      return count;
    });
  }

  #look(bytes: Uint8Array): void {
    const sent = new Uint8Array(this.#sent.length + bytes.length);
    sent.set(this.#sent);
    sent.set(bytes, this.#sent.length);
    this.#sent = sent;
    const ticket = ticketIn(sent);
    if (ticket === "more" && sent.length <= LONGEST) return;
    this.#done = true;
    this.#sent = new Uint8Array(0);
    if (ticket !== "more" && ticket !== undefined) this.#sessions.add(ticket);
  }
}

/**
 * Looks for a ticket in the server's part of a handshake.
 *
 * @param bytes All that the server has sent so far.
 * @returns The ticket; `undefined` where there is none in what is not encrypted; `"more"` where
 * more bytes are needed.
 */
export function ticketIn(bytes: Uint8Array): Uint8Array | "more" | undefined {
  const messages = new Uint8Array(bytes.length);
  let length = 0;
  let complete = false;
  for (let at = 0; at + 5 <= bytes.length;) {
    // What follows another record is encrypted.
    complete = bytes[at] !== HANDSHAKE;
    if (complete) break;
    const size = bytes[at + 3]! << 8 | bytes[at + 4]!;
    if (at + 5 + size > bytes.length) break;
    messages.set(bytes.subarray(at + 5, at + 5 + size), length);
    length += size;
    at += 5 + size;
  }
  for (let at = 0; at + 4 <= length;) {
    const size = messages[at + 1]! << 16 | messages[at + 2]! << 8 | messages[at + 3]!;
    const body = messages.subarray(at + 4, Math.min(at + 4 + size, length));
    at += 4 + size;
    if (messages[at - 4 - size] !== NEW_SESSION_TICKET || at > length) continue;
    const ticketLength = body[4]! << 8 | body[5]!;
    return ticketLength === 0 ? undefined : body.slice(6, 6 + ticketLength);
  }
  return complete ? undefined : "more";
}
