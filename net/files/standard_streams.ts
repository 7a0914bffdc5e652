/**
 * What the program was started with: its input, output and errors as streams.
 *
 * One of each for the whole realm, so that nobody's lines land in a buffer of
 * somebody else.
 *
 * @module
 */

import { FileStream } from "./file_stream.ts";
import { lastingReads } from "./lasting_reads.ts";
import { StreamReader } from "../streams/stream_reader.ts";
import { StreamWriter } from "../streams/stream_writer.ts";

/**
 * The standard input as a stream. It needs no permission.
 *
 * Nothing is read before somebody asks. A read that waits keeps the program
 * alive until a line or the end comes, as `Deno.stdin.read` does; one that is
 * broken off goes on waiting, and the next call gets what it brings.
 *
 * @returns The reader; always the same.
 *
 * @example Number the lines of the input
 * ```ts no-eval
 * import { standardInput, standardOutput } from "https://tulip.example/net/files/standard_streams.ts";
 *
 * const output = standardOutput();
 * let number = 0;
 * for await (const line of standardInput()) {
 *   output.write(`${++number} `);
 *   output.write(line);
 *   await output.drain();
 * }
 * await output.flush();
 * ```
 */
export function standardInput(): StreamReader {
  return input ??= new StreamReader({
    source: new FileStream(lastingReads(Deno.stdin), "standard input"),
  });
}

/**
 * The standard output as a stream. It needs no permission.
 *
 * What is written leaves in the background, and the program does not end before
 * it has; but `Deno.exit()` waits for nothing, so `await` its `flush()` first.
 * Where nobody reads it any more, `drain` and `flush` throw a
 * {@linkcode BrokenPipeError}. Closing the stream leaves the descriptor open.
 *
 * @returns The writer; the same, until it is closed.
 */
export function standardOutput(): StreamWriter {
  return output = usable(output) ?? writerOf(Deno.stdout, "standard output");
}

/**
 * The standard error as a stream, as {@linkcode standardOutput}.
 *
 * @returns The writer; the same, until it is closed.
 */
export function standardError(): StreamWriter {
  return errors = usable(errors) ?? writerOf(Deno.stderr, "standard error");
}

let input: StreamReader | undefined;
let output: StreamWriter | undefined;
let errors: StreamWriter | undefined;

function usable(writer: StreamWriter | undefined): StreamWriter | undefined {
  return writer?.isClosing() === false ? writer : undefined;
}

function writerOf(file: { write(data: Uint8Array): Promise<number> }, name: string): StreamWriter {
  const stream = new FileStream({ write: (data) => file.write(data) }, name);
  // Whoever reads it may take their time: a person does, who turns pages.
  return new StreamWriter(stream, { closeTimeout: Infinity });
}
