/**
 * The FTP client (RFC 959, RFC 2428, RFC 3659), after Python's `ftplib.FTP`.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../loop/exceptions.ts";
import { checkTimeout, DEFAULT_TIMEOUT, interruptible, type WaitOptions } from "../../loop/wait.ts";
import { checkLimit } from "../../protocols/limits.ts";
import type { Reply } from "../../protocols/text/reply.ts";
import { command } from "../../protocols/ftp/commands.ts";
import { checkActive } from "./active.ts";
import { SessionClosedError } from "./errors.ts";
import { Session } from "./session.ts";
import { FTPTrees } from "./trees.ts";
import type { FTPConnectOptions, FTPOptions, LoginOptions } from "./session_options.ts";

/** The port of FTP servers. */
export const FTP_PORT = 21;

/** The longest that leaving an `await using` scope waits for the server's goodbye. */
const GOODBYE = 2_000;

/**
 * A session with an FTP server. {@linkcode FTP_TLS} is one that is encrypted.
 *
 * One thing happens at a time. Calls made at once are served in the order they
 * came; only while a transfer waits for your code (an iteration, a stream, a
 * callback) other calls throw `SessionBusyError`, since waiting for it could
 * wait for ever. Transfers side by side need a session each.
 *
 * Whatever is broken off in the middle, by a signal, by `task.cancel()` or by a
 * timeout, rejects at once. The session can be used again: before its next
 * command it reads the answers away that are still to come. A server that does
 * not come back into step has its connection closed, and the next call says so.
 *
 * @example List a directory and fetch a file
 * ```ts
 * import { FTP, FTPServer } from "https://tulip.example/stdlib/ftplib/mod.ts";
 *
 * await using server = await FTPServer.start({ files: { "/pub/report.txt": "All is well.\n" } });
 * await using ftp = await FTP.connect(server.hostname, { port: server.port, user: "anonymous" });
 * for (const { name, size } of await ftp.mlsd("/pub")) console.log(name, size);
 * const bytes = await ftp.download("/pub/report.txt");
 * console.log(new TextDecoder().decode(bytes));
 * ```
 */
export class FTP extends FTPTrees implements AsyncDisposable {
  readonly #options: FTPOptions;
  #session: Session | undefined;
  #opening: AbortController | undefined;
  #welcome: Reply | undefined;
  /** A second client, which is to hand over its session. */
  #reopening: this | undefined;
  /** What was connected to, until it is closed on our side. */
  #server: { readonly host: string; readonly port: number } | undefined;
  /** Whom to log in as again; never shown. */
  #credentials: readonly [user: string, passwd: string, acct: string] | undefined;
  /** How; see {@linkcode LoginOptions}. */
  #secure: boolean | undefined;

  /**
   * Makes a client that is not connected yet.
   *
   * @param options How it will connect and speak.
   * @throws {RangeError} If a timeout is no time, a limit no number above 0, or a port none.
   * @throws {TypeError} If an address is none, or `virtualHost` holds CR, LF or NUL.
   */
  constructor(options: FTPOptions = {}) {
    super();
    checkTimeout(options.timeout, DEFAULT_TIMEOUT);
    checkTimeout(options.connectTimeout, DEFAULT_TIMEOUT, "connectTimeout");
    checkLimit("maxLineLength", options.maxLineLength, 8192);
    checkActive(options);
    if (options.virtualHost !== undefined) command("HOST", options.virtualHost, options.encoding);
    if (options.dial !== undefined && options.localAddress !== undefined) {
      throw new TypeError(
        "Cannot use dial and localAddress together: who dials chooses the address",
      );
    }
    this.#options = { ...options };
  }

  /**
   * Makes a client, connects it, and logs in where `user` is given.
   *
   * @param host The server.
   * @param options The port, the user, and how to connect and speak.
   * @returns The client.
   * @throws {ConnectionError} If the server cannot be reached.
   * @throws {ErrorPerm} If user or password are wrong.
   */
  static async connect(host: string, options: FTPConnectOptions = {}): Promise<FTP> {
    const { port, user, password, acct, signal, ...rest } = options;
    const ftp = new this(rest);
    let ready = false;
    try {
      await ftp.connect(host, port, { signal });
      if (user !== undefined) await ftp.login(user, password, acct, { signal });
      ready = true;
      return ftp;
    } finally {
      if (!ready) ftp.close();
    }
  }

