/**
 * Transports, the other side of protocols (PEP 3156): what moves the bytes of
 * one connection, one socket for datagrams, or one child process.
 *
 * Python's `asyncio.transports`. They are made by functions
 * (`createConnection`, `createServer` and their like), never by users.
 *
 * @module
 */

/** Whom a transport tells what happens: the classes of `protocols.ts`, and what looks like them. */
export interface AnyProtocol {
  /** The connection stands. Each kind of transport says what it is. */
  connectionMade(transport: never): void;
  /** The connection is closed; `null` where it was ended in order. */
  connectionLost(error: unknown): void;
  /** More is unsent than the high water mark. */
  pauseWriting(): void;
  /** No more is unsent than the low water mark. */
  resumeWriting(): void;
}

/** A place that datagrams come from and go to. */
export interface DatagramAddress {
  /** An IP address or a host name. */
  readonly hostname: string;
  /** The port; 0 of a sender who has none, and cannot be answered (RFC 768). */
  readonly port: number;
}

/** Limits on what a transport buffers for sending. */
export interface WriteBufferLimits {
  /**
   * Above this many unsent bytes the protocol is told to pause; 0 makes it pause at any.
   *
   * @default four times `low`, or else {65_536}
   */
  high?: number;
  /**
   * With no more than this many it is told to resume.
   *
   * @default a quarter of `high`
   */
  low?: number;
}

/** What all transports have. */
export interface BaseTransport {
  /**
   * Tells what is known about the connection.
   *
   * @param name `"peername"`, `"sockname"`, `"sslInfo"` and others of each kind of transport.
   * @param fallback What to return for what is not known.
   */
  // deno-lint-ignore no-explicit-any
  getExtraInfo(name: string, fallback?: any): any;
  /** Whether it is closed, or about to be. */
  isClosing(): boolean;
  /** Closes it, after what was written; the protocol's `connectionLost(null)` follows. */
  close(): void;
  /**
   * Gives it another protocol.
   *
   * @param protocol Who is told from now on.
   */
  setProtocol(protocol: AnyProtocol): void;
  /** The protocol that it tells. */
  getProtocol(): AnyProtocol;
}

/** A transport that bytes come from. */
export interface ReadTransport extends BaseTransport {
  /** Whether it reads: neither paused nor closed. */
  isReading(): boolean;
  /** Reads no more, until told; what is already under way may still come then. */
  pauseReading(): void;
  /** Reads again. */
  resumeReading(): void;
}

/** A transport that bytes go to. */
export interface WriteTransport extends BaseTransport {
  /**
   * Sets the limits between which the protocol's `pauseWriting` and `resumeWriting` are called.
   *
   * @param limits The marks, in bytes.
   * @throws {RangeError} If they are no numbers of at least 0, or `low` is above `high`.
   */
  setWriteBufferLimits(limits?: WriteBufferLimits): void;
  /** How much is unsent, in bytes. */
  getWriteBufferSize(): number;
  /** The limits, in bytes. */
  getWriteBufferLimits(): { readonly low: number; readonly high: number };
  /**
   * Writes, without waiting.
   *
   * @param data Text, sent as UTF-8, or bytes. A large array is not copied: leave it unchanged
   * until it is sent.
   */
  write(data: Uint8Array | string): void;
  /**
   * Writes several pieces, as {@linkcode write} does each.
   *
   * @param pieces The pieces.
   */
  writelines(pieces: Iterable<Uint8Array | string>): void;
  /** Ends our direction after what was written; the peer can still send. */
  writeEof(): void;
  /** Whether {@linkcode writeEof} is possible. */
  canWriteEof(): boolean;
  /** Closes it at once, without what is not sent yet. */
  abort(): void;
}

/** A transport of a stream of bytes in both directions. */
export interface Transport extends ReadTransport, WriteTransport {}

/** A transport of datagrams. */
export interface DatagramTransport extends BaseTransport {
  /**
   * Sends a datagram, in the background.
   *
   * @param data What it holds.
   * @param address Where to; not needed where the socket has a remote address.
   */
  sendto(data: Uint8Array | string, address?: DatagramAddress | null): void;
  /** How much is unsent, in bytes. */
  getWriteBufferSize(): number;
  /** The limits between which the protocol is told to pause, in bytes. */
  getWriteBufferLimits(): { readonly low: number; readonly high: number };
  /**
   * Sets them.
   *
   * @param limits The marks, in bytes.
   */
  setWriteBufferLimits(limits?: WriteBufferLimits): void;
  /** Closes the socket at once, without what is not sent yet. */
  abort(): void;
}

/** A transport of a child process: its pipes and its end. */
export interface SubprocessTransport extends BaseTransport {
  /** The number of the process. */
  getPid(): number;
  /** How it ended: its exit code, minus the signal's number, or `null` while it runs. */
  getReturncode(): number | null;
  /**
   * One of its pipes.
   *
   * @param fd 0 for its input (a {@linkcode WriteTransport}), 1 for its output, 2 for its errors
   * ({@linkcode ReadTransport}s).
   * @returns The pipe's transport, or `null` where there is no pipe.
   */
  getPipeTransport(fd: number): BaseTransport | null;
  /**
   * Sends it a signal.
   *
   * @param signal Which.
   * @throws {ProcessLookupError} If it has ended.
   */
  sendSignal(signal: Deno.Signal): void;
  /** Asks it to end (`SIGTERM`). */
  terminate(): void;
  /** Kills it (`SIGKILL`). */
  kill(): void;
}
