/**
 * The two halves of a connection as the streams of the web (WHATWG Streams): a
 * view on top, for what speaks that language. Bytes that are read by both, the
 * view and the reader, come to whoever asks first.
 *
 * @module
 */

/** The reader under a view. */
export interface ViewedReader {
  /** Reads what comes next. */
  read(n: number): Promise<Uint8Array>;
  /** Reads into memory of the caller's. */
  readInto(buffer: Uint8Array): Promise<number | null>;
}

/** The writer under a view. */
export interface ViewedWriter {
  /** Writes. */
  write(data: Uint8Array | string): void;
  /** Waits until it is reasonable to go on writing. */
  drain(): Promise<void>;
  /** Ends our direction. */
  writeEof(): void;
  /** Waits until everything was handed to the system. */
  flush(): Promise<void>;
}

/** What the views tell the connection. */
export interface ViewEvents {
  /** The view has come to its end: all was read, or our direction ended. */
  ended?(): void;
  /** Nobody wants the rest: the connection is to be closed at once. */
  broken(): void;
}

/**
 * Makes a view of what arrives. Nothing is read ahead of who reads it.
 *
 * @param reader The reader.
 * @param events Who is told; `broken` when the view is cancelled.
 * @returns A stream of bytes, which also reads into memory of the caller's (`mode: "byob"`).
 */
export function readableOf(
  reader: ViewedReader,
  events: ViewEvents,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    type: "bytes",
    async pull(controller) {
      const request = controller.byobRequest;
      if (request?.view) {
        const count = await reader.readInto(request.view as Uint8Array);
        if (count === null) end(controller);
        request.respond(count ?? 0);
        return;
      }
      const bytes = await reader.read(CHUNK);
      // The stream takes the whole buffer away, which other pieces may lie in.
      if (bytes.length > 0) controller.enqueue(bytes.slice());
      else end(controller);
    },
    cancel() {
      events.broken();
    },
  });

  function end(controller: ReadableByteStreamController): void {
    controller.close();
    events.ended?.();
  }
}

/**
 * Makes a view of what leaves. A write is done when it is reasonable to go on writing, as `drain()`
 * says; to close the view ends our direction, after what was written.
 *
 * @param writer The writer.
 * @param events Who is told; `broken` when the view is aborted.
 * @returns A stream that takes bytes, and text, which is sent as UTF-8.
 */
export function writableOf(
  writer: ViewedWriter,
  events: ViewEvents,
): WritableStream<Uint8Array | string> {
  return new WritableStream({
    async write(chunk) {
      writer.write(chunk);
      await writer.drain();
    },
    async close() {
      writer.writeEof();
      await writer.flush();
      events.ended?.();
    },
    abort() {
      events.broken();
    },
  });
}

const CHUNK = 65_536;
