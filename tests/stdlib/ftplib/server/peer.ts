/**
 * A raw FTP client for the tests of the server, over sockets or in memory.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { StartTlsOptions } from "../../../../net/byte_stream.ts";
import type { Connection } from "../../../../net/streams/connection.ts";
import { openConnection } from "../../../../net/streams/connect.ts";
import { MemoryNetwork } from "../../../../net/memory.ts";
import { FTPServer } from "../../../../stdlib/ftplib/server.ts";
import type { FTPServerOptions } from "../../../../stdlib/ftplib/server/options.ts";
import { certificates } from "../../../peers/certs.ts";
import { type Listening, RawClient, type RawOptions, readAll } from "../../_server/raw_client.ts";

interface PeerOptions extends RawOptions {
  /** How data connections begin TLS. */
  dataTls?: StartTlsOptions;
}

export class RawFTP implements AsyncDisposable {
  readonly control: RawClient;
  readonly #server: Listening;
  readonly #options: PeerOptions;

  constructor(control: RawClient, server: Listening, options: PeerOptions) {
    this.control = control;
    this.#server = server;
    this.#options = options;
  }

  /** Connects and logs in, in binary. */
  static async login(
    server: Listening,
    options: RawOptions = {},
    user = "ada",
    password = "lovelace",
  ): Promise<RawFTP> {
    const control = await RawClient.greeted(server, options);
    assert.match(await control.ask(`USER ${user}`, `PASS ${password}`) ?? "", /^230/);
    assert.match(await control.ask("TYPE I") ?? "", /^200/);
    return new RawFTP(control, server, options);
  }

  /** Connects with TLS, and logs in, with PROT P. */
  static async secure(
    server: Listening,
    options: RawOptions = {},
    tls: StartTlsOptions & { implicit?: boolean } = {},
  ): Promise<RawFTP> {
    const { implicit, ...rest } = tls;
    const control = await RawClient.connect(server, options);
    const { good } = await certificates();
    const begin = { caCerts: good.caCerts, serverHostname: "localhost", ...rest };
    if (implicit) {
      await control.connection.startTls(begin);
      assert.match(await control.reply() ?? "", /^220/);
    } else {
      assert.match(await control.reply() ?? "", /^220/);
      assert.match(await control.ask("AUTH TLS") ?? "", /^234/);
      await control.connection.startTls(begin);
    }
    const login = ["USER ada", "PASS lovelace"];
    assert.match(await control.ask(...login) ?? "", /^230/);
    assert.match(await control.ask("PBSZ 0", "PROT P", "TYPE I") ?? "", /^200/);
    return new RawFTP(control, server, { ...options, dataTls: begin });
  }

  ask(...commands: string[]): Promise<string | null> {
    return this.control.ask(...commands);
  }

  /** Opens a data connection, by EPSV. */
  async data(): Promise<Connection> {
    const reply = await this.ask("EPSV");
    const port = /\(\|\|\|(\d+)\|\)/.exec(reply ?? "")?.[1];
    assert.ok(port, `EPSV: ${reply}`);
    const { dial, timeout = 5000 } = this.#options;
    return await openConnection(this.#server.hostname, Number(port), { dial, timeout });
  }

  /** Runs a command that sends something; gives its text and its replies. */
  async fetch(command: string): Promise<{ text: string; replies: (string | null)[] }> {
    await using data = await this.data();
    const first = await this.ask(command);
    if (!first?.startsWith("150")) return { text: "", replies: [first] };
    await this.#encrypt(data);
    const text = new TextDecoder().decode(await readAll(data));
    return { text, replies: [first, await this.control.reply()] };
  }

  /** Runs a command that receives something; gives its replies. */
  async put(command: string, content: string | Uint8Array): Promise<(string | null)[]> {
    await using data = await this.data();
    const first = await this.ask(command);
    if (!first?.startsWith("150")) return [first];
    await this.#encrypt(data);
    data.writer.write(content);
    data.writer.close();
    await data.writer.waitClosed();
    return [first, await this.control.reply()];
  }

  /** Begins TLS on a data connection, where the control connection has it. */
  async #encrypt(data: Connection): Promise<void> {
    const { dataTls } = this.#options;
    if (dataTls === undefined) return;
    const { session } = this.control.connection.tlsInfo ?? {};
    await data.startTls(session ? { ...dataTls, session } : dataTls);
  }

  close(): void {
    this.control.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }
}

/** Runs a body with a server and a client that is logged in, in memory. */
export async function session(
  options: FTPServerOptions,
  body: (ftp: RawFTP, server: FTPServer) => Promise<void>,
  { timeout }: { timeout?: number } = {},
): Promise<void> {
  const network = new MemoryNetwork();
  await using server = await FTPServer.start({ port: 21, listen: network.listen, ...options });
  await using ftp = await RawFTP.login(server, { dial: network.dial, timeout });
  await body(ftp, server);
}
