/**
 * What `getExtraInfo` tells about a connection, on both faces of it.
 *
 * @module
 */

import type { ByteStream } from "../byte_stream.ts";

/**
 * Tells what is known about a connection.
 *
 * @param stream The connection.
 * @param name `"peername"`, the address of the other side; `"sockname"`, that of this side;
 * `"sslInfo"`, all that is known about its TLS; and of that, by Python's names, `"peercert"`, the
 * certificate that the other side has shown, `"cipher"`, the name of the cipher suite, and
 * `"compression"`, which TLS no longer has: `null`.
 * @returns What is known; `undefined` for other names, and without TLS.
 */
export function extraInfo(stream: ByteStream, name: string): unknown {
  switch (name) {
    case "peername":
      return stream.remoteAddress;
    case "sockname":
      return stream.localAddress;
    case "sslInfo":
      return stream.tlsInfo;
    case "peercert":
      return stream.tlsInfo?.peerCertificate;
    case "cipher":
      return stream.tlsInfo?.cipher;
    case "compression":
      return stream.tls ? null : undefined;
  }
  return undefined;
}
