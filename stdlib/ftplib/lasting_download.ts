/**
 * A download whose bytes go to the caller as they arrive, and that goes on in
 * another session where it was cut.
 *
 * @module
 */

import type { WaitOptions } from "../../loop/wait.ts";
import type { Reply } from "../../protocols/text/reply.ts";
import { DataTransfer, type TransferRequest } from "./data_transfer.ts";
import { FTPError, quoteCommand, VerifyError } from "./errors.ts";
import { isUnchanged, type RemoteFile, remoteFile, remoteModified } from "./resume.ts";
import { mayPass, type RetryPolicy, withRetries } from "./retry.ts";
import type { Session } from "./session.ts";
import type { TransferData } from "./transfer.ts";
import { liveSession, type TransferClient } from "./transfer_client.ts";

/** What is downloaded: a file. */
export interface LastingRequest extends TransferRequest {
  /** The file. */
  path: string;
}

/** A download, as one that is never cut. */
export class LastingDownload implements TransferData {
  readonly #client: TransferClient;
  readonly #request: LastingRequest;
  readonly #wait: WaitOptions;
  readonly #policy: RetryPolicy;
  #data: DataTransfer | undefined;
  /** What the file was like when its first byte came. */
  #begun: RemoteFile = {};
  #position: number;
  #reply: Reply | undefined;
  #closed = false;

  private constructor(client: TransferClient, request: LastingRequest, policy: RetryPolicy) {
    this.#client = client;
    this.#request = request;
    this.#policy = policy;
    this.#position = request.offset ?? 0;
    this.#wait = { signal: request.signal, timeout: request.timeout };
  }

  /**
   * Begins, at the first attempt or a later one.
   *
   * @param client The client.
   * @param request What is downloaded.
   * @param policy How often it is tried again.
   * @returns The download.
   */
  static async begin(
    client: TransferClient,
    request: LastingRequest,
    policy: RetryPolicy,
  ): Promise<LastingDownload> {
    const download = new LastingDownload(client, request, policy);
    await withRetries((failures, last) => download.#begin(failures > 0, last), {
      policy,
      signal: request.signal,
    });
    return download;
  }

  /** The size of the whole file, where the server told. */
  get total(): number | undefined {
    return this.#begun.size;
  }

  /** How many bytes of the file went through, those before the offset included. */
  get position(): number {
    return this.#position;
  }

  /** Reads bytes into a buffer; `null` where all are there, and the server has said so. */
  async readInto(buffer: Uint8Array): Promise<number | null> {
    return await withRetries(async (failures, last) => {
      if (failures > 0) await this.#goOn(last);
      return await this.#read(buffer);
    }, {
      policy: this.#policy,
      progress: () => this.#position,
      signal: this.#wait.signal,
      passes,
    });
  }

  /** The reply that ended the transfer. */
  finish(): Promise<Reply> {
    return Promise.resolve(this.#reply!);
  }

  /** Closes the data connection in the middle, if there is one. */
  breakOff(): void {
    this.#closed = true;
    this.#data?.breakOff();
  }

  async #read(buffer: Uint8Array): Promise<number | null> {
    const data = this.#data!;
    let sound = false;
    try {
      const count = await data.readInto(buffer);
      if (count === null) this.#reply = await data.finish();
      else this.#position += count;
      sound = true;
      return count;
    } finally {
      if (!sound) data.breakOff();
    }
  }

  async #begin(again: boolean, last: unknown): Promise<void> {
    const session = again
      ? await liveSession(this.#client, this.#wait, last)
      : this.#client.session();
    const modified = await remoteModified(session, this.#request.path, this.#wait);
    await this.#open(session, undefined);
    this.#begun = { size: this.#data!.total, modified };
  }

  /** Goes on behind the last byte, if the file is still the same. */
  async #goOn(last: unknown): Promise<void> {
    const { path, command } = this.#request;
    const session = await liveSession(this.#client, this.#wait, last);
    const now = await remoteFile(session, path, this.#wait);
    if (!isUnchanged(this.#begun, now)) {
      throw new VerifyError(
        `${quoteCommand(command)}: the file was changed after ${this.#position} bytes of it had ` +
          "come; download it again",
        this.#begun.size ?? this.#position,
        now.size ?? 0,
        { command },
      );
    }
    await this.#open(session, now.size);
  }

  async #open(session: Session, size: number | undefined): Promise<void> {
    const request = { ...this.#request, offset: this.#position, size };
    this.#assertOpen();
    const data = this.#data = await DataTransfer.begin(session, request);
    if (this.#closed) data.breakOff();
    this.#assertOpen();
  }

  #assertOpen(): void {
    if (!this.#closed) return;
    const { command } = this.#request;
    throw new FTPError(`${quoteCommand(command)}: the transfer was closed on our side`, {
      origin: "usage",
      command,
    });
  }
}

/** The first bytes have been handed out: no attempt more could make them those of a new file. */
function passes(error: unknown): boolean {
  return !(error instanceof VerifyError) && mayPass(error);
}
