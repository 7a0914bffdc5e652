/**
 * Between the server and local files. This is the one file of the module that
 * touches the local file system.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../loop/exceptions.ts";
import type { WaitOptions } from "../../loop/wait.ts";
import { command } from "../../protocols/ftp/commands.ts";
import { DataTransfer } from "./data_transfer.ts";
import { ProgressMeter } from "./progress.ts";
import type { Session } from "./session.ts";
import type { Downloaded, DownloadToOptions, Uploaded, UploadOptions } from "./types.ts";
import { storeCommand, verifyStored } from "./upload.ts";

/** What lies between network and file: large, so that the work per read or write weighs little. */
const BLOCK = 1_048_576;

/** A file that is opened only once it is here: most of the time goes into the calls, not the bytes. */
const SMALL = 65_536;

/**
 * Fetches a file into `localPath + ".part"`, and renames that at the end.
 *
 * @param session The session.
 * @param path The file on the server.
 * @param localPath The local file.
 * @param options Whether to resume, whom to tell.
 * @returns How large the file is.
 */
export async function downloadTo(
  session: Session,
  path: string,
  localPath: string,
  { resume = false, onProgress, signal, timeout }: DownloadToOptions,
): Promise<Downloaded> {
  const cmd = command("RETR", path, session.options.encoding);
  const wait = { signal, timeout };
  const part = `${localPath}.part`;
  const offset = resume ? await resumeAt(session, path, part, wait) : 0;
  const transfer = await DataTransfer.begin(session, {
    command: cmd,
    type: "I",
    path,
    offset,
    interactive: false,
    ...wait,
  });
  const meter = new ProgressMeter(onProgress, offset);
  meter.total = transfer.total;
  try {
    using file = new PartFile(part, offset);
    if (leftOf(transfer) > SMALL) await file.open();
    await receive(transfer, file, meter);
  } finally {
    transfer.breakOff();
  }
  await Deno.rename(part, localPath);
  meter.finish();
  return { size: transfer.position, offset };
}

/** Stores a local file. */
export async function uploadFrom(
  session: Session,
  localPath: string,
  path: string,
  options: UploadOptions,
): Promise<Uploaded> {
  const cmd = storeCommand(session, path, options);
  const { offset = 0, onProgress, signal, timeout, verify } = options;
  const wait = { signal, timeout };
  using file = await Deno.open(localPath);
  const meter = new ProgressMeter(onProgress, offset);
  const { isDirectory, size } = await file.stat();
  // Reading it would fail too, but only after the server has emptied the file.
  if (isDirectory) throw new TypeError(`Cannot upload ${localPath}: it is a directory`);
  meter.total = size;
  if (offset > 0) await file.seek(offset, Deno.SeekMode.Start);
  const transfer = await DataTransfer.begin(session, {
    command: cmd,
    type: "I",
    offset,
    interactive: false,
    ...wait,
  });
  try {
    await send(transfer, file, meter);
    const reply = await transfer.finishWriting();
    meter.finish();
    if (verify) await verifyStored(session, path, transfer.position, { command: cmd, ...wait });
    return { transferred: transfer.position - offset, reply };
  } finally {
    transfer.breakOff();
  }
}

/** How much of the file an earlier download left. */
async function resumeAt(
  session: Session,
  path: string,
  part: string,
  wait: WaitOptions,
): Promise<number> {
  const there = await sizeOfLocal(part);
  if (there === 0) return 0;
  const turn = await session.begin(`SIZE ${path}`, wait);
  try {
    await session.represent("I", wait);
    const size = await session.sizeOf(path, wait);
    // More than the file has cannot be its beginning: it was replaced since.
    return size !== undefined && there > size ? 0 : there;
  } finally {
    turn.end();
  }
}

async function sizeOfLocal(path: string): Promise<number> {
  try {
    return (await Deno.stat(path)).size;
  } catch (error) {
    rethrowIfCancelled(error);
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

/** A file that is on its way. */
class PartFile implements Disposable {
  readonly #path: string;
  readonly #offset: number;
  #file: Deno.FsFile | undefined;

  constructor(path: string, offset: number) {
    this.#path = path;
    this.#offset = offset;
  }

  async open(): Promise<void> {
    const truncate = this.#offset === 0;
    this.#file = await Deno.open(this.#path, { write: true, create: true, truncate });
    if (!truncate) await this.#file.seek(this.#offset, Deno.SeekMode.Start);
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#file === undefined) await this.open();
    const file = this.#file!;
    for (let from = 0; from < bytes.length;) from += await file.write(bytes.subarray(from));
  }

  /** Writes the last bytes; all of a small file in one call to the system. */
  end(bytes: Uint8Array): Promise<void> {
    return this.#file === undefined
      ? Deno.writeFile(this.#path, bytes, { append: this.#offset > 0 })
      : this.write(bytes);
  }

  [Symbol.dispose](): void {
    this.#file?.close();
  }
}

/** While one buffer is written to the file, the other fills from the network. */
async function receive(
  transfer: DataTransfer,
  file: PartFile,
  meter: ProgressMeter,
): Promise<void> {
  const left = leftOf(transfer);
  let buffer = new Uint8Array(Math.min(BLOCK, left + 1));
  let other: Uint8Array<ArrayBuffer> | undefined;
  let writing: Promise<void> | undefined;
  let filled = 0;
  try {
    for (;;) {
      const count = await transfer.readInto(buffer.subarray(filled));
      if (count === null) break;
      filled += count;
      meter.add(count);
      if (filled < buffer.length) continue;
      await writing;
      writing = file.write(buffer);
      // Reported where it is awaited.
      writing.catch(() => {});
      [buffer, other] = [
        other ?? new Uint8Array(BLOCK),
        buffer.length === BLOCK ? buffer : undefined,
      ];
      filled = 0;
    }
    // The last bytes are written while the server says how it went.
    await writing;
    writing = file.end(buffer.subarray(0, filled));
    writing.catch(() => {});
    filled = 0;
    await transfer.finish();
  } finally {
    // What has arrived stays in the file, whatever ended the transfer.
    await writing;
    if (filled > 0) await file.end(buffer.subarray(0, filled));
  }
}

/** How many bytes are still to come, as far as is known. */
function leftOf({ total, position }: DataTransfer): number {
  return total === undefined ? Infinity : Math.max(0, total - position);
}

/** While one buffer is sent, the other fills from the file. */
async function send(
  transfer: DataTransfer,
  file: Deno.FsFile,
  meter: ProgressMeter,
): Promise<void> {
  let [buffer, other] = [new Uint8Array(BLOCK), new Uint8Array(BLOCK)];
  let reading = file.read(buffer);
  try {
    for (let count = await reading; count !== null; count = await reading) {
      reading = file.read(other);
      reading.catch(() => {});
      await transfer.write(buffer.subarray(0, count));
      meter.add(count);
      [buffer, other] = [other, buffer];
    }
  } finally {
    await reading.catch(() => {});
  }
}
