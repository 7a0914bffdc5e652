/**
 * Where the connections of each client are encrypted, so that several clients
 * of one server can each resume their own session (RFC 4217 §10).
 *
 * Deno keeps one session for each name of a server, the newest, and one for all servers that go by
 * an address. There is room for two clients of one name in the program itself, as a name may end
 * with a dot; for more there are Workers, each of which has room for as many again. Clients of a
 * server that takes any session share one room.
 *
 * @module
 */

import type { ByteStream, StartTlsOptions } from "../../net/byte_stream.ts";
import { beginTls } from "../../net/tls/begin_tls.ts";
import type { TlsRealm } from "../../net/tls/realm/realm.ts";
import { addressBytes, plainName } from "../../net/tls/server_name.ts";

/** The place of one client: all of its connections are encrypted there, and no other's in its way. */
export interface TlsPlace {
  /**
   * Begins TLS on a connection of the client's.
   *
   * @param stream The connection; used up.
   * @param options As elsewhere. The server goes by the name that the place was taken for.
   * @returns The encrypted stream.
   * @throws {PermissionError} If there must be a Worker, and none may be started.
   * @throws {SSLError} If the handshake fails, or there is no Worker to be had.
   */
  startTlsClient(stream: ByteStream, options: StartTlsOptions): Promise<ByteStream>;
  /**
   * Gives the place up, when the connections of the client are closed; idempotent.
   *
   * @returns When nothing is left of it: a Worker ends with its last client.
   */
  release(): Promise<void>;
}

/** What all servers that go by an address are kept as. */
const ADDRESS = "an address";

/** Where one session is remembered. */
interface Room {
  /** The server whose clients share it; `undefined` where it is for one client alone. */
  readonly server: string | undefined;
  /** How many clients it has. */
  clients: number;
}

/** The program itself, which remembers one session for each name. */
class Isolate {
  /** The names that clients have taken. */
  readonly taken = new Map<string, Room>();

  get hasEnded(): boolean {
    return false;
  }

  startTlsClient(stream: ByteStream, options: StartTlsOptions): Promise<ByteStream> {
    return beginTls(stream, options);
  }

  /** No client is left. */
  end(): Promise<void> {
    return Promise.resolve();
  }
}

/** A Worker, which remembers as many again. It begins with a first connection. */
class WorkerIsolate extends Isolate {
  #loading: Promise<TlsRealm> | null = null;
  #realm: TlsRealm | null = null;

  override get hasEnded(): boolean {
    return this.#realm?.closed === true;
  }

  override async startTlsClient(
    stream: ByteStream,
    options: StartTlsOptions,
  ): Promise<ByteStream> {
    this.#loading ??= this.#load();
    return await (await this.#loading).startTlsClient(stream, options);
  }

  override async end(): Promise<void> {
    workers.delete(this);
    await (await this.#loading)?.[Symbol.asyncDispose]();
  }

  async #load(): Promise<TlsRealm> {
    const { TlsRealm } = await import("../../net/tls/realm/realm.ts");
    return this.#realm = new TlsRealm();
  }
}

const program = new Isolate();
const workers = new Set<WorkerIsolate>();

/**
 * Takes a place for a client that is about to connect.
 *
 * @param serverHostname The name that the server's certificate must hold, or its address.
 * @param server Where the clients of a server may share a session: which server that is.
 * @returns The place, to be released when the client is closed.
 * @throws {TypeError} If it is no name.
 */
export function acquireTls(serverHostname: string, server?: string): TlsPlace {
  const name = plainName(serverHostname);
  const isAddress = addressBytes(name) !== undefined;
  const keys = isAddress ? [ADDRESS] : [name, `${name}.`];
  const shares = ({ taken }: Isolate, key: string) =>
    server !== undefined && taken.get(key)?.server === server;
  const isFree = ({ taken }: Isolate, key: string) => !taken.has(key);
  for (const suits of [shares, isFree]) {
    for (const isolate of [program, ...workers]) {
      const key = keys.find((each) => suits(isolate, each));
      if (key !== undefined && !isolate.hasEnded) return new Place(isolate, key, name, server);
    }
  }
  const isolate = new WorkerIsolate();
  workers.add(isolate);
  return new Place(isolate, keys[0]!, name, server);
}

class Place implements TlsPlace {
  readonly #isolate: Isolate;
  readonly #key: string;
  readonly #serverHostname: string;
  readonly #room: Room;
  #released: Promise<void> | null = null;

  constructor(isolate: Isolate, key: string, name: string, server: string | undefined) {
    this.#isolate = isolate;
    this.#key = key;
    this.#serverHostname = key === ADDRESS ? name : key;
    const room = this.#room = isolate.taken.get(key) ?? { server, clients: 0 };
    room.clients++;
    isolate.taken.set(key, room);
  }

  startTlsClient(stream: ByteStream, options: StartTlsOptions): Promise<ByteStream> {
    const asked = { ...options, serverHostname: this.#serverHostname };
    return this.#isolate.startTlsClient(stream, asked);
  }

  release(): Promise<void> {
    return this.#released ??= this.#release();
  }

  async #release(): Promise<void> {
    const { taken } = this.#isolate;
    if (--this.#room.clients > 0) return;
    taken.delete(this.#key);
    if (taken.size === 0) await this.#isolate.end();
  }
}
