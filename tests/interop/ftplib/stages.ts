/**
 * Two ways to find out what a client sends: a relay without TLS, and vsftpd's log with it.
 *
 * @module
 */

import { FTP } from "../../../stdlib/ftplib/client.ts";
import { FTP_TLS } from "../../../stdlib/ftplib/ftp_tls.ts";
import type { FtpServer } from "../servers/ftp_server.ts";
import type { Stage } from "./differential.ts";
import type { Place } from "./places.ts";
import type { Target } from "./python.ts";
import { Relay } from "./relay.ts";
import type { Script } from "./steps.ts";

/** A server behind a relay, which notes what is sent. */
export class RelayedStage implements Stage, AsyncDisposable {
  readonly #relay: Relay;

  private constructor(readonly server: FtpServer) {
    this.#relay = new Relay(server);
  }

  /** Starts the server of a place, and the relay. */
  static async start(place: Place): Promise<RelayedStage> {
    return new RelayedStage(await place.start());
  }

  /** The relay. */
  get target(): Target {
    return { hostname: this.server.hostname, port: this.#relay.port };
  }

  /** Opens one of our sessions, and logs in. */
  connect(script: Script): Promise<FTP> {
    return connectTo(this.target, this.server, script);
  }

  /** The commands of the sessions since it was last asked. */
  sent(): Promise<string[]> {
    return this.#relay.settle();
  }

  /** Ends both. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#relay[Symbol.dispose]();
    await this.server[Symbol.asyncDispose]();
  }
}

/** vsftpd with TLS, which writes down what it is told. */
export class LoggedStage implements Stage, AsyncDisposable {
  /** How much of the log was read. */
  #seen = 0;

  private constructor(readonly server: FtpServer) {}

  /** Starts the server of a place. */
  static async start(place: Place): Promise<LoggedStage> {
    const stage = new LoggedStage(await place.start());
    // Whoever waited for the server to be up has said goodbye to it.
    while (!(await stage.sent()).includes("QUIT")) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return stage;
  }

  /** The server itself. */
  get target(): Target {
    const { hostname, port, caFile } = this.server;
    return { hostname, port, caFile };
  }

  /** Opens one of our sessions, and logs in. */
  connect(script: Script): Promise<FTP> {
    return connectTo(this.target, this.server, script);
  }

  /** The commands of the sessions since it was last asked. It has written them before it answered. */
  async sent(): Promise<string[]> {
    const log = await this.server.log();
    const news = log.slice(this.#seen);
    this.#seen = log.length;
    return [...news.matchAll(/ FTP command: Client "[^"]*", "(.*)"$/gm)].map(([, text]) => text!);
  }

  /** Ends the server. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }
}

async function connectTo(
  { hostname, port, caFile }: Target,
  { user, password }: FtpServer,
  { passive }: Script,
): Promise<FTP> {
  const mode = passive ? "passive" : "active";
  const options = { port, user, password, mode, timeout: 20_000 } as const;
  if (caFile === undefined) return await FTP.connect(hostname, options);
  const caCerts = [await Deno.readTextFile(caFile)];
  return await FTP_TLS.connect(hostname, { ...options, caCerts });
}
