/**
 * What was written and is not sent yet, joined into blocks that are worth a
 * system call each. Pure: it never waits.
 *
 * @module
 */

// Arrays up to this size are copied together with their neighbours; larger ones are sent as they
// are, from the caller's memory.
// To copy 16 KiB takes half a microsecond; to have the caller wait until they are sent takes three.
const COPY_AT_MOST = 16_384;
const ENCODE_AT_ONCE = 16_384;
const SMALLEST_BLOCK = 4096;
const LARGEST_BLOCK = 65_536;
// Memory of connections that have nothing to send, for whichever writes next: so that thousands of
// idle ones keep none.
const spares: Uint8Array[] = [];
const LARGEST_SPARE = 16_384;
const MOST_SPARES = 64;

interface Block {
  readonly bytes: Uint8Array;
  /** Whether the bytes are the caller's memory. */
  readonly lent: boolean;
  /** Memory of ours to be used again once the bytes are sent. */
  readonly staging: Uint8Array | null;
}

/** Bytes and text, in the order of their writing. */
export class OutputBuffer {
  #size = 0;
  #lent = 0;
  readonly #blocks: Block[] = [];
  // The block that is being sent, and how much of it was.
  #current: Block | null = null;
  #sent = 0;
  // The block that is being filled, and after it, text that is still to be encoded.
  #staging: Uint8Array | null = null;
  #staged = 0;
  #text = "";
  #blockSize = SMALLEST_BLOCK;
  #spare: Uint8Array | null = null;

  /** How much is unsent, in bytes. Text that is not encoded yet counts a byte a UTF-16 unit. */
  get size(): number {
    return this.#size;
  }

  /** Whether memory of the caller's is among it. */
  get lends(): boolean {
    return this.#lent > 0;
  }

  /**
   * Appends.
   *
   * @param data Text or bytes.
   */
  write(data: Uint8Array | string): void {
    this.#size += data.length;
    if (typeof data === "string") {
      this.#text += data;
      if (this.#text.length >= ENCODE_AT_ONCE) this.#encode();
      return;
    }
    this.#encode();
    if (data.length <= COPY_AT_MOST) {
      this.#stage(data.length);
      this.#staging!.set(data, this.#staged);
      this.#staged += data.length;
    } else {
      this.#seal();
      this.#lent++;
      this.#blocks.push({ bytes: data, lent: true, staging: null });
    }
  }

  /**
   * What is to be sent next.
   *
   * @returns Bytes that stay as they are until {@linkcode sent} is called, or `null` for nothing.
   */
  next(): Uint8Array | null {
    if (this.#current === null) {
      const block = this.#blocks.length > 0 ? this.#blocks.shift()! : this.#lastBlock();
      if (block === null) {
        this.#rest();
        return null;
      }
      this.#current = block;
      this.#sent = 0;
    }
    const { bytes } = this.#current;
    return this.#sent === 0 ? bytes : bytes.subarray(this.#sent);
  }

  /**
   * Says that bytes were sent.
   *
   * @param count How many, of what {@linkcode next} gave.
   */
  sent(count: number): void {
    const current = this.#current;
    if (current === null) return;
    this.#size -= count;
    this.#sent += count;
    if (this.#sent < current.bytes.length) return;
    this.#current = null;
    if (current.lent) this.#lent--;
    if (current.staging !== null) this.#spare = current.staging;
  }

  /** Drops everything. */
  clear(): void {
    this.#blocks.length = 0;
    this.#current = null;
    this.#staging = null;
    this.#spare = null;
    this.#staged = this.#size = this.#lent = 0;
    this.#text = "";
  }

  #encode(): void {
    const text = this.#text;
    if (text === "") return;
    this.#text = "";
    if (text.length > ENCODE_AT_ONCE) {
      this.#seal();
      const bytes = encoder.encode(text);
      this.#size += bytes.length - text.length;
      this.#blocks.push({ bytes, lent: false, staging: null });
      return;
    }
    // UTF-8 has at most three bytes for a UTF-16 unit.
    this.#stage(3 * text.length);
    const { written } = encoder.encodeInto(text, this.#staging!.subarray(this.#staged));
    this.#staged += written;
    this.#size += written - text.length;
  }

  /** Sees to it that so many bytes fit into the block that is being filled. */
  #stage(length: number): void {
    if (this.#staging !== null && this.#staging.length - this.#staged >= length) return;
    if (this.#staged > 0) {
      this.#seal();
      this.#blockSize = Math.min(LARGEST_BLOCK, 4 * this.#blockSize);
    }
    const spare = this.#spare ?? spares.pop() ?? null;
    if (spare !== null && spare.length >= Math.max(length, this.#blockSize)) {
      this.#spare = null;
      this.#staging = spare;
    } else {
      this.#staging = new Uint8Array(Math.max(length, this.#blockSize));
    }
  }

  #rest(): void {
    const spare = this.#spare;
    if (spare !== null && spare.length <= LARGEST_SPARE && spares.length < MOST_SPARES) {
      spares.push(spare);
    }
    this.#spare = null;
    this.#blockSize = SMALLEST_BLOCK;
  }

  #seal(): void {
    const block = this.#staged === 0 ? null : this.#unstage();
    if (block !== null) this.#blocks.push(block);
  }

  #lastBlock(): Block | null {
    this.#encode();
    return this.#blocks.shift() ?? (this.#staged === 0 ? null : this.#unstage());
  }

  #unstage(): Block {
    const staging = this.#staging!;
    const bytes = staging.subarray(0, this.#staged);
    this.#staging = null;
    this.#staged = 0;
    return { bytes, lent: false, staging };
  }
}

const encoder = new TextEncoder();
