/**
 * Named pipes for tests.
 *
 * @module
 */

/** Runs a test with the path of a new named pipe. */
export async function withFifo<T>(test: (path: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "tulip-pipes-" });
  try {
    const path = `${folder}/fifo`;
    const { success } = await new Deno.Command("mkfifo", { args: [path] }).output();
    if (!success) throw new Error("mkfifo failed");
    return await test(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The two ends of a pipe. */
export async function pipe(path: string): Promise<{ reader: Deno.FsFile; writer: Deno.FsFile }> {
  // Opened for both, a named pipe waits for nobody, and then neither does one of its sides.
  using _both = await Deno.open(path, { read: true, write: true });
  const reader = await Deno.open(path);
  const writer = await Deno.open(path, { write: true });
  return { reader, writer };
}
