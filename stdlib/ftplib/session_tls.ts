/**
 * How the connections of an FTP session are encrypted (RFC 4217).
 *
 * Servers want a data connection to go on with the TLS session of the control
 * connection (§10 there): who can do that is the one who has logged in. In TLS
 * 1.2 a session serves for every file; in 1.3 each ticket for one, and servers
 * do not send enough of them. So 1.2 is spoken where nothing else is asked for.
 *
 * @module
 */

import type { WaitOptions } from "../../loop/wait.ts";
import type { ByteStream, Dial, StartTlsOptions } from "../../net/byte_stream.ts";
import type { Connection } from "../../net/streams/connection.ts";
import { beginTls } from "../../net/tls/begin_tls.ts";
import { PassingStream } from "../../net/streams/passing_stream.ts";
import type { TlsInfo, TlsOptions } from "../../net/tls/tls.ts";
import { FTPError } from "./errors.ts";
import { FarewellStream } from "./farewell_stream.ts";
import type { SessionReuseFailure } from "./session_reuse_error.ts";
import { acquireTls, type TlsPlace } from "./tls_realms.ts";
import { keepApart, sharedBy } from "./tls_sharing.ts";
import type { FTPTLSOptions } from "./session_options.ts";

/** Whether data connections are encrypted (`PROT`): `"P"` for private, `"C"` for clear. */
export type Protection = "P" | "C";

/** Who can say a command: a session that has the turn. */
interface Commanding {
  command(command: string, options: WaitOptions): Promise<unknown>;
}

/** The encryption of one session. */
export class SessionTls {
  /** Whether data connections are encrypted; `undefined` until the server was told. */
  protection: Protection | undefined;
  /** Whether the caller has allowed the session to be in clear. */
  allowsClear = false;
  /** Whether the control connection was encrypted, though it may no longer be. */
  begun = false;
  readonly #options: FTPTLSOptions;
  readonly #serverHostname: string;
  /** Why sessions cannot be resumed, if so. */
  readonly hinderedBy: SessionReuseFailure | undefined;
  #session: TlsInfo["session"];
  #place: TlsPlace | undefined;
  /** The server, where its clients may share a session. */
  #sharedBy: string | undefined;
  /** The encrypted data connections that are not closed. */
  readonly #data = new Set<FarewellStream>();

  /**
   * Says how, before anything is sent.
   *
   * @param host The server that is connected to.
   * @param options What the caller has said.
   */
  constructor(host: string, options: FTPTLSOptions) {
    this.#options = options;
    this.#serverHostname = options.serverHostname ?? host;
    this.hinderedBy = hindrance(options);
  }

  get #resumes(): boolean {
    return this.hinderedBy === undefined;
  }

  /** Makes a dial whose connections can be encrypted beside those of other sessions. */
  dialWith(dial: Dial, isForData: boolean): Dial {
    return async (target, options) => {
      const stream = await dial(target, options);
      return isForData ? this.prepareData(stream) : this.#prepare(stream);
    };
  }

  /** Makes a data connection that can be encrypted beside those of other sessions. */
  prepareData(stream: ByteStream): ByteStream {
    return this.#prepare(stream, (encrypted) => {
      const data = new FarewellStream(encrypted, stream, (closed) => this.#data.delete(closed));
      this.#data.add(data);
      return data;
    });
  }

  #prepare(
    stream: ByteStream,
    wrap: (encrypted: ByteStream) => ByteStream = (encrypted) => encrypted,
  ): ByteStream {
    return new SecurableStream(
      stream,
      async (options) => wrap(await this.#start(stream, options)),
    );
  }

  /** What `startTls` of the control connection is told. */
  get controlOptions(): TlsOptions {
    const { caCerts, alpnProtocols, cert, key, pinnedFingerprints, minVersion, maxVersion } =
      this.#options;
    const options = { caCerts, alpnProtocols, cert, key, pinnedFingerprints };
    const serverHostname = this.#serverHostname;
    if (this.#resumes) return { ...options, serverHostname, resumable: true };
    return { ...options, serverHostname, minVersion, maxVersion, details: true };
  }

  /**
   * Begins TLS on a data connection, with the session of the control connection.
   *
   * @param connection The data connection.
   * @param control What is known about the control connection.
   * @param signal What may end the wait, besides the end of the connection.
   */
  async begin(
    connection: Connection,
    control: TlsInfo | undefined,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    await connection.startTls({
      ...this.controlOptions,
      session: this.#resumes ? control?.session ?? this.#session : undefined,
      signal,
      timeout: Infinity,
    });
  }

  /**
   * The server has greeted in clear.
   *
   * @param server Where it is.
   * @param greeting The lines that it said.
   */
  hasGreeted(server: { host: string; port: number }, greeting: readonly string[]): void {
    this.#sharedBy = sharedBy(server, greeting);
  }

  /** The server has refused the session of a data connection. */
  wasRefused(): void {
    if (this.#sharedBy !== undefined) keepApart(this.#sharedBy);
  }

  /** The control connection is encrypted now. */
  hasBegun(info: TlsInfo | undefined): void {
    this.begun = true;
    this.#session = info?.session;
  }

  /**
   * Refuses to say in clear what is secret.
   *
   * @param command What is to be said.
   * @param encrypted Whether it would be encrypted.
   * @throws {FTPError} If it is a part of a login, and nobody has allowed it.
   */
  guard(command: string, encrypted: boolean): void {
    if (encrypted || this.allowsClear || !/^\s*(?:USER|PASS|ACCT|ADAT)\b/i.test(command)) return;
    const verb = command.trim().slice(0, 4).toUpperCase();
    throw new FTPError(
      `Cannot send ${verb} in clear: call login() or auth(), which begin TLS, or allow it with ` +
        "login(user, passwd, acct, { secure: false })",
      { origin: "usage", command: verb },
    );
  }

  /**
   * Sees to it that the server knows how data is to be sent. For who has the turn.
   *
   * @throws {FTPError} If the session was never encrypted, and nobody allowed that.
   */
  async protect(session: Commanding, options: WaitOptions): Promise<void> {
    if (this.protection !== undefined || this.allowsClear) return;
    if (!this.begun) {
      throw new FTPError(
        "The session is not encrypted yet: call login() or auth() first, or allow it with " +
          "login(user, passwd, acct, { secure: false })",
        { origin: "usage" },
      );
    }
    await session.command("PBSZ 0", options);
    await session.command("PROT P", options);
    this.protection = "P";
  }

  /** The connections of the session are closed. */
  async release(): Promise<void> {
    for (const data of this.#data) data.closeAtOnce();
    const place = this.#place;
    this.#place = undefined;
    await place?.release();
  }

  /** Every handshake of the session, on control and data connections, goes through here. */
  #start(stream: ByteStream, options: StartTlsOptions): Promise<ByteStream> {
    if (!this.#resumes) return beginTls(stream, options);
    this.#place ??= acquireTls(this.#serverHostname, this.#sharedBy);
    return this.#place.startTlsClient(stream, options);
  }
}

function hindrance({ cert, key, minVersion }: FTPTLSOptions): SessionReuseFailure | undefined {
  if (cert !== undefined || key !== undefined) return "client-certificate";
  return minVersion === "TLSv1.3" ? "version" : undefined;
}

/** A connection that is encrypted in its place. */
class SecurableStream extends PassingStream {
  readonly startTls: (options: StartTlsOptions) => Promise<ByteStream>;

  constructor(stream: ByteStream, startTls: (options: StartTlsOptions) => Promise<ByteStream>) {
    super(stream);
    this.startTls = startTls;
  }
}
