/**
 * Text on the wire and text on the server: `TYPE A` sends CRLF for the line end
 * of the files here, which is LF (RFC 959 §3.1.1.1).
 *
 * @module
 */

const CR = 0x0d;
const LF = 0x0a;

/** Puts CR before each LF that has none, whatever the cut of the chunks. */
export class AsciiEncoder {
  #afterCr = false;

  /**
   * Converts the next bytes of a file.
   *
   * @param chunk The bytes; left as they are.
   * @returns The bytes for the wire: the same array where nothing had to change.
   */
  encode(chunk: Uint8Array): Uint8Array {
    let missing = 0;
    let afterCr = this.#afterCr;
    for (const byte of chunk) {
      if (byte === LF && !afterCr) missing++;
      afterCr = byte === CR;
    }
    if (missing === 0) {
      this.#afterCr = afterCr;
      return chunk;
    }

    const encoded = new Uint8Array(chunk.length + missing);
    let length = 0;
    for (const byte of chunk) {
      if (byte === LF && !this.#afterCr) encoded[length++] = CR;
      encoded[length++] = byte;
      this.#afterCr = byte === CR;
    }
    return encoded;
  }
}

/** Turns each CRLF into LF, whatever the cut of the chunks; a CR alone stays. */
export class AsciiDecoder {
  #heldCr = false;

  /**
   * Converts the next bytes from the wire.
   *
   * @param chunk The bytes; left as they are.
   * @returns The bytes for the file. A CR at the end waits for the next chunk.
   */
  decode(chunk: Uint8Array): Uint8Array {
    if (!this.#heldCr && chunk.indexOf(CR) < 0) return chunk;

    const decoded = new Uint8Array(chunk.length + 1);
    let length = 0;
    for (const byte of chunk) {
      if (this.#heldCr && byte !== LF) decoded[length++] = CR;
      this.#heldCr = byte === CR;
      if (!this.#heldCr) decoded[length++] = byte;
    }
    return decoded.subarray(0, length);
  }

  /**
   * Ends the file.
   *
   * @returns The CR that was waiting, if any.
   */
  end(): Uint8Array {
    const rest = this.#heldCr ? Uint8Array.of(CR) : new Uint8Array(0);
    this.#heldCr = false;
    return rest;
  }
}