  /**
   * Connects, and reads the greeting. A session that is open is closed first.
   *
   * @param host The server.
   * @param port Its port.
   * @param options How long to wait for the greeting.
   * @returns The greeting.
   * @throws {ConnectionError} If the server cannot be reached.
   * @throws {ErrorTemp} If the server takes no more sessions (421).
   * @throws {ErrorProto} If what answers is no FTP server.
   * @throws {TimeoutError} If dialling takes longer than `connectTimeout`, or the server is silent.
   * @throws {SessionClosedError} If the client is closed, or connected anew, meanwhile.
   */
  async connect(host: string, port: number = FTP_PORT, options: WaitOptions = {}): Promise<Reply> {
    this.close();
    this.#credentials = undefined;
    const { signal: own } = this.#opening = new AbortController();
    const signal = options.signal ? AbortSignal.any([options.signal, own]) : own;
    const wait = { ...options, signal };
    const [session, greeting] = await this._openSession({ host, port }, this.#options, wait);
    try {
      if (own.aborted) throw own.reason;
      const { virtualHost, encoding } = this.#options;
      if (virtualHost !== undefined) {
        await session.exchange(command("HOST", virtualHost, encoding), wait);
      }
    } catch (error) {
      session.close();
      throw error;
    }
    this.#session = session;
    this.#server = { host, port };
    this.#welcome = greeting;
    return greeting;
  }

  /** Logs in, as {@linkcode FTPCommands.login} tells. */
  override async login(
    user = "anonymous",
    passwd = "",
    acct = "",
    options: WaitOptions & LoginOptions = {},
  ): Promise<Reply> {
    const reply = await super.login(user, passwd, acct, options);
    this.#credentials = [user, passwd, acct];
    this.#secure = options.secure;
    return reply;
  }

  /** Opens another session, as {@linkcode FTPCommands.clone} tells. */
  override async clone(options: WaitOptions = {}): Promise<this> {
    const twin = this.#makeTwin();
    await this.#open(twin, options);
    return twin;
  }

  /** @internal */
  protected override async _reopen(options: WaitOptions): Promise<void> {
    this.#session?.close();
    const twin = this.#reopening = this.#makeTwin();
    try {
      await this.#open(twin, options);
      // Until now nobody could send anything on it. Whoever closed this client has closed both.
      this.#session = twin._session();
      this.#welcome = twin.#welcome;
    } finally {
      this.#reopening = undefined;
    }
  }

  #makeTwin(): this {
    if (this.#server === undefined) notConnected();
    return new (this.constructor as new (options: FTPOptions) => this)(this.#options);
  }

  /** Brings a twin to where this client is. */
  async #open(twin: this, options: WaitOptions): Promise<void> {
    const { host, port } = this.#server ?? notConnected();
    let ready = false;
    try {
      await twin.connect(host, port, options);
      if (this.#credentials !== undefined) {
        await twin.login(...this.#credentials, { ...options, secure: this.#secure });
      }
      await this._equip(twin, options);
      for (const command of this._session().way) await twin.voidcmd(command, options);
      ready = true;
    } finally {
      if (!ready) twin.close();
    }
  }

  /** Whether there is no session: before {@linkcode connect}, and after its end. */
  get closed(): boolean {
    return this.#session === undefined || this.#session.closed;
  }

  /**
   * The greeting that the server sent.
   *
   * @returns The greeting.
   * @throws {SessionClosedError} If the client was never connected.
   */
  getwelcome(): Reply {
    return this.#welcome ?? notConnected();
  }

  /**
   * Chooses who opens data connections from now on.
   *
   * @param value `true` for passive mode, in which the client does, `false` for active mode.
   */
  setPasv(value: boolean): void {
    this.#options.mode = value ? "passive" : "active";
  }

  /** Whether data connections are opened in passive mode; see {@linkcode setPasv}. */
  get passiveserver(): boolean {
    return this.#options.mode !== "active";
  }

  /**
   * Breaks off the transfer that runs, and brings the session back into step.
   *
   * `ABOR` itself is sent only where no transfer runs: servers take no notice of
   * it until the file is sent, so closing the data connection is what stops them.
   *
   * @param options How long to wait for the server.
   */
  async abort(options: WaitOptions = {}): Promise<void> {
    const session = this._session();
    if (!session.breakOff()) {
      await session.exchange("ABOR", options);
      return;
    }
    const turn = await session.begin("ABOR", options);
    turn.end();
  }

  /**
   * Says goodbye (`QUIT`), and closes.
   *
   * @param options How long to wait.
   * @returns The reply.
   */
  async quit(options: WaitOptions = {}): Promise<Reply> {
    try {
      return await this._session().exchange("QUIT", options);
    } finally {
      this.close();
    }
  }

  /** Closes at once, without a word to the server. May be called again. */
  close(): void {
    this.#server = undefined;
    this.#reopening?.close();
    this.#opening?.abort(
      new SessionClosedError("The session was closed on our side while it was being opened", {
        origin: "usage",
      }),
    );
    this.#opening = undefined;
    this.#session?.close();
  }

  /** Says goodbye within two seconds, or the timeout of the session if that is less, and closes. */
  async [Symbol.asyncDispose](): Promise<void> {
    const session = this.#session;
    if (session === undefined || session.closed) return this.close();
    try {
      session.breakOff();
      const timeout = Math.min(this.#options.timeout ?? DEFAULT_TIMEOUT, GOODBYE);
      await interruptible(session.leave({ timeout }), { timeout });
    } catch (error) {
      rethrowIfCancelled(error);
      // A server that does not say goodbye has been left all the same.
    } finally {
      this.close();
    }
    await session.released;
  }

  /** @internal */
  protected override _session(): Session {
    return this.#session ?? notConnected();
  }

  /**
   * Opens a session.
   *
   * @internal
   */
  protected _openSession(
    { host, port }: { host: string; port: number },
    options: FTPOptions,
    wait: WaitOptions,
  ): Promise<[Session, Reply]> {
    return Session.open(host, port, options, wait);
  }

  /**
   * Does for another client, that is logged in, what was done for this one besides.
   *
   * @internal
   */
  protected _equip(_twin: this, _options: WaitOptions): Promise<void> {
    return Promise.resolve();
  }
}

function notConnected(): never {
  throw new SessionClosedError("There is no session: connect first", { origin: "usage" });
}
