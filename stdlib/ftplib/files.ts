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
  const meter = new ProgressMeter(onProgress, offset);
  const transfer = await DataTransfer.begin(session, {
    command: cmd,
    type: "I",
    path,
    offset,
    interactive: false,
    ...wait,
  });
  meter.total = transfer.total;
  try {
    using file = await Deno.open(part, { write: true, create: true, truncate: offset === 0 });
    if (offset > 0) await file.seek(offset, Deno.SeekMode.Start);
    await receive(transfer, file, meter);
    await transfer.finish();
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
  meter.total = (await file.stat()).size;
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

/** While one buffer is written to the file, the other fills from the network. */
async function receive(
  transfer: DataTransfer,
  file: Deno.FsFile,
  meter: ProgressMeter,
): Promise<void> {
  const left = transfer.total === undefined ? BLOCK : transfer.total - transfer.position + 1;
  const size = Math.min(BLOCK, Math.max(left, 4096));
  let [buffer, other] = [new Uint8Array(size), new Uint8Array(left > size ? size : 0)];
  let writing: Promise<void> | undefined;
  let filled = 0;
  try {
    for (;;) {
      const count = await transfer.readInto(buffer.subarray(filled));
      if (count === null) return;
      filled += count;
      meter.add(count);
      if (filled < buffer.length) continue;
      await writing;
      writing = writeAll(file, buffer);
      // Reported where it is awaited.
      writing.catch(() => {});
      [buffer, other] = [other.length > 0 ? other : new Uint8Array(size), buffer];
      filled = 0;
    }
  } finally {
    // What has arrived stays in the file, whatever ended the transfer.
    await writing;
    if (filled > 0) await writeAll(file, buffer.subarray(0, filled));
  }
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

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let from = 0; from < bytes.length;) from += await file.write(bytes.subarray(from));
}
