/**
 * A raw FTP client for the tests of the server, over sockets or in memory.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Connection } from "../../../../net/streams/connection.ts";
import { openConnection } from "../../../../net/streams/connect.ts";
import { MemoryNetwork } from "../../../../net/memory.ts";
import { FTPServer } from "../../../../stdlib/ftplib/server.ts";
import type { FTPServerOptions } from "../../../../stdlib/ftplib/server/options.ts";
import { type Listening, RawClient, type RawOptions, readAll } from "../../_server/raw_client.ts";

export class RawFTP implements AsyncDisposable {
  readonly control: RawClient;
  readonly #server: Listening;
  readonly #options: RawOptions;

  constructor(control: RawClient, server: Listening, options: RawOptions) {
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
    const text = new TextDecoder().decode(await readAll(data));
    return { text, replies: [first, await this.control.reply()] };
  }

  /** Runs a command that receives something; gives its replies. */
  async put(command: string, content: string | Uint8Array): Promise<(string | null)[]> {
    await using data = await this.data();
    const first = await this.ask(command);
    if (!first?.startsWith("150")) return [first];
    data.writer.write(content);
    data.writer.close();
    await data.writer.waitClosed();
    return [first, await this.control.reply()];
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
): Promise<void> {
  const network = new MemoryNetwork();
  await using server = await FTPServer.start({ port: 21, listen: network.listen, ...options });
  await using ftp = await RawFTP.login(server, { dial: network.dial });
  await body(ftp, server);
}
