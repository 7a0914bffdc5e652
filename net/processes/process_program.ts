/**
 * What runs in the children of a {@linkcode ProcessPoolExecutor}: jobs come by
 * the input, and what they result in goes by the output.
 *
 * @module
 */

import { packError } from "../../loop/executors/remote_errors.ts";
import { serveJobs, type WorkerScope } from "../../loop/executors/worker_program.ts";
import { printToErrors } from "./printing_to_errors.ts";
import { frameHead, frameLength, HEAD_SIZE } from "./process_frames.ts";

if (import.meta.main) await serve();

async function serve(): Promise<void> {
  const { deserialize, serialize } = await import("node:v8");
  const { exit, stdin, stdout } = Deno;
  printToErrors();
  let listener: ((event: Event) => void) | undefined;
  const scope: WorkerScope = {
    close: () => exit(0),
    postMessage(message) {
      const bytes: Uint8Array = serialize(message);
      writeAll(stdout, frameHead(bytes.length));
      writeAll(stdout, bytes);
    },
    addEventListener(type, callback) {
      if (type === "message") listener = callback;
      else globalThis.addEventListener(type, callback);
    },
  };
  serveJobs(scope, { load: (module) => import(module), pack: packError, runtime: Deno });

  for (;;) {
    const head = await readExactly(stdin, HEAD_SIZE);
    const bytes = head && await readExactly(stdin, frameLength(head)!);
    // Whoever gave the jobs is gone.
    if (bytes === null) return exit(0);
    listener!(new MessageEvent("message", { data: deserialize(bytes) }));
  }
}

function writeAll(output: { writeSync(bytes: Uint8Array): number }, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += output.writeSync(bytes.subarray(at));
}

async function readExactly(
  input: { read(buffer: Uint8Array): Promise<number | null> },
  size: number,
): Promise<Uint8Array | null> {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size;) {
    const count = await input.read(bytes.subarray(at));
    if (count === null) return null;
    at += count;
  }
  return bytes;
}
