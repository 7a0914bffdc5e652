/**
 * One connection of a {@linkcode TlsRealm}, inside of the Worker: TLS as it is
 * made everywhere, over a stream that lies elsewhere.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../../loop/exceptions.ts";
import type { ByteStream } from "../../byte_stream.ts";
import { clientHandshake, clientSettings } from "../client_handshake.ts";
import type { NodeTls } from "../node.ts";
import { isSameBytes } from "../same_bytes.ts";
import { type PackedSession, packSession, unpackSession } from "../session.ts";
import { Outlet } from "./flow.ts";
import type { TlsInfo } from "../tls.ts";
import type { TlsStream } from "../tls_stream.ts";
import type { FromWorker, Say, ToWorker } from "./messages.ts";
import { packError } from "./packed_errors.ts";
import { RemoteStream } from "./remote_stream.ts";

/** What begins a connection. */
export type Start = Extract<ToWorker, { kind: "start" }>;

/** A connection that is encrypted here. */
export class Encryption {
  readonly #say: Say<FromWorker>;
  readonly #remote: RemoteStream;
  readonly #outlet: Outlet;
  #tls: TlsStream | null = null;
  #given: Promise<void> = Promise.resolve();
  #inClear: ByteStream | null = null;

  /**
   * Takes a connection over.
   *
   * @param say Says what becomes of it.
   * @param start The connection.
   */
  constructor(say: Say<FromWorker>, start: Start) {
    this.#say = say;
    this.#remote = new RemoteStream(say, start);
    this.#outlet = new Outlet(say);
  }

  /**
   * Does the handshake, and gives what comes after it until the end.
   *
   * @param start The connection.
   * @param loading Node's modules.
   */
  async run(start: Start, loading: Promise<NodeTls>): Promise<void> {
    let tls: TlsStream;
    try {
      tls = this.#tls = await this.#begin(start, await loading);
    } catch (error) {
      rethrowIfCancelled(error);
      this.#say({ kind: "refused", error: packError(error) });
      return this.#remote.close();
    }
    try {
      this.#given = this.#outlet.giveAll(tls);
      await this.#given;
    } catch (error) {
      rethrowIfCancelled(error);
      this.#say({ kind: "failed", error: packError(error) });
    }
  }

  /** Takes what is said about the connection. */
  hear(message: ToWorker): void {
    switch (message.kind) {
      case "taken":
        return this.#outlet.takeBack(message.memory);
      case "smallTaken":
        return this.#outlet.smallTaken(message.count);
      case "write":
        return void this.#try(() => this.#write(message.bytes));
      case "closeWrite":
        return void this.#try(() => this.#tls!.closeWrite());
      case "endTls":
        return void this.#try(() => this.#endTls(this.#tls!));
      case "handBack":
        return void this.#handBack();
      case "close":
        return (this.#tls ?? this.#remote).close();
      default:
        return this.#remote.hear(message);
    }
  }

  async #begin({ options, session }: Start, node: NodeTls): Promise<TlsStream> {
    const asked = { ...options, session: session && unpackSession(session) };
    const settings = clientSettings(asked, this.#remote.remoteAddress.hostname, node);
    const tls = await clientHandshake(this.#remote, settings, node);
    const made = tls.tlsInfo.session && packSession(tls.tlsInfo.session);
    if (session !== undefined && tls.tlsInfo.sessionReused && isSame(session, made)) {
      this.#say({ kind: "resumed", info: inBrief(tls.tlsInfo) });
    } else {
      const { session: _, ...info } = tls.tlsInfo;
      this.#say({ kind: "started", info, session: made });
    }
    return tls;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#tls!.write(bytes.subarray(at));
  }

  /** Says the end of TLS, and waits for that of the other side without being waited for. */
  async #endTls(tls: TlsStream): Promise<void> {
    tls.expectEndOfTls();
    const ending = tls.sayEnd();
    Promise.all([ending, this.#given]).then(() => {
      this.#inClear = tls.giveBack();
      this.#say({ kind: "tlsEnded" });
    }).catch(() => {});
    await ending;
  }

  /** Gives back what has come since the end of TLS. */
  async #handBack(): Promise<void> {
    this.#remote.hear({ kind: "end" });
    const chunks: Uint8Array[] = [];
    let size = 0;
    for (;;) {
      const chunk = new Uint8Array(65_536);
      const count = await this.#inClear!.read(chunk);
      if (count === null) break;
      chunks.push(chunk.subarray(0, count));
      size += count;
    }
    const bytes = new Uint8Array(size);
    let at = 0;
    for (const chunk of chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    this.#say({ kind: "left", bytes });
    this.#say({ kind: "close" });
  }

  async #try(write: () => Promise<void>): Promise<void> {
    try {
      await write();
      this.#say({ kind: "written" });
    } catch (error) {
      rethrowIfCancelled(error);
      this.#say({ kind: "writeFailed", error: packError(error) });
    }
  }
}

function isSame(one: PackedSession, other: PackedSession | undefined): boolean {
  return other !== undefined && isSameBytes(one.mark, other.mark) &&
    isSameBytes(one.certificate, other.certificate);
}

/** What is known without looking into the server's certificate. */
function inBrief({ protocol, cipher, alpnProtocol, serverName, sessionReused }: TlsInfo): TlsInfo {
  return { protocol, cipher, alpnProtocol, serverName, sessionReused };
}
