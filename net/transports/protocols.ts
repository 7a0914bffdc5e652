/**
 * Protocols, the callback face of connections (PEP 3156): a transport calls
 * them when something has happened. Subclass one and override what matters.
 *
 * For each connection the calls come in this order: `connectionMade` once; then
 * `dataReceived` (or `getBuffer` and `bufferUpdated`), `pauseWriting` and
 * `resumeWriting` any number of times; `eofReceived` at most once;
 * `connectionLost` once.
 *
 * Python's `asyncio.protocols`.
 *
 * @module
 */

import type {
  BaseTransport,
  DatagramAddress,
  DatagramTransport,
  SubprocessTransport,
  Transport,
} from "./transports.ts";

/** What all protocols have. */
export class BaseProtocol {
  /**
   * A connection stands.
   *
   * @param _transport The connection. To write, or to pause reading, keep it.
   */
  connectionMade(_transport: BaseTransport): void {}

  /**
   * The connection is closed, on either side.
   *
   * @param _error What broke it; `null` where it was ended in order or closed by us.
   */
  connectionLost(_error: unknown): void {}

  /** More is unsent than the high water mark: whoever writes should stop. */
  pauseWriting(): void {}

  /** No more is unsent than the low water mark: writing may go on. */
  resumeWriting(): void {}
}

/**
 * A protocol for a stream of bytes.
 *
 * @example A server that answers in upper case
 * ```ts
 * import { Protocol } from "https://tulip.example/net/transports/protocols.ts";
 * import type { Transport } from "https://tulip.example/net/transports/transports.ts";
 *
 * class Shout extends Protocol {
 *   #transport!: Transport;
 *
 *   override connectionMade(transport: Transport) {
 *     this.#transport = transport;
 *   }
 *
 *   override dataReceived(data: Uint8Array) {
 *     this.#transport.write(new TextDecoder().decode(data).toUpperCase());
 *   }
 * }
 * ```
 */
export class Protocol extends BaseProtocol {
  /**
   * A connection stands.
   *
   * @param _transport The connection.
   */
  override connectionMade(_transport: Transport): void {}

  /**
   * Bytes have come.
   *
   * @param _data The bytes, at least one; they belong to the protocol.
   */
  dataReceived(_data: Uint8Array): void {}

  /**
   * The peer has ended its direction.
   *
   * @returns Whether the protocol goes on writing and closes by itself. If not, the transport
   * closes after what was written.
   */
  eofReceived(): boolean | void {}
}

/**
 * A protocol that gives the memory into which bytes land, so that none is
 * allocated and nothing copied.
 */
export class BufferedProtocol extends BaseProtocol {
  /**
   * A connection stands.
   *
   * @param _transport The connection.
   */
  override connectionMade(_transport: Transport): void {}

  /**
   * Gives memory for what comes next. It is lent until {@linkcode bufferUpdated}, or until the
   * connection is lost.
   *
   * @param sizehint How much would be good; -1 where any size is as good.
   * @returns Memory of at least one byte.
   */
  getBuffer(sizehint: number): Uint8Array {
    return new Uint8Array(sizehint > 0 ? sizehint : 65_536);
  }

  /**
   * Bytes have come.
   *
   * @param _nbytes How many, at the beginning of the memory that {@linkcode getBuffer} gave.
   */
  bufferUpdated(_nbytes: number): void {}

  /**
   * The peer has ended its direction.
   *
   * @returns Whether the protocol goes on writing and closes by itself. If not, the transport
   * closes after what was written.
   */
  eofReceived(): boolean | void {}
}

/** A protocol for datagrams. */
export class DatagramProtocol extends BaseProtocol {
  /**
   * The socket is there.
   *
   * @param _transport The socket.
   */
  override connectionMade(_transport: DatagramTransport): void {}

  /**
   * A datagram has come.
   *
   * @param _data What it holds, perhaps nothing; it belongs to the protocol.
   * @param _address Who sent it.
   */
  datagramReceived(_data: Uint8Array, _address: DatagramAddress): void {}

  /**
   * A datagram could not be sent or received; the socket goes on.
   *
   * @param _error The failure.
   */
  errorReceived(_error: unknown): void {}
}

/** A protocol for a child process. */
export class SubprocessProtocol extends BaseProtocol {
  /**
   * The child runs.
   *
   * @param _transport The child.
   */
  override connectionMade(_transport: SubprocessTransport): void {}

  /**
   * The child has written.
   *
   * @param _fd To which of its files: 1 for the output, 2 for the errors.
   * @param _data What; it belongs to the protocol.
   */
  pipeDataReceived(_fd: number, _data: Uint8Array): void {}

  /**
   * A pipe to or from the child is closed.
   *
   * @param _fd Which: 0 for its input, 1 for its output, 2 for its errors.
   * @param _error What broke it; `null` where it was ended in order.
   */
  pipeConnectionLost(_fd: number, _error: unknown): void {}

  /** The child has ended; what it wrote may still come. */
  processExited(): void {}
}
