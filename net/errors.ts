/**
 * What can go wrong between two ends of a connection, by Python's names: the
 * built-in `OSError` family, `ssl.SSLError`, and the exceptions of
 * `asyncio.streams`. `TimeoutError` is the loop's.
 *
 * @module
 */

import type { Origin } from "../loop/exceptions.ts";

/** Fields of an {@linkcode OSError}, given at its making. */
export interface OSErrorOptions extends ErrorOptions {
  /** What is known to the machine by this name: `"ECONNREFUSED"`. */
  code?: string;
  /** The host that the failure concerns. */
  hostname?: string;
  /** The port that the failure concerns. */
  port?: number;
  /** The file, pipe or Unix socket that the failure concerns. */
  path?: string;
}

/** The system, the network or the peer's machine failed us. The base of all errors of a connection. */
export class OSError extends Error {
  /** The name of the class. */
  override readonly name: string = "OSError";
  /** Where it comes from. */
  readonly origin: Origin = "transport";
  /** The kind of failure, for programs: the system's own name where it has one. */
  readonly code: string;
  /** The host that it concerns, where one was named. */
  readonly hostname?: string;
  /** The port that it concerns, where one was named. */
  readonly port?: number;
  /** The file, pipe or Unix socket that it concerns, where one was named. */
  readonly path?: string;

  /**
   * Makes the error.
   *
   * @param message What failed, where, and what to do.
   * @param options Its fields.
   */
  constructor(message: string, options: OSErrorOptions = {}) {
    super(message, options);
    this.code = options.code ?? "EIO";
    this.hostname = options.hostname;
    this.port = options.port;
    this.path = options.path;
  }
}

/** A connection could not be made, or did not last. `code` says how where no subclass does. */
export class ConnectionError extends OSError {
  /** The name of the class. */
  override readonly name: string = "ConnectionError";
}

/** Nothing listens at that port, or a firewall refuses it (`ECONNREFUSED`). */
export class ConnectionRefusedError extends ConnectionError {
  /** The name of the class. */
  override readonly name: string = "ConnectionRefusedError";

  /** Makes the error. */
  constructor(message: string, options: OSErrorOptions = {}) {
    super(message, { code: "ECONNREFUSED", ...options });
  }
}

/** The peer broke the connection off (`ECONNRESET`). */
export class ConnectionResetError extends ConnectionError {
  /** The name of the class. */
  override readonly name: string = "ConnectionResetError";

  /** Makes the error. */
  constructor(message: string, options: OSErrorOptions = {}) {
    super(message, { code: "ECONNRESET", ...options });
  }
}

/** The connection was closed on our side, while or before it was used (`ECONNABORTED`). */
export class ConnectionAbortedError extends ConnectionError {
  /** The name of the class. */
  override readonly name: string = "ConnectionAbortedError";
  /** Somebody on this side closed it. */
  override readonly origin: Origin = "usage";

  /** Makes the error. */
  constructor(message: string, options: OSErrorOptions = {}) {
    super(message, { code: "ECONNABORTED", ...options });
  }
}

/** We wrote to a connection whose other end is closed (`EPIPE`). */
export class BrokenPipeError extends ConnectionError {
  /** The name of the class. */
  override readonly name: string = "BrokenPipeError";

  /** Makes the error. */
  constructor(message: string, options: OSErrorOptions = {}) {
    super(message, { code: "EPIPE", ...options });
  }
}

/** The program may not do this: a permission of Deno's is missing, or one of the system's (`EACCES`). */
export class PermissionError extends OSError {
  /** The name of the class. */
  override readonly name: string = "PermissionError";
  /** Who starts the program grants permissions. */
  override readonly origin: Origin = "usage";

  /** Makes the error. */
  constructor(message: string, options: OSErrorOptions = {}) {
    super(message, { code: "EACCES", ...options });
  }
}

/** There is no such file or program (`ENOENT`). */
export class FileNotFoundError extends OSError {
  /** The name of the class. */
  override readonly name: string = "FileNotFoundError";

  /** Makes the error. */
  constructor(message: string, options: OSErrorOptions = {}) {
    super(message, { code: "ENOENT", ...options });
  }
}

/** The process has ended, and can be sent no signal (`ESRCH`). */
export class ProcessLookupError extends OSError {
  /** The name of the class. */
  override readonly name: string = "ProcessLookupError";
  /** Whoever sends a signal can look at `returncode` first. */
  override readonly origin: Origin = "usage";

  /** Makes the error. */
  constructor(message: string, options: OSErrorOptions = {}) {
    super(message, { code: "ESRCH", ...options });
  }
}

/** The file that was to be made is there already (`EEXIST`). */
export class FileExistsError extends OSError {
  /** The name of the class. */
  override readonly name: string = "FileExistsError";

  /** Makes the error. */
  constructor(message: string, options: OSErrorOptions = {}) {
    super(message, { code: "EEXIST", ...options });
  }
}

