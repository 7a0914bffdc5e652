/**
 * What all handshakes with a proxy have in common, whatever the protocol.
 *
 * @module
 */

/** What came of some bytes. */
export interface HandshakeStep {
  /** How many of the bytes belong to the handshake. What follows them does not. */
  readonly consumed: number;
  /** What is to be sent now; nothing more is consumed before that. */
  readonly send?: Uint8Array;
}

/**
 * One side of a handshake, without I/O. It tells how much can be read without
 * reading past its end, so that whoever drives it never has to give bytes back.
 */
export interface Handshake {
  /** What is to be sent before anything is read; empty for nothing. */
  start(): Uint8Array;
  /** How many bytes are surely part of the handshake and still to come; 0 once it is done. */
  readonly wanted: number;
  /**
   * Takes bytes as they come, in pieces of any size.
   *
   * @param data The bytes.
   * @returns What came of them.
   */
  push(data: Uint8Array): HandshakeStep;
}
