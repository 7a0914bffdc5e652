/**
 * The message on its way out: from what callers have to the lines of DATA
 * (RFC 5321 §4.5.2), in constant memory.
 *
 * @module
 */

import { interruptible, type WaitOptions } from "../../loop/wait.ts";
import type { StreamWriter } from "../../net/streams/stream_writer.ts";
import { DotEncoder } from "../../protocols/text/dot.ts";
import { SMTPNotSupportedError } from "./errors.ts";
import type { MessageSource } from "./types.ts";

/** So much is encoded and handed to the connection at once. */
const PIECE = 64 * 1024;

/** A message, and what the envelope has to say of it. */
export interface Body {
  /** How many bytes it has, with CRLF line ends; `undefined` where that is not known. */
  readonly size: number | undefined;
  /** Whether it holds bytes above 127; `undefined` where that is not known. */
  readonly eightBit: boolean | undefined;
  /** The bytes as they go out, the final dot the last piece, or where they come from. */
  readonly source: readonly Uint8Array[] | ByteSource;
  /** Does now what would else be done when it is sent. */
  prepare?(): void;
}

/** Where the bytes of a message come from, piece by piece. */
export interface ByteSource {
  /** Gives the next piece, or `undefined` at the end; without waiting where it can. */
  next(signal: AbortSignal | undefined): ByteResult | PromiseLike<ByteResult>;
  /** Says that no more is wanted. */
  cancel(reason: unknown): void;
}

type ByteResult = Uint8Array | undefined;

/**
 * Looks at a message before it is sent.
 *
 * @param message The message.
 * @param size What the caller says of the size of a stream.
 * @returns The message, ready to be sent once.
 * @throws {TypeError} If it is none of the forms that are taken, or a stream that is in use.
 * @throws {RangeError} If the size is no number of bytes.
 */
export function bodyOf(message: MessageSource, size?: number): Body {
  if (size !== undefined && !(Number.isSafeInteger(size) && size >= 0)) {
    throw new RangeError(`Cannot announce a size of ${size}: need a whole number of bytes`);
  }
  if (typeof message === "string") message = new TextEncoder().encode(message);
  if (message instanceof Uint8Array) {
    return message.length > PIECE ? largeBody(message) : new SmallBody(message);
  }
  if (message instanceof ReadableStream) {
    return { size, eightBit: undefined, source: fromStream(message) };
  }
  if (typeof message?.[Symbol.asyncIterator] === "function") {
    return { size, eightBit: undefined, source: fromIterable(message) };
  }
  throw new TypeError(
    "Cannot send this as a message: need a string, a Uint8Array, a ReadableStream or an AsyncIterable of Uint8Array",
  );
}

/**
 * Gives up what is left of a message that came as a stream.
 *
 * @param body The message; it may have been sent in full.
 * @param reason Why, where something went wrong.
 */
export function giveUp(body: Body, reason: unknown): void {
  if (body instanceof SmallBody) return;
  if ("cancel" in body.source) body.source.cancel(reason);
}

/**
 * Writes a message after the server said 354, dots stuffed, line ends made CRLF,
 * the last line ended, and the final dot behind it.
 *
 * @param writer The connection.
 * @param body The message.
 * @param options How long the server may take no bytes, and, where it takes no bytes above
 * 127, its name; what writes the last piece, if not the connection.
 * @throws {SMTPNotSupportedError} If a byte above 127 comes up that the server does not take.
 */
export async function writeBody(
  writer: StreamWriter,
  { source, eightBit }: Body,
  { signal, timeout, refuseEightBit: refuse, writeLast = (pieces) => writer.writelines(pieces) }:
    & WaitOptions
    & {
      refuseEightBit?: string;
      writeLast?: (pieces: readonly Uint8Array[]) => void;
    },
): Promise<void> {
  if (!("next" in source)) return writeLast(source);
  const encoder = new DotEncoder();
  for (;;) {
    const next = source.next(signal);
    const piece = next === undefined || next instanceof Uint8Array ? next : await next;
    if (piece === undefined) break;
    if (refuse !== undefined && eightBit === undefined && isEightBit(piece)) {
      throw eightBitError(refuse);
    }
    writer.write(encoder.encode(piece));
    // The piece belongs to whoever made it, and may be used again for the next.
    await writer.drain({ signal, timeout });
  }
  writeLast([encoder.finish()]);
}

