/**
 * FTP over TLS (RFC 4217), after Python's `ftplib.FTP_TLS`.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../loop/exceptions.ts";
import type { WaitOptions } from "../../loop/wait.ts";
import { SSLError } from "../../net/errors.ts";
import type { TlsInfo } from "../../net/tls/tls.ts";
import type { Reply } from "../../protocols/text/reply.ts";
import { FTP, FTP_PORT } from "./client.ts";
import { FTPError, replyError } from "./errors.ts";
import { Session } from "./session.ts";
import { SessionTls } from "./session_tls.ts";
import type {
  FTPOptions,
  FTPTLSConnectOptions,
  FTPTLSOptions,
  LoginOptions,
} from "./session_options.ts";

/** The port of FTP servers that speak TLS from the first byte. */
export const FTPS_PORT = 990;

/**
 * An encrypted session with an FTP server.
 *
 * TLS begins before anybody logs in, by itself, and with what Python has a
 * program ask for: {@linkcode login} sends `AUTH TLS`, and then has data
 * connections encrypted too (`PBSZ 0`, `PROT P`). A server that refuses either
 * is an error, and nothing secret was sent. Certificates are verified.
 *
 * Data connections go on with the TLS session of the control connection, as
 * vsftpd and ProFTPD demand. So TLS 1.2 is spoken: in 1.3 that is good for a few
 * files only. It needs Deno 2.9.1. Several clients of one server at a time need
 * a Worker for each two beyond the second.
 *
 * @example Upload a file to a server with an authority of its own
 * ```ts
 * import { FTP_TLS, FTPServer } from "https://tulip.example/stdlib/ftplib/mod.ts";
 * import { trialCertificates } from "https://tulip.example/examples/net/certificates.ts";
 *
 * const { cert, key, caCerts } = await trialCertificates();
 * await using server = await FTPServer.start({
 *   tls: { cert, key },
 *   requireSessionReuse: true,
 *   users: { me: { password: "secret" } },
 * });
 *
 * await using ftp = await FTP_TLS.connect(server.hostname, {
 *   port: server.port,
 *   user: "me",
 *   password: "secret",
 *   caCerts,
 *   serverHostname: "localhost", // As the certificate names it.
 * });
 * await ftp.upload("/report.txt", "All is well.\n");
 * console.log(ftp.tlsInfo?.protocol); // TLSv1.2
 * ```
 */
export class FTP_TLS extends FTP {
  readonly #implicit: boolean;
  /** Whether it turned out that only TLS 1.3 will do. */
  #needsNewest = false;
  #target: { readonly host: string; readonly port: number } | undefined;

  /**
   * Makes a client that is not connected yet.
   *
   * @param options How it will connect, encrypt and speak.
   * @throws {RangeError} If a timeout is no time, a limit no number above 0, or a port none.
   * @throws {TypeError} If an address is none.
   */
  constructor(options: FTPTLSOptions = {}) {
    super(options);
    this.#implicit = options.implicit ?? false;
  }

  /**
   * Makes a client, connects it, and logs in where `user` is given: encrypted.
   *
   * @param host The server.
   * @param options The port, the user, and how to connect, encrypt and speak.
   * @returns The client.
   * @throws {ConnectionError} If the server cannot be reached.
   * @throws {SSLCertVerificationError} If its certificate is refused.
   * @throws {SSLError} If the TLS handshake fails otherwise.
   * @throws {ErrorPerm} If the server has no TLS, or user or password are wrong.
   */
  static override async connect(
    host: string,
    options: FTPTLSConnectOptions = {},
  ): Promise<FTP_TLS> {
    return await super.connect(host, options) as FTP_TLS;
  }

  /**
   * Connects, and reads the greeting: with `implicit` encrypted, else in clear until
   * {@linkcode login} or {@linkcode auth}.
   *
   * @param host The server.
   * @param port Its port; 990 with `implicit`, else 21.
   * @param options How long to wait for the greeting.
   * @returns The greeting.
   * @throws {SSLCertVerificationError} If the certificate of an implicit server is refused.
   * @throws {SSLError} If its TLS handshake fails otherwise.
   */
  override async connect(
    host: string,
    port: number = this.#implicit ? FTPS_PORT : FTP_PORT,
    options: WaitOptions = {},
  ): Promise<Reply> {
    this.#target = { host, port };
    return await this.#inSomeVersion(() => super.connect(host, port, options), options);
  }

  /** What is known about the encryption of the control connection; `undefined` without one. */
  get tlsInfo(): TlsInfo | undefined {
    return this._session().control.connection.tlsInfo;
  }

  /**
   * Begins TLS (`AUTH TLS`, or `AUTH SSL` where the server knows no other name for it).
   * {@linkcode login} does that itself.
   *
   * @param options How long to wait.
   * @returns The reply: 234.
   * @throws {ErrorPerm} If the server has no TLS.
   * @throws {ErrorReply} If it says anything else than 234.
   * @throws {SSLCertVerificationError} If its certificate is refused. The session is closed then.
   * @throws {SSLError} If the handshake fails otherwise, or bytes came before it, which somebody may
   * have put there. The session is closed then.
   * @throws {FTPError} If the session is encrypted already.
   */
  async auth(options: WaitOptions = {}): Promise<Reply> {
    const session = this._session();
    if (session.control.connection.tls) {
      throw new FTPError("Cannot begin TLS: the session is encrypted already", { origin: "usage" });
    }
    const greeting = this.getwelcome();
    // Whoever is let in before TLS would be somebody else's session.
    if (greeting.code === 230) throw replyError(greeting, "The connection");
    const turn = await session.begin("AUTH TLS", options);
    try {
      let command = "AUTH TLS";
      let reply = await session.ask(command, options);
      if (reply.code === 504) reply = await session.ask(command = "AUTH SSL", options);
      if (reply.code !== 234) throw replyError(reply, command);
      await session.startTls(session.tls!, options);
      return reply;
    } finally {
      turn.end();
    }
  }

