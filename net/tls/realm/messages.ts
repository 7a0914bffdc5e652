/**
 * What a program and the Worker of a {@linkcode TlsRealm} say to each other.
 *
 * Large pieces cross in memory that is handed over and comes back, so that none is copied or made
 * anew. Small ones are copied, which is faster. Those that wait to be taken are few: who gives stops
 * when too many pieces are out. A message costs more than a short piece of work, so what only
 * counts is told for several pieces at once.
 *
 * @module
 */

import type { Address } from "../../byte_stream.ts";
import type { PackedSession } from "../session.ts";
import type { TlsInfo, TlsOptions } from "../tls.ts";
import type { PackedError } from "./packed_errors.ts";

/** Bytes on their way in, in both directions between the two: encrypted there, plain back. */
export type FlowMessage =
  /** Some have come. The memory of a large piece goes with it. */
  | { readonly kind: "came"; readonly bytes: Uint8Array<ArrayBuffer> }
  /** A large piece was taken; its memory comes back. */
  | { readonly kind: "taken"; readonly memory: ArrayBuffer }
  /** So many small pieces were taken. */
  | { readonly kind: "smallTaken"; readonly count: number }
  /** No more will come. */
  | { readonly kind: "end" };

/** What the Worker is told. */
export type ToWorker =
  | FlowMessage
  /** A connection is to be encrypted. */
  | {
    readonly kind: "start";
    readonly options: TlsOptions;
    readonly session: PackedSession | undefined;
    readonly localAddress: Address;
    readonly remoteAddress: Address;
  }
  /** The stream has failed; the program knows how. */
  | { readonly kind: "broken" }
  /** So many encrypted bytes were handed to the system, since it was said last. */
  | { readonly kind: "sent"; readonly count: number }
  /** Bytes to encrypt. */
  | { readonly kind: "write"; readonly bytes: Uint8Array<ArrayBuffer> }
  /** Our direction ends. */
  | { readonly kind: "closeWrite" }
  /** TLS ends, and the stream goes on in clear. */
  | { readonly kind: "endTls" }
  /** After this nothing more comes: the stream has gone on. */
  | { readonly kind: "handBack" }
  /** Both directions end, at once. */
  | { readonly kind: "close" };

/** What the Worker asks to be done with the stream, in this order and no other. */
export type Errand =
  /** Encrypted bytes are to be written. */
  | { readonly kind: "send"; readonly bytes: Uint8Array<ArrayBuffer> }
  /** What was sent is all of the `write` before. */
  | { readonly kind: "written" }
  /** The direction is to be ended; that is all of the `closeWrite` before. */
  | { readonly kind: "sendEnd" };

/** What the Worker tells. */
export type FromWorker =
  | FlowMessage
  | Errand
  /** The handshake is done. */
  | {
    readonly kind: "started";
    readonly info: TlsInfo;
    readonly session: PackedSession | undefined;
  }
  /** It is done, and goes on with the session: what the server has shown is known. */
  | { readonly kind: "resumed"; readonly info: TlsInfo }
  /** It has failed. */
  | { readonly kind: "refused"; readonly error: PackedError }
  /** Nothing more can be read: TLS, or the stream, has failed. */
  | { readonly kind: "failed"; readonly error: PackedError }
  /** A `write` or `closeWrite` has failed. */
  | { readonly kind: "writeFailed"; readonly error: PackedError }
  /** TLS has ended on both sides. */
  | { readonly kind: "tlsEnded" }
  /** What has come after that, and was not for TLS; the answer to `handBack`. */
  | { readonly kind: "left"; readonly bytes: Uint8Array<ArrayBuffer> }
  /** Nothing more will be said of this connection: the stream is to be closed. */
  | { readonly kind: "close" };

/** A message, and the connection that it is about. */
export interface Envelope<Message> {
  /** The number of the connection. */
  readonly id: number;
  /** What is said. */
  readonly message: Message;
}

/** Sends a message about one connection. The memory of a large piece goes with it. */
export type Say<Message> = (message: Message) => void;

/**
 * Finds the memory that goes with a message.
 *
 * @param message The message.
 */
export function memoryOf(message: ToWorker | FromWorker): ArrayBuffer[] {
  if ("bytes" in message) return isSmall(message.bytes) ? [] : [message.bytes.buffer];
  return "memory" in message ? [message.memory] : [];
}

/**
 * Says whether a piece is copied: where all of its memory is little.
 *
 * @param bytes The piece.
 */
export function isSmall({ buffer }: Uint8Array): boolean {
  return buffer.byteLength <= SMALL;
}

/** The largest piece that is copied. */
export const SMALL = 4_096;
