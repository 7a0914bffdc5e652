/**
 * FTP over TLS by hand, and the servers that want every data connection to go on with the session of
 * the control connection (RFC 4217 §10).
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Dial } from "../../../net/byte_stream.ts";
import type { Connection } from "../../../net/streams/connection.ts";
import { openConnection } from "../../../net/streams/connect.ts";
import { dialTcp } from "../../../net/tcp/tcp.ts";
import type { TlsInfo, TlsOptions } from "../../../net/tls/tls.ts";
import type { FtpServer } from "../servers/ftp_server.ts";
import type { Program } from "../servers/installed.ts";
import { startProftpd } from "../servers/proftpd.ts";
import { startVsftpd } from "../servers/vsftpd.ts";

/** A server that is strict about sessions. */
export interface StrictServer {
  readonly server: FtpServer;
  readonly port: number;
  readonly implicit: boolean;
}

/** Each of them: its name, what it needs, how it starts. */
export const STRICT: [string, Program, () => Promise<StrictServer & AsyncDisposable>][] = [
  ["vsftpd, explicit", "vsftpd", () => strict(startVsftpd({ mode: "tls-reuse" }))],
  ["vsftpd, implicit", "vsftpd", () => strict(startVsftpd({ mode: "implicit-reuse" }), true)],
  ["ProFTPD, explicit", "proftpd", () => strict(startProftpd())],
  [
    "ProFTPD, implicit",
    "proftpd",
    () => strict(startProftpd(), true, ({ implicitPort }) => implicitPort),
  ],
];

async function strict<S extends FtpServer>(
  starting: Promise<S>,
  implicit = false,
  portOf: (server: S) => number = ({ port }) => port,
): Promise<StrictServer & AsyncDisposable> {
  const server = await starting;
  return {
    server,
    port: portOf(server),
    implicit,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** A control connection, and what it takes to open data connections beside it. */
export class Session implements AsyncDisposable {
  /** The last line that the server has said. */
  lastLine = "";
  readonly #control: Connection;
  readonly #tls: TlsOptions;
  readonly #dial: Dial;

  private constructor(control: Connection, tls: TlsOptions, dial: Dial) {
    this.#control = control;
    this.#tls = tls;
    this.#dial = dial;
  }

  /** Connects, in TLS, and logs in. */
  static async login(
    { server, port, implicit }: StrictServer,
    options: TlsOptions = {},
    dial: Dial = dialTcp,
  ): Promise<Session> {
    const tls = { caCerts: [server.ca], serverHostname: "localhost", resumable: true, ...options };
    const control = await openConnection("127.0.0.1", port, {
      ...tls,
      tls: implicit,
      timeout: 10_000,
      dial,
    });
    const session = new Session(control, tls, dial);
    assert.equal(await session.#reply(), 220);
    if (!implicit) {
      assert.equal(await session.command("AUTH TLS"), 234);
      await control.startTls(tls);
    }
    assert.equal(await session.command("USER tulip"), 331);
    assert.equal(await session.command("PASS secret"), 230);
    for (const command of ["PBSZ 0", "PROT P", "TYPE I"]) {
      assert.equal(await session.command(command), 200, command);
    }
    return session;
  }

  /** What is known about TLS on the control connection. */
  get info(): TlsInfo {
    return this.#control.writer.getExtraInfo("sslInfo") as TlsInfo;
  }

  async #reply(): Promise<number> {
    for (;;) {
      const line = await this.#control.reader.nextLine();
      assert.ok(line !== null, "the server has gone");
      this.lastLine = line;
      if (/^\d{3} /.test(line)) return Number(line.slice(0, 3));
    }
  }

  /** Says a line; the code of the reply. */
  command(line: string): Promise<number> {
    this.#control.writer.write(`${line}\r\n`);
    return this.#reply();
  }

  /** Opens a data connection for a command. Its session is that of the control connection. */
  async data(command: string, options: TlsOptions = {}): Promise<Connection> {
    assert.equal(await this.command("EPSV"), 229);
    const port = Number(/\|\|\|(\d+)\|/.exec(this.lastLine)![1]);
    const data = await openConnection("127.0.0.1", port, { timeout: 10_000, dial: this.#dial });
    try {
      assert.equal(await this.command(command), 150, this.lastLine);
      await data.startTls({ ...this.#tls, session: this.info.session, ...options });
      return data;
    } catch (error) {
      data.close();
      throw error;
    }
  }

  /** Stores a file. */
  async upload(name: string, bytes: Uint8Array): Promise<TlsInfo> {
    await using data = await this.data(`STOR ${name}`);
    if (bytes.length > 0) data.writer.write(bytes);
    data.writer.writeEof();
    assert.equal((await data.reader.read()).length, 0);
    data.writer.close();
    await data.writer.waitClosed();
    assert.equal(await this.#reply(), 226, this.lastLine);
    return data.writer.getExtraInfo("sslInfo") as TlsInfo;
  }

  /** Fetches a file. */
  async download(name: string): Promise<[Uint8Array, TlsInfo]> {
    await using data = await this.data(`RETR ${name}`);
    const bytes = await data.reader.read();
    data.writer.close();
    await data.writer.waitClosed();
    assert.equal(await this.#reply(), 226, this.lastLine);
    return [bytes, data.writer.getExtraInfo("sslInfo") as TlsInfo];
  }

  /** Closes the control connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#control[Symbol.asyncDispose]();
  }
}