/**
 * The error for a message that cannot be sent without 8BITMIME.
 *
 * @param peer How messages name the server.
 * @returns The error.
 */
export function eightBitError(peer: string): SMTPNotSupportedError {
  return new SMTPNotSupportedError(
    `The message holds bytes above 127, and ${peer} does not offer 8BITMIME. ` +
      "Encode its parts as quoted-printable or base64, its header as encoded words",
  );
}

/**
 * A message that goes out at once. It is encoded when that is first needed, and not sooner: of a
 * thousand that stand in line, only the next ones cost memory twice.
 */
class SmallBody implements Body {
  readonly #bytes: Uint8Array;
  #eightBit: boolean | undefined;
  #source: readonly [body: Uint8Array, end: Uint8Array] | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get eightBit(): boolean {
    return this.#eightBit ??= isEightBit(this.#bytes);
  }

  get source(): readonly [body: Uint8Array, end: Uint8Array] {
    if (this.#source === undefined) {
      const encoder = new DotEncoder();
      this.#source = [encoder.encode(this.#bytes), encoder.finish()];
    }
    return this.#source;
  }

  get size(): number {
    const [body, { length: end }] = this.source;
    // What is sent as it is, but for the dot and its CRLF, is what it was.
    return body === this.#bytes && end === 3 ? body.length : normalizedSize(this.#bytes);
  }

  prepare(): void {
    this.#eightBit = this.eightBit;
    this.#source = this.source;
  }
}

function largeBody(message: Uint8Array): Body {
  return {
    size: normalizedSize(message),
    eightBit: isEightBit(message),
    source: inPieces(message),
  };
}

function inPieces(bytes: Uint8Array): ByteSource {
  let start = 0;
  return {
    next() {
      if (start >= bytes.length) return undefined;
      const piece = bytes.subarray(start, start + PIECE);
      start += PIECE;
      return piece;
    },
    cancel() {},
  };
}

function fromStream(stream: ReadableStream<Uint8Array>): ByteSource {
  const reader = stream.getReader(); // Throws a TypeError where somebody else reads it.
  return {
    async next(signal) {
      const { value, done } = await interruptible(reader.read(), { signal });
      return done ? undefined : checkPiece(value);
    },
    cancel(reason) {
      // Whoever made the stream hears of the reason; that it may fail over it is its own affair.
      reader.cancel(reason).catch(() => {});
      reader.releaseLock();
    },
  };
}

function fromIterable(iterable: AsyncIterable<Uint8Array>): ByteSource {
  const iterator = iterable[Symbol.asyncIterator]();
  return {
    async next(signal) {
      const { value, done } = await interruptible(iterator.next(), { signal });
      return done ? undefined : checkPiece(value);
    },
    cancel() {
      iterator.return?.().then(undefined, () => {});
    },
  };
}

function checkPiece(piece: unknown): Uint8Array {
  if (piece instanceof Uint8Array) return piece;
  throw new TypeError(`Cannot send ${typeof piece} as part of a message: need Uint8Array`);
}

/** Counts what will be sent, without stuffed dots (RFC 1870 §5): a lone CR or LF becomes CRLF. */
function normalizedSize(bytes: Uint8Array): number {
  let size = bytes.length;
  for (let lf = bytes.indexOf(LF); lf >= 0; lf = bytes.indexOf(LF, lf + 1)) {
    if (bytes[lf - 1] !== CR) size++;
  }
  for (let cr = bytes.indexOf(CR); cr >= 0; cr = bytes.indexOf(CR, cr + 1)) {
    if (bytes[cr + 1] !== LF) size++;
  }
  const last = bytes.at(-1);
  return last === LF || last === CR || last === undefined ? size : size + 2;
}

const LF = 10;
const CR = 13;

function isEightBit(bytes: Uint8Array): boolean {
  // Four bytes at a time where the memory lies so; one by one at both ends.
  const head = Math.min(bytes.length, -bytes.byteOffset & 3);
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset + head, (bytes.length - head) >> 2);
  let seen = 0;
  for (let index = 0; index < words.length; index++) seen |= words[index] as number;
  for (let index = 0; index < head; index++) seen |= bytes[index] as number;
  for (let index = head + words.length * 4; index < bytes.length; index++) {
    seen |= bytes[index] as number;
  }
  return (seen & 0x80808080) !== 0;
}
