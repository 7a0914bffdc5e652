/**
 * Uploads of local files.
 *
 * @module
 */

import type { Reply } from "../../protocols/text/reply.ts";
import { DataTransfer } from "./data_transfer.ts";
import { lookAt, openLocal, send } from "./files.ts";
import type { Session } from "./session.ts";
import type { StoreRequest, StoreSource } from "./store.ts";

/** A local file that is stored as `FTP.uploadFrom` does. */
export class UploadedFile implements StoreSource {
  /** It can be read again. */
  readonly isLasting: boolean = true;
  readonly #path: string;

  /**
   * Nothing is opened yet.
   *
   * @param path The file.
   */
  constructor(path: string) {
    this.#path = path;
  }

  /** What the file is like now. */
  async look(): Promise<{ size: number; modified?: Date } | undefined> {
    return await lookAt(this.#path);
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