  /**
   * Begins TLS where it has not begun, logs in, and has data connections encrypted.
   *
   * @param user The user; `anonymous` unless given.
   * @param passwd The password; `anonymous@` for the anonymous user unless given.
   * @param acct The account, where the server asks for one.
   * @param options Whether to begin TLS, how long to wait for each reply.
   * @returns The reply that let the user in.
   * @throws {ErrorPerm} If the server has no TLS, user or password are wrong (530), or data cannot be
   * encrypted.
   * @throws {SSLError} If the TLS handshake fails.
   */
  override async login(
    user = "anonymous",
    passwd = "",
    acct = "",
    options: LoginOptions = {},
  ): Promise<Reply> {
    for (const [name, text] of Object.entries({ user, passwd, acct })) {
      this._session().check(name, text);
    }
    const { tls } = this._session();
    if (options.secure === false) tls!.allowsClear ||= !tls!.begun;
    else if (!tls!.begun) await this.#beginTls(options);
    const reply = await super.login(user, passwd, acct, options);
    await this.#inProtection(options);
    return reply;
  }

  /**
   * Has data connections encrypted (`PBSZ 0`, `PROT P`; RFC 4217 §9), as {@linkcode login} does itself.
   *
   * @param options How long to wait for each reply.
   * @returns The reply to `PROT P`.
   */
  protP(options: WaitOptions = {}): Promise<Reply> {
    return this.#setProtection("P", options);
  }

  /**
   * Has data connections in clear (`PROT C`): whoever is on the way reads and changes what is
   * transferred.
   *
   * @param options How long to wait.
   * @returns The reply.
   */
  protC(options: WaitOptions = {}): Promise<Reply> {
    return this.#setProtection("C", options);
  }

  /**
   * Takes TLS off the control connection (`CCC`; RFC 4217 §12), so that a router can read which ports
   * are asked for. Data connections stay as they are. From now on, whoever is on the way reads and
   * changes what both sides say.
   *
   * @param options How long to wait for the reply, and for the server's end of TLS.
   * @returns The reply.
   * @throws {FTPError} If the session is not encrypted.
   * @throws {ErrorPerm} If the server refuses.
   */
  async ccc(options: WaitOptions = {}): Promise<Reply> {
    const session = this._session();
    const turn = await session.begin("CCC", options);
    try {
      return await session.endTls(options);
    } finally {
      turn.end();
    }
  }

  /** @internal */
  protected override async _openSession(
    { host, port }: { host: string; port: number },
    options: FTPOptions & FTPTLSOptions,
    wait: WaitOptions,
  ): Promise<[Session, Reply]> {
    const version = this.#needsNewest ? { minVersion: "TLSv1.3" as const } : {};
    const tls = new SessionTls(host, { ...options, ...version });
    let opened = false;
    try {
      const session = await Session.open(host, port, options, {
        ...wait,
        tls,
        implicit: this.#implicit,
      });
      opened = true;
      return session;
    } finally {
      if (!opened) await tls.release();
    }
  }

  /** @internal */
  protected override async _equip(twin: this, options: WaitOptions): Promise<void> {
    const { begun, protection } = this._session().tls!;
    if (begun && !twin._session().tls!.begun) await twin.auth(options);
    if (protection === "C") await twin.protC(options);
  }

  async #beginTls(options: WaitOptions): Promise<void> {
    const { host, port } = this.#target!;
    let again = false;
    await this.#inSomeVersion(async () => {
      if (again) await super.connect(host, port, options);
      again = true;
      await this.auth(options);
    }, options);
  }

  /** Does it once more where the server turns out to speak TLS 1.3 alone. */
  async #inSomeVersion<T>(body: () => Promise<T>, { signal }: WaitOptions): Promise<T> {
    try {
      return await body();
    } catch (error) {
      rethrowIfCancelled(error, signal);
      if (this.#needsNewest || !isOfVersion(error)) throw error;
      this.#needsNewest = true;
      return await body();
    }
  }

  async #inProtection(options: WaitOptions): Promise<void> {
    const session = this._session();
    const turn = await session.begin("PROT P", options);
    try {
      await session.tls!.protect(session, options);
    } finally {
      turn.end();
    }
  }

  async #setProtection(protection: "P" | "C", options: WaitOptions): Promise<Reply> {
    const session = this._session();
    const tls = session.tls!;
    const turn = await session.begin(`PROT ${protection}`, options);
    try {
      if (protection === "P" || tls.protection === undefined) {
        await session.command("PBSZ 0", options);
      }
      const reply = await session.command(`PROT ${protection}`, options);
      tls.protection = protection;
      return reply;
    } finally {
      turn.end();
    }
  }
}

/** Whether the server itself says that what was offered is too old, and not this side of the server. */
function isOfVersion(error: unknown): boolean {
  return error instanceof SSLError && /alert ProtocolVersion/.test(error.message);
}
