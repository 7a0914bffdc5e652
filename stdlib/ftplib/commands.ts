/**
 * What an FTP session does over its control connection alone: logging in,
 * directories, names, and whatever else is one command and one reply.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../loop/exceptions.ts";
import type { WaitOptions } from "../../loop/wait.ts";
import { command } from "../../protocols/ftp/commands.ts";
import { parse257, parseFeat, parseSize } from "../../protocols/ftp/replies.ts";
import type { Reply } from "../../protocols/text/reply.ts";
import { isUnknownCommand, parseReply, replyError } from "./errors.ts";
import type { Session } from "./session.ts";

/**
 * The part of `FTP` that needs no data connection. Every method waits for its
 * turn, sends, and returns the server's reply, or what the reply says. All of
 * them throw the same:
 *
 * - `TypeError` if an argument holds CR, LF or NUL, before anything is sent;
 * - {@linkcode ErrorTemp} and {@linkcode ErrorPerm} if the server refuses, {@linkcode ErrorReply} if
 *   its reply is another than the command needs, {@linkcode ErrorProto} if it is no reply;
 * - {@linkcode TimeoutError} if the server is silent for `timeout` milliseconds. The session can be
 *   used again: it reads the late reply away first;
 * - {@linkcode SessionBusyError} during a transfer whose bytes your code takes or gives;
 * - {@linkcode SessionClosedError} if the session is not open.
 */
export abstract class FTPCommands {
  /**
   * The session, to send on.
   *
   * @internal
   */
  protected abstract _session(): Session;

  /**
   * Opens the session again, after it was lost: connects and logs in as before, and goes back to
   * the working directory.
   *
   * @internal
   * @param options How long to wait for each step.
   * @throws {SessionClosedError} If there never was a session, or it was closed on our side.
   */
  protected abstract _reopen(options: WaitOptions): Promise<void>;

  /**
   * Opens another session with the same server: with the same options, the same login, and the same
   * working directory.
   *
   * @param options How long to wait for each step.
   * @returns The client of the other session, which is the caller's to close.
   * @throws {SessionClosedError} If there never was a session, or it was closed on our side.
   */
  abstract clone(options?: WaitOptions): Promise<this>;

  /**
   * Sends any command, and returns its reply if that is not a refusal.
   *
   * @param cmd The command, without CRLF.
   * @param options How long to wait.
   * @returns The reply: 1xx, 2xx or 3xx.
   */
  sendcmd(cmd: string, options: WaitOptions = {}): Promise<Reply> {
    return this.#exchange(cmd, options, "123");
  }

  /**
   * Sends any command whose reply must be 2xx.
   *
   * @param cmd The command, without CRLF.
   * @param options How long to wait.
   * @returns The reply.
   */
  voidcmd(cmd: string, options: WaitOptions = {}): Promise<Reply> {
    return this.#exchange(cmd, options);
  }

  /**
   * Logs in (`USER`, `PASS`, `ACCT`; RFC 959 §4.1.1). Without TLS the password
   * goes over the network in the clear.
   *
   * @param user The user; `anonymous` unless given.
   * @param passwd The password; `anonymous@` for the anonymous user unless given.
   * @param acct The account, where the server asks for one.
   * @param options How long to wait for each reply.
   * @returns The reply that let the user in.
   * @throws {ErrorPerm} If user or password are wrong (530).
   */
  async login(
    user = "anonymous",
    passwd = "",
    acct = "",
    options: WaitOptions = {},
  ): Promise<Reply> {
    const session = this._session();
    for (const [name, text] of Object.entries({ user, passwd, acct })) session.check(name, text);
    const name = user || "anonymous";
    const password = name === "anonymous" && (passwd === "" || passwd === "-")
      ? `${passwd}anonymous@`
      : passwd;
    const turn = await session.begin("USER", options);
    try {
      let sent = `USER ${name}`;
      let reply = await session.command(sent, options, "23");
      // 332 asks for the account at once.
      if (is3xx(reply) && reply.code !== 332) {
        reply = await session.command(sent = `PASS ${password}`, options, "23");
      }
      if (is3xx(reply) && acct !== "") {
        reply = await session.command(sent = `ACCT ${acct}`, options, "23");
      }
      if (is3xx(reply)) throw replyError(reply, sent);
      return reply;
    } finally {
      turn.end();
    }
  }

  /**
   * Gives the account that some servers ask for (`ACCT`).
   *
   * @param password The account.
   * @param options How long to wait.
   * @returns The reply.
   */
  acct(password: string, options: WaitOptions = {}): Promise<Reply> {
    return this.#ask("ACCT", password, options);
  }