/** A file was wanted, and this is a directory (`EISDIR`). */
export class IsADirectoryError extends OSError {
  /** The name of the class. */
  override readonly name: string = "IsADirectoryError";

  /** Makes the error. */
  constructor(message: string, options: OSErrorOptions = {}) {
    super(message, { code: "EISDIR", ...options });
  }
}

/** A directory was wanted, and this is a file (`ENOTDIR`). */
export class NotADirectoryError extends OSError {
  /** The name of the class. */
  override readonly name: string = "NotADirectoryError";

  /** Makes the error. */
  constructor(message: string, options: OSErrorOptions = {}) {
    super(message, { code: "ENOTDIR", ...options });
  }
}

/** The host name could not be turned into an address (Python's `socket.gaierror`). */
export class ResolveError extends OSError {
  /** The name of the class. */
  override readonly name: string = "ResolveError";

  /** Makes the error. */
  constructor(message: string, options: OSErrorOptions = {}) {
    super(message, { code: "ENOTFOUND", ...options });
  }
}

/** TLS failed: the handshake, or what came after it. */
export class SSLError extends OSError {
  /** The name of the class. */
  override readonly name: string = "SSLError";

  /**
   * Makes the error; `code` is `ERR_TLS`, or says more: `ERR_TLS_PLAINTEXT`, `ERR_TLS_TRUNCATED`,
   * `ERR_TLS_INJECTION`, `ERR_TLS_ALERT` (the peer has refused us), `ERR_TLS_VERSION`,
   * `ERR_TLS_NO_ALPN`, `ERR_TLS_NO_CIPHER`, `ERR_TLS_CERTIFICATE_REQUIRED`, `ERR_TLS_WORKER` (a
   * {@linkcode TlsRealm} has no Worker).
   */
  constructor(message: string, options: OSErrorOptions = {}) {
    super(message, { code: "ERR_TLS", ...options });
  }
}

/** Why a certificate was refused. */
export type CertificateRefusal =
  | "unknown-issuer"
  | "wrong-host"
  | "expired"
  | "ca-as-leaf"
  | "wrong-fingerprint"
  | "other";

/** Fields of an {@linkcode SSLCertVerificationError}. */
export interface CertificateErrorOptions extends OSErrorOptions {
  /** Why the certificate was refused. */
  reason: CertificateRefusal;
}

/** The server's certificate was refused, and nothing was sent to it. */
export class SSLCertVerificationError extends SSLError {
  /** The name of the class. */
  override readonly name: string = "SSLCertVerificationError";
  /** The server shows the wrong certificate, or it is not the server. */
  override readonly origin: Origin = "peer";
  /** Why it was refused. */
  readonly reason: CertificateRefusal;

  /** Makes the error. */
  constructor(message: string, options: CertificateErrorOptions) {
    super(message, { code: "ERR_TLS_CERTIFICATE", ...options });
    this.reason = options.reason;
  }
}

/** The stream ended before what was asked for. */
export class EOFError extends Error {
  /** The name of the class. */
  override readonly name: string = "EOFError";
  /** The peer closed its side. */
  readonly origin: Origin = "peer";
  /** For programs. */
  readonly code: string = "ERR_EOF";
}

/** The stream ended in the middle of what was asked for. */
export class IncompleteReadError extends EOFError {
  /** The name of the class. */
  override readonly name: string = "IncompleteReadError";
  /** For programs. */
  override readonly code: string = "ERR_INCOMPLETE_READ";
  /** What came before the end; it is no longer in the stream. */
  readonly partial: Uint8Array;
  /** How many bytes were asked for; `null` where a separator was. */
  readonly expected: number | null;

  /**
   * Makes the error.
   *
   * @param partial What came before the end.
   * @param expected How many bytes were asked for; `null` where a separator was.
   */
  constructor(partial: Uint8Array, expected: number | null) {
    super(
      expected === null
        ? `The peer closed the connection in the middle: ${partial.length} bytes came, and no end of line or separator`
        : `The peer closed the connection after ${partial.length} of ${expected} bytes`,
    );
    this.partial = partial;
    this.expected = expected;
  }
}

/** No separator came within the limit of the stream. */
export class LimitOverrunError extends Error {
  /** The name of the class. */
  override readonly name: string = "LimitOverrunError";
  /** The peer sends more than was agreed to. */
  readonly origin: Origin = "peer";
  /** For programs. */
  readonly code: string = "ERR_LIMIT_OVERRUN";
  /** How many bytes can be read, by `readexactly`, before the separator or where it may begin. */
  readonly consumed: number;

  /**
   * Makes the error.
   *
   * @param message What was too long, and the limit.
   * @param consumed How many bytes lie before the separator or where it may begin.
   */
  constructor(message: string, consumed: number) {
    super(message);
    this.consumed = consumed;
  }
}
