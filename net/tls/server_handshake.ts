/**
 * TLS as a server, by `node:tls` over a stream of bytes.
 *
 * @module
 */

import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { rethrowIfCancelled } from "../../loop/exceptions.ts";
import type { ByteStream } from "../byte_stream.ts";
import { SSLError } from "../errors.ts";
import { hostAndPort } from "../native_errors.ts";
import { AdoptedStream } from "../transports/adopted_stream.ts";
import { Carrier } from "./carrier.ts";
import { askedFor, type Hello } from "./client_hello.ts";
import { refusedCertificate } from "./failures.ts";
import { handshake, shownChain, tlsInfo } from "./handshake.ts";
import type { ServerContext } from "./server_context.ts";
import { TicketWatch, type TlsSessions } from "./server_sessions.ts";
import { TlsStream } from "./tls_stream.ts";
import { verifyChain } from "./verify_chain.ts";

/**
 * Does the handshake, as the server.
 *
 * @param stream The connection; used up, and closed if the handshake fails.
 * @param context The certificates.
 * @param sessions Those that the connection may go on with, and to which its own is added, where
 * that is to be told.
 * @returns The encrypted stream.
 * @throws {SSLError} If the handshake fails.
 */
export async function serverHandshake(
  stream: ByteStream,
  context: ServerContext,
  sessions?: TlsSessions,
): Promise<TlsStream> {
  const { node, alpnProtocols, clientAuthorities } = context;
  const looks = context.hasSeveral || sessions !== undefined;
  const { plain, serverName, ticket } = looks ? await firstMessage(stream) : { plain: stream };
  // Before it is itself remembered.
  const belongs = ticket !== undefined && sessions?.has(ticket) === true;
  const carrier = new Carrier(sessions ? new TicketWatch(plain, sessions) : plain, node);
  const shown = context.identityFor(serverName);
  let socket: TLSSocket | undefined;
  try {
    const asks = clientAuthorities.length > 0;
    // A Duplex will do, though the types of Node ask for a socket.
    socket = new node.tls.TLSSocket(
      carrier.duplex as Duplex as TLSSocket,
      {
        isServer: true,
        allowHalfOpen: true,
        secureContext: shown.context,
        requestCert: asks,
        // Node verifies nothing here: it says of every certificate that it is not authorized.
        rejectUnauthorized: false,
        ...(alpnProtocols.length > 0 && { ALPNProtocols: [...alpnProtocols] }),
      } as ConstructorParameters<typeof node.tls.TLSSocket>[1],
    );
    await handshake(socket, carrier, "secure");
    const chain = asks ? shownChain(socket, node) : [];
    if (asks) checkClient(chain, context, stream);
    const info = tlsInfo(socket, {
      serverName: (socket as { servername?: string | null }).servername || undefined,
      peer: () => chain[0],
      server: () => shown.certificate,
      belongs: sessions && (socket.getProtocol() === "TLSv1.3" ? "untold" : belongs),
    }, node);
    return new TlsStream(socket, carrier, info);
  } catch (error) {
    rethrowIfCancelled(error);
    if (!carrier.hasSent) await sayWhy(error, carrier);
    carrier.close();
    // One that is only left holds its memory for ever.
    socket?.destroy();
    throw error;
  }
}

/** Reads as far as what the client asks for, where that makes a difference. */
async function firstMessage(stream: ByteStream): Promise<Hello & { plain: ByteStream }> {
  let buffer = new Uint8Array(FIRST_READ);
  let length = 0;
  for (;;) {
    const count = await stream.read(buffer.subarray(length)).catch((error) => {
      stream.close();
      throw error;
    });
    length += count ?? 0;
    const asked = count === null ? {} : askedFor(buffer.subarray(0, length));
    if (asked !== "more") {
      // Without a byte it is the end, which whoever goes on reads once more.
      const read = { buffer, result: Promise.resolve(length) };
      return { ...asked, plain: length === 0 ? stream : new AdoptedStream(stream, read) };
    }
    if (length === buffer.length) {
      const larger = new Uint8Array(length * 4);
      larger.set(buffer);
      buffer = larger;
    }
  }
}

const FIRST_READ = 4096;

function checkClient(
  chain: ReturnType<typeof shownChain>,
  { clientAuthorities, requiresCertificate }: ServerContext,
  { remoteAddress }: ByteStream,
): void {
  const what = `Cannot let in ${hostAndPort(remoteAddress)}`;
  if (chain.length === 0) {
    if (!requiresCertificate) return;
    throw new SSLError(`${what}: it has shown no certificate, and one is required`, {
      ...remoteAddress,
      code: "ERR_TLS_CERTIFICATE_REQUIRED",
    });
  }
  const refusal = verifyChain(chain, {
    trusted: clientAuthorities,
    purpose: "client",
    now: Date.now(),
  });
  if (refusal === null) return;
  throw refusedCertificate(refusal.reason, refusal.detail, what, { ...remoteAddress });
}

/** Deno does not send the alert over a stream of ours, so we do, as long as nothing is encrypted. */
async function sayWhy(error: unknown, { stream, turn }: Carrier): Promise<void> {
  if (!(error instanceof SSLError) || error.code === "ERR_TLS_ALERT") return;
  const alert = ALERTS[error.code] ?? HANDSHAKE_FAILURE;
  const record = new Uint8Array([0x15, 3, 3, 0, 2, FATAL, alert]);
  await Promise.race([stream.write(record), turn().then(turn)]).catch(() => {});
}

// RFC 8446 §6, B.2.
const FATAL = 2;
const HANDSHAKE_FAILURE = 40;
const ALERTS: Record<string, number> = {
  ERR_TLS_PLAINTEXT: 10,
  ERR_TLS_VERSION: 70,
  ERR_TLS_NO_ALPN: 120,
};
