/**
 * What an FTP session can learn about files, and about its server.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../loop/exceptions.ts";
import type { WaitOptions } from "../../loop/wait.ts";
import type { HashAlgorithm } from "../../protocols/ftp/checksums.ts";
import { command } from "../../protocols/ftp/commands.ts";
import { parseSize } from "../../protocols/ftp/replies.ts";
import type { Entry } from "../../protocols/ftp/types.ts";
import type { Reply } from "../../protocols/text/reply.ts";
import { changeMode } from "./chmod.ts";
import { type Checksum, checksumOf, type ChecksumOptions } from "./checksum.ts";
import { FTPCommands } from "./commands.ts";
import { FTPError, parseReply } from "./errors.ts";
import { askForUtf8, type Features, featuresOf } from "./features.ts";
import type { Session } from "./session.ts";
import { isNotThere, stat, type StatOptions } from "./stat.ts";
import { modifiedOf, setModified } from "./times.ts";

/**
 * The part of `FTP` that asks about files and about the server. Beside what each
 * method names, all of them throw what {@linkcode FTPCommands} throws.
 */
export abstract class FTPFacts extends FTPCommands {
  /**
   * Asks what the server can do (`FEAT`; RFC 2389), once a session: the answer is
   * kept until something is sent that may change it, such as a login.
   *
   * @param options How long to wait.
   * @returns What it can do; nothing, where the server does not know the question.
   *
   * @example
   * ```ts
   * import { FTP, FTPServer } from "https://tulip.example/stdlib/ftplib/mod.ts";
   * import assert from "node:assert/strict";
   *
   * await using server = await FTPServer.start();
   * await using ftp = await FTP.connect(server.hostname, { port: server.port, user: "tulip" });
   * const features = await ftp.features();
   * assert.ok(features.supports("MLST", "size"));
   * ```
   */
  features(options: WaitOptions = {}): Promise<Features> {
    return this.#with((session) => featuresOf(session, options));
  }

  /**
   * Asks the server to take and give names in UTF-8 (`OPTS UTF8 ON`), where it says that it can. Most
   * do so always; IIS and Serv-U do it only when they were asked. Nothing else sends this by itself.
   *
   * @param options How long to wait for each reply.
   * @returns Whether the server said yes; a server that never does otherwise may say no.
   * @throws {FTPError} If the session speaks latin-1.
   */
  async utf8(options: WaitOptions = {}): Promise<boolean> {
    const session = this._session();
    if (session.options.encoding === "latin-1") {
      throw new FTPError("Cannot ask for names in UTF-8: this session has the encoding latin-1", {
        origin: "usage",
      });
    }
    return await askForUtf8(session, options);
  }

  /**
   * Tells what a path leads to: by `MLST` (RFC 3659 §7) where the server has it, else by `SIZE` and
   * `MDTM`, else by looking for it in a listing of its directory.
   *
   * @param path The file or directory.
   * @param options How long to wait for each reply.
   * @returns What the server tells about it, under the last name of the path.
   * @throws {ErrorPerm} If there is no such file, or none that the session may see.
   *
   * @example
   * ```ts
   * import { FTP, FTPServer } from "https://tulip.example/stdlib/ftplib/mod.ts";
   * import assert from "node:assert/strict";
   *
   * await using server = await FTPServer.start({ files: { "/pub/a.txt": "12345" } });
   * await using ftp = await FTP.connect(server.hostname, { port: server.port, user: "tulip" });
   * const { name, type, size } = await ftp.stat("/pub/a.txt");
   * assert.deepEqual([name, type, size], ["a.txt", "file", 5]);
   * ```
   */
  stat(path: string, options: StatOptions = {}): Promise<Entry> {
    return this.#with((session) => stat(session, path, options));
  }

  /**
   * Tells whether there is a file or directory.
   *
   * @param path The file or directory.
   * @param options How long to wait for each reply.
   * @returns Whether there is one that the session may see: servers refuse to tell of what is not
   * there and of what is forbidden in the same way (550).
   */
  async exists(path: string, options: StatOptions = {}): Promise<boolean> {
    try {
      await this.stat(path, options);
      return true;
    } catch (error) {
      rethrowIfCancelled(error, options.signal);
      if (!isNotThere(error)) throw error;
      return false;
    }
  }

