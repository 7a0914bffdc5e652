/**
 * The servers of the bench, with the same files in memory: vsftpd, plain and by TLS.
 *
 * @module
 */

import { startVsftpd, type Vsftpd } from "../../tests/interop/servers/vsftpd.ts";

/** What the clients connect to. */
export interface Servers extends AsyncDisposable {
  /** Without TLS. */
  readonly plain: Vsftpd;
  /** With TLS, whose session every data connection must resume. */
  readonly strict: Vsftpd;
  /** With TLS, for Python's client, which resumes no session. */
  readonly lax: Vsftpd;
  /** A folder in memory for what clients fetch; it holds `big.bin` as well. */
  readonly scratch: string;
}

/**
 * Starts them.
 *
 * @param bytes The size of the large file.
 * @param files How many small ones there are.
 * @returns The servers.
 */
export async function startServers(bytes: number, files: number): Promise<Servers> {
  const memory = await memoryFolder();
  // What is read from a disk, or written to one, would measure the disk.
  if (memory !== undefined) Deno.env.set("TMPDIR", memory);
  await using stack = new AsyncDisposableStack();
  const scratch = await Deno.makeTempDir({ prefix: "bench-" });
  stack.defer(() => Deno.remove(scratch, { recursive: true }));
  await fill(scratch, bytes, files);
  const start = async (mode: "plain" | "tls" | "tls-reuse"): Promise<Vsftpd> => {
    // Its log of every line is for the tests, and costs more than a small file.
    const config = { log_ftp_protocol: "NO", xferlog_enable: "NO" };
    const server = stack.use(await startVsftpd({ mode, config }));
    await Deno.link(`${scratch}/big.bin`, `${server.root}/big.bin`);
    await Deno.mkdir(`${server.root}/many`);
    for await (const { name } of Deno.readDir(`${scratch}/many`)) {
      await Deno.link(`${scratch}/many/${name}`, `${server.root}/many/${name}`);
    }
    return server;
  };
  const [plain, strict, lax] = [await start("plain"), await start("tls-reuse"), await start("tls")];
  const running = stack.move();
  return { plain, strict, lax, scratch, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

async function memoryFolder(): Promise<string | undefined> {
  try {
    return (await Deno.stat("/dev/shm")).isDirectory ? "/dev/shm" : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function fill(folder: string, bytes: number, files: number): Promise<void> {
  using big = await Deno.open(`${folder}/big.bin`, { write: true, create: true });
  const block = crypto.getRandomValues(new Uint8Array(65_536));
  for (let left = bytes; left > 0;) left -= await big.write(block.subarray(0, left));
  await Deno.mkdir(`${folder}/many`);
  for (let n = 0; n < files; n++) {
    const name = `${String(n).padStart(5, "0")}.dat`;
    await Deno.writeFile(`${folder}/many/${name}`, block.subarray(0, 1024));
  }
}