  /**
   * Changes the working directory (`CWD`; for `..` `CDUP`, which servers know
   * whose directories are spelled differently).
   *
   * @param dirname The directory.
   * @param options How long to wait.
   * @returns The reply.
   */
  async cwd(dirname: string, options: WaitOptions = {}): Promise<Reply> {
    if (dirname === "..") {
      try {
        return await this.#exchange("CDUP", options);
      } catch (error) {
        rethrowIfCancelled(error, options.signal);
        if (!isUnknownCommand(error)) throw error;
        return await this.#ask("CWD", dirname, options);
      }
    }
    return await this.#ask("CWD", dirname === "" ? "." : dirname, options);
  }

  /**
   * Tells the working directory (`PWD`).
   *
   * @param options How long to wait.
   * @returns Its path; empty where the server answers without naming it.
   */
  async pwd(options: WaitOptions = {}): Promise<string> {
    return pathIn(await this.#exchange("PWD", options), "PWD");
  }

  /**
   * Makes a directory (`MKD`).
   *
   * @param dirname The directory.
   * @param options How long to wait.
   * @returns Its whole path; empty where the server answers without naming it.
   */
  async mkd(dirname: string, options: WaitOptions = {}): Promise<string> {
    return pathIn(await this.#ask("MKD", dirname, options), "MKD");
  }

  /**
   * Removes a directory, which must be empty (`RMD`).
   *
   * @param dirname The directory.
   * @param options How long to wait.
   * @returns The reply.
   */
  rmd(dirname: string, options: WaitOptions = {}): Promise<Reply> {
    return this.#ask("RMD", dirname, options);
  }

  /**
   * Removes a file (`DELE`).
   *
   * @param filename The file.
   * @param options How long to wait.
   * @returns The reply: 250 or 200.
   */
  async delete(filename: string, options: WaitOptions = {}): Promise<Reply> {
    const reply = await this.#ask("DELE", filename, options);
    if (reply.code !== 250 && reply.code !== 200) throw replyError(reply, `DELE ${filename}`);
    return reply;
  }

  /**
   * Gives a file another name, or another place (`RNFR`, `RNTO`).
   *
   * @param fromname The file.
   * @param toname Its new path.
   * @param options How long to wait for each reply.
   * @returns The reply.
   */
  async rename(fromname: string, toname: string, options: WaitOptions = {}): Promise<Reply> {
    const session = this._session();
    const from = command("RNFR", fromname, session.options.encoding);
    const to = command("RNTO", toname, session.options.encoding);
    const turn = await session.begin(from, options);
    try {
      await session.command(from, options, "3");
      return await session.command(to, options);
    } finally {
      turn.end();
    }
  }

  /**
   * Tells the size of a file in binary (`SIZE`; RFC 3659 §4).
   *
   * @param filename The file.
   * @param options How long to wait for each reply.
   * @returns The size in bytes.
   */
  async size(filename: string, options: WaitOptions = {}): Promise<number> {
    const session = this._session();
    const cmd = command("SIZE", filename, session.options.encoding);
    const turn = await session.begin(cmd, options);
    try {
      // The size depends on the representation, and some servers refuse to count lines.
      await session.represent("I", options);
      return parseReply(parseSize, await session.command(cmd, options), cmd);
    } finally {
      turn.end();
    }
  }

  /**
   * Asks what the server can do beyond RFC 959 (`FEAT`; RFC 2389).
   *
   * @param options How long to wait.
   * @returns The parameters of each feature by its upper-case name; empty where the server does not
   * know the question.
   */
  async feat(options: WaitOptions = {}): Promise<Map<string, string>> {
    try {
      return parseReply(parseFeat, await this.#exchange("FEAT", options), "FEAT");
    } catch (error) {
      rethrowIfCancelled(error, options.signal);
      if (!isUnknownCommand(error)) throw error;
      return new Map();
    }
  }

  /**
   * Does nothing, and so keeps the session from being closed as idle (`NOOP`).
   *
   * @param options How long to wait.
   * @returns The reply.
   */
  noop(options: WaitOptions = {}): Promise<Reply> {
    return this.#exchange("NOOP", options);
  }

  #ask(verb: string, argument: string, options: WaitOptions): Promise<Reply> {
    return this.#exchange(() => command(verb, argument, this._session().options.encoding), options);
  }

  async #exchange(
    cmd: string | (() => string),
    options: WaitOptions,
    digits?: string,
  ): Promise<Reply> {
    const text = typeof cmd === "string" ? cmd : cmd();
    return await this._session().exchange(text, options, digits);
  }
}

/** Servers that answer without 257 do not name the path, as Python has it. */
function pathIn(reply: Reply, cmd: string): string {
  return reply.code === 257 ? parseReply(parse257, reply, cmd) ?? "" : "";
}

function is3xx({ code }: Reply): boolean {
  return code >= 300 && code < 400;
}