  /**
   * Tells when a file was last changed (`MDTM`; RFC 3659 §3), or a directory, where
   * the server tells it in another way only.
   *
   * @param path The file.
   * @param options How long to wait for each reply.
   * @returns The time.
   * @throws {ErrorPerm} If there is no such file, or the server does not tell.
   */
  modified(path: string, options: StatOptions = {}): Promise<Date> {
    return this.#with((session) => modifiedOf(session, path, options));
  }

  /**
   * Sets when a file was last changed: by `MFMT` (draft-somers-ftp-mfxx) where the
   * server has it, else by `MDTM` with a time, or by `SITE UTIME`, which came before.
   *
   * @param path The file.
   * @param modified The time, in whole seconds: a fraction is left out.
   * @param options How long to wait for each reply.
   * @throws {RangeError} If the date is invalid, or not between the years 0 and 9999.
   * @throws {ErrorPerm} If the server has a way, and refuses.
   * @throws {UnsupportedError} If it takes none of these commands.
   */
  setModified(path: string, modified: Date, options: WaitOptions = {}): Promise<void> {
    return this.#with((session) => setModified(session, path, modified, options));
  }

  /**
   * Has the server count the checksum of a file: by `HASH` (draft-bryan-ftpext-hash), or by the
   * older `XCRC`, `XMD5`, `XSHA1`, `XSHA256`, `XSHA512` and `MD5`, of which none is sent that the
   * server does not offer. Of a part of a file only the older ones with an X are asked.
   *
   * A server says nothing while it counts: a large file may need a longer `timeout`.
   *
   * @param path The file.
   * @param options Which checksum, of which bytes.
   * @returns The checksum.
   * @throws {UnsupportedError} If the server does not count this one, or not of a part of a file.
   * @throws {RangeError} If there are no such bytes.
   * @throws {ErrorProto} If the server counted something else than it was asked for.
   */
  checksum(path: string, options: ChecksumOptions = {}): Promise<Checksum> {
    return this.#with((session) => checksumOf(session, path, options));
  }

  /**
   * Tells which checksums the server counts.
   *
   * @param options How long to wait.
   * @returns The algorithms, the one to prefer first; none where it counts none.
   */
  async checksumAlgorithms(options: WaitOptions = {}): Promise<HashAlgorithm[]> {
    return [...(await this.features(options)).checksums.keys()];
  }

  /**
   * Sends a command that only this server has (`SITE`; RFC 959 §4.1.3).
   *
   * @param args The command, such as `"HELP"`.
   * @param options How long to wait.
   * @returns The reply: 2xx.
   */
  site(args: string, options: WaitOptions = {}): Promise<Reply> {
    return this.#exchange("SITE", args, options);
  }

  /**
   * Sets the rights to a file (`MFF` where the server offers it for that,
   * draft-somers-ftp-mfxx §5, else `SITE CHMOD`).
   *
   * @param path The file.
   * @param mode The Unix mode without the type: twelve bits, such as `0o644`.
   * @param options How long to wait.
   * @returns The reply.
   * @throws {RangeError} If the mode is no whole number up to `0o7777`.
   */
  chmod(path: string, mode: number, options: WaitOptions = {}): Promise<Reply> {
    return this.#with((session) => changeMode(session, path, mode, options));
  }

  /**
   * Says under which name the server was addressed, before the login, where one
   * address serves many (`HOST`; RFC 7151).
   *
   * @param name The name; an IPv6 address stands between brackets.
   * @param options How long to wait.
   * @returns The reply: the greeting of that host.
   */
  host(name: string, options: WaitOptions = {}): Promise<Reply> {
    return this.#exchange("HOST", name, options);
  }

  /**
   * Tells how much room is left (`AVBL`; draft-peterson-streamlined-ftp-command-extensions §4).
   *
   * @param path The directory; the working directory unless given.
   * @param options How long to wait.
   * @returns The number of bytes that can still be stored there.
   */
  async available(path?: string, options: WaitOptions = {}): Promise<number> {
    const reply = await this.#exchange("AVBL", path, options);
    return parseReply(parseSize, reply, path === undefined ? "AVBL" : `AVBL ${path}`);
  }

  /** So that what is wrong rejects, and never throws. */
  async #with<T>(body: (session: Session) => Promise<T>): Promise<T> {
    return await body(this._session());
  }

  #exchange(verb: string, argument: string | undefined, options: WaitOptions): Promise<Reply> {
    return this.#with((session) =>
      session.exchange(command(verb, argument, session.options.encoding), options)
    );
  }
}
