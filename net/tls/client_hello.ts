/**
 * The name that a client asks for, and the ticket of the session that it would go on with, from its
 * first message (ClientHello, RFC 8446 §4.1.2; server_name, RFC 6066 §3; session_ticket, RFC 5077
 * §3.2).
 *
 * It is read here, before `node:tls` begins: where that is asked to call back
 * for it, the memory of every handshake that fails is lost.
 *
 * @module
 */

/** What is known of a first message. */
export type Asked =
  /** More bytes are needed. */
  | "more"
  /** What stands in it; nothing where what came is no such message. */
  | Hello;

/** What a first message asks for. */
export interface Hello {
  /** The name; `undefined` where there is none. */
  readonly serverName?: string;
  /** The ticket of TLS 1.2, a copy; `undefined` where there is none. */
  readonly ticket?: Uint8Array;
}

const NOTHING: Asked = {};
/** The largest message that is looked at; a client's is 2 KiB at most, with keys for after quantum computers. */
const LONGEST = 16_384;

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const SESSION_TICKET = 35;
const HOST_NAME = 0;

/**
 * Looks for the name and the ticket.
 *
 * @param bytes All that the client has sent so far.
 * @returns Both, or whether more bytes are needed.
 */
export function askedFor(bytes: Uint8Array): Asked {
  const message = new Uint8Array(Math.min(bytes.length, LONGEST));
  let length = 0;
  for (let at = 0; at < bytes.length;) {
    if (bytes[at] !== HANDSHAKE) return NOTHING;
    if (at + 5 > bytes.length) break;
    const size = bytes[at + 3]! << 8 | bytes[at + 4]!;
    const piece = bytes.subarray(at + 5, Math.min(at + 5 + size, bytes.length));
    if (length + piece.length > message.length) return NOTHING;
    message.set(piece, length);
    length += piece.length;
    at += 5 + size;
  }
  if (length > 0 && message[0] !== CLIENT_HELLO) return NOTHING;
  const size = message[1]! << 16 | message[2]! << 8 | message[3]!;
  if (length >= 4 && size > LONGEST - 4) return NOTHING;
  if (length < 4 || length < 4 + size) return "more";
  return read(new Cursor(message.subarray(4, 4 + size)));
}

function read(hello: Cursor): Hello {
  hello.take(2 + 32); // The version and the random.
  hello.take(hello.number(1)); // The session.
  hello.take(hello.number(2)); // The cipher suites.
  hello.take(hello.number(1)); // The compression methods.
  const extensions = new Cursor(hello.take(hello.number(2)));
  let serverName: string | undefined;
  let ticket: Uint8Array | undefined;
  while (extensions.left > 0) {
    const type = extensions.number(2);
    const data = extensions.take(extensions.number(2));
    if (type === SERVER_NAME) serverName ??= nameIn(new Cursor(data));
    if (type === SESSION_TICKET && data.length > 0) ticket ??= data;
  }
  return { serverName, ticket };
}

function nameIn(data: Cursor): string | undefined {
  const names = new Cursor(data.take(data.number(2)));
  if (names.number(1) !== HOST_NAME) return undefined;
  const name = names.take(names.number(2));
  return name.length === 0 ? undefined : String.fromCharCode(...name);
}

/** Goes through bytes; past their end there is nothing. */
class Cursor {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  number(size: number): number {
    let value = 0;
    for (const byte of this.take(size)) value = value << 8 | byte;
    return value;
  }

  take(size: number): Uint8Array {
    const piece = this.#bytes.subarray(this.#at, this.#at + size);
    this.#at = Math.min(this.#bytes.length, this.#at + size);
    return piece;
  }
}
