/**
 * Runs every operation of the matrix in one place, in one mode.
 *
 * @module
 */

import assert from "node:assert/strict";
import { FTP } from "../../../stdlib/ftplib/client.ts";
import { FTP_TLS } from "../../../stdlib/ftplib/ftp_tls.ts";
import { ErrorPerm, FTPError } from "../../../stdlib/ftplib/errors.ts";
import { UnsupportedError } from "../../../stdlib/ftplib/unsupported_error.ts";
import type { FtpServer } from "../servers/ftp_server.ts";
import { temporaryFolder } from "../servers/folder.ts";
import { rejection } from "../../rejection.ts";
import {
  type ConnectOptions,
  type Exception,
  type Mode,
  NOBODY,
  NOGROUP,
  type Operation,
  type World,
} from "./operation.ts";
import { FACT_OPERATIONS } from "./operations_facts.ts";
import { FILE_OPERATIONS } from "./operations_files.ts";
import { SESSION_OPERATIONS } from "./operations_session.ts";
import { TREE_OPERATIONS } from "./operations_trees.ts";
import type { Place } from "./places.ts";

/** The rows of the matrix. */
export const OPERATIONS: readonly Operation[] = [
  ...SESSION_OPERATIONS,
  ...FACT_OPERATIONS,
  ...FILE_OPERATIONS,
  ...TREE_OPERATIONS,
];

/** Both ways to open data connections. */
export const MODES: readonly Mode[] = ["passive", "active"];

/** What a cell says: it works, or why there is nothing that could. */
export type Cell = { readonly ok: true } | { readonly ok: false; readonly why: string };

/**
 * What is to come of an operation.
 *
 * @param operation The row.
 * @param place The column.
 * @param mode Who opens the data connections.
 * @returns What the cell has to say.
 */
export function expected(operation: Operation, place: Place, mode: Mode): Cell {
  const exception = exceptionOf(operation, place, mode);
  return exception === undefined ? { ok: true } : { ok: false, why: exception.why };
}

function exceptionOf(operation: Operation, place: Place, mode: Mode): Exception | undefined {
  if (operation.tlsOnly && place.security === "plain") {
    return { why: "there is no TLS", end: "untried" };
  }
  return operation.exception?.(place, mode);
}

/** A server that runs, and a session with it. */
export class Column implements AsyncDisposable {
  readonly #place: Place;
  readonly #mode: Mode;
  readonly #server: FtpServer;
  #ftp: FTP | undefined;
  #folders = 0;

  private constructor(place: Place, mode: Mode, server: FtpServer) {
    this.#place = place;
    this.#mode = mode;
    this.#server = server;
  }

  /** Starts the server of a place. */
  static async start(place: Place, mode: Mode): Promise<Column> {
    return new Column(place, mode, await place.start());
  }

  /**
   * Runs one operation, which must end as {@linkcode expected} says. The session goes on to the
   * next, unless it is lost.
   */
  async run(operation: Operation): Promise<void> {
    const exception = exceptionOf(operation, this.#place, this.#mode);
    if (exception?.end === "untried") return;
    await using local = await temporaryFolder("matrix");
    const world = await this.#world(local.path);
    let done = false;
    try {
      const running = operation.run(world);
      await (exception === undefined ? running : refusal(running));
      assert.equal((await world.ftp.noop()).code, 200, "the session is in step");
      done = true;
    } finally {
      if (!done) this.#ftp?.close();
    }
  }

  async #world(local: string): Promise<World> {
    if (this.#ftp === undefined || this.#ftp.closed) this.#ftp = await this.#connect();
    const folder = `/${++this.#folders}`;
    const disk = `${this.#server.root}${folder}`;
    await Deno.mkdir(disk);
    await Deno.chown(disk, NOBODY, NOGROUP);
    await this.#ftp.cwd(folder);
    return {
      ftp: this.#ftp,
      connect: (options) => this.#connect(options),
      folder,
      disk,
      local,
      place: this.#place,
      server: this.#server,
    };
  }

  async #connect({ password, caCerts }: ConnectOptions = {}): Promise<FTP> {
    const { hostname, port, user, ca } = this.#server;
    const { security } = this.#place;
    const options = {
      port,
      user,
      password: password ?? this.#server.password,
      mode: this.#mode,
      // Others may keep the machine busy; what hangs shall still be named here.
      timeout: 20_000,
    };
    if (security === "plain") return await FTP.connect(hostname, options);
    return await FTP_TLS.connect(hostname, {
      ...options,
      implicit: security === "implicit",
      caCerts: caCerts ?? [ca],
    });
  }

  /** Says goodbye, and ends the server. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ftp?.[Symbol.asyncDispose]();
    await this.#server[Symbol.asyncDispose]();
  }
}

/** The server says that it does not know, or does not do, what it was asked for. */
async function refusal(running: Promise<void>): Promise<void> {
  const error = await rejection(running, FTPError);
  if (error instanceof UnsupportedError) return;
  assert.ok(error instanceof ErrorPerm, String(error));
  assert.ok([500, 501, 502, 504, 550, 553].includes(error.code!), String(error));
}
