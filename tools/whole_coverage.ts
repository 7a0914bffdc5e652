/**
 * Removes coverage that was not written to its end: a test may end a process or a worker while
 * the runtime writes what it has covered.
 *
 * @module
 */

const FOLDER = new URL("../.cache/coverage/", import.meta.url);
/** How a file ends that is whole. */
const END = "}".charCodeAt(0);

for await (const { name, isFile } of Deno.readDir(FOLDER)) {
  const file = new URL(name, FOLDER);
  if (isFile && name.endsWith(".json") && !await isWhole(file)) await Deno.remove(file);
}

async function isWhole(path: URL): Promise<boolean> {
  using file = await Deno.open(path);
  const { size } = await file.stat();
  if (size === 0) return false;
  await file.seek(-1, Deno.SeekMode.End);
  const last = new Uint8Array(1);
  await file.read(last);
  return last[0] === END;
}
