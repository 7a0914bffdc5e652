/**
 * Uploads of local files.
 *
 * @module
 */

import type { HashAlgorithm } from "../../protocols/ftp/checksums.ts";
import type { Reply } from "../../protocols/text/reply.ts";
import { DataTransfer } from "./data_transfer.ts";
import { hashOf, lookAt, openLocal, send } from "./files.ts";
import type { Session } from "./session.ts";
import type { StoreRequest, StoreSource } from "./store.ts";

/** A local file that is stored as `FTP.uploadFrom` does. */
export class UploadedFile implements StoreSource {
  /** It can be read again. */
  readonly isLasting: boolean = true;
  readonly #path: string;
  readonly #offset: number;

  /**
   * Nothing is opened yet.
   *
   * @param path The file.
   * @param offset Its first byte that is stored.
   */
  constructor(path: string, offset = 0) {
    this.#path = path;
    this.#offset = offset;
  }

  /** What the file is like now. */
  async look(): Promise<{ size: number; modified?: Date } | undefined> {
    return await lookAt(this.#path);
  }

  /** Counts its checksum, from where the upload begins. */
  async hash(algorithm: HashAlgorithm, length?: number): Promise<string> {
    return await hashOf(this.#path, algorithm, { offset: this.#offset, length });
  }

  /** Sends it, or what follows a byte of it. */
  async store(session: Session, request: StoreRequest): Promise<Reply> {
    const { command, offset, restart, meter, signal, timeout } = request;
    const { file, size } = await openLocal(this.#path, offset);
    using _opened = file;
    meter.total = size;
    const transfer = await DataTransfer.begin(session, {
      command,
      type: "I",
      offset: restart ? offset : undefined,
      interactive: false,
      signal,
      timeout,
    });
    try {
      await send(transfer, file, request);
      return await transfer.finishWriting();
    } finally {
      transfer.breakOff();
    }
  }
}
