/**
 * Data connections in passive mode: the client asks for a port and dials it
 * (EPSV, RFC 2428 §3; PASV, RFC 959 §4.1.2).
 *
 * EPSV comes first, because it names no address that could be wrong or false;
 * PASV is for servers that do not know it. The host is that of the control
 * connection: the address in the answer to PASV is a server's claim, by which a
 * client could be aimed at any other machine (CVE-2021-4189).
 *
 * @module
 */

import { rethrowIfCancelled, TimeoutError } from "../../loop/exceptions.ts";
import type { WaitOptions } from "../../loop/wait.ts";
import { openConnection } from "../../net/streams/connect.ts";
import type { Connection } from "../../net/streams/connection.ts";
import { PermissionError } from "../../net/errors.ts";
import type { HostPort } from "../../protocols/ftp/addresses.ts";
import { parse227, parse229 } from "../../protocols/ftp/replies.ts";
import type { Reply } from "../../protocols/text/reply.ts";
import { FTPError, parseReply, quoteCommand, replyError } from "./errors.ts";
import type { Session } from "./session.ts";

/**
 * Opens the data connection of a transfer. For who has the turn.
 *
 * @param session The session.
 * @param place Where the server waits for it.
 * @param command What the connection is for, for messages.
 * @param options How long to wait.
 * @returns The connection.
 * @throws {FTPError} If the server cannot be reached there.
 * @throws {TimeoutError} If dialling takes longer than `connectTimeout`.
 */
export async function openDataConnection(
  session: Session,
  { hostname, port }: HostPort,
  command: string,
  options: WaitOptions,
): Promise<Connection> {
  try {
    return await dial(session, hostname, port, options);
  } catch (error) {
    rethrowIfCancelled(error, options.signal);
    if (error instanceof PermissionError) throw error;
    const message = `${quoteCommand(command)}: cannot open the data connection to ${hostname}:` +
      `${port}, which the server named in its answer to ${session.passive}` +
      `${describe(error)}; a firewall may block its passive ports`;
    if (error instanceof TimeoutError) throw new TimeoutError(message, { cause: error });
    throw new FTPError(message, { origin: "transport", command, cause: error });
  }
}

/**
 * Asks for a port to dial. For who has the turn.
 *
 * @param session The session.
 * @param options How long to wait.
 * @returns Where the server waits for a data connection.
 * @throws {FTPError} If the server gives no port.
 */
export async function askForPort(session: Session, options: WaitOptions): Promise<HostPort> {
  const hostname = session.control.connection.remoteAddress.hostname;
  if (session.passive !== "PASV") {
    const reply = await session.ask("EPSV", options);
    if (reply.code === 229) {
      session.passive = "EPSV";
      return { hostname, port: parseReply(parse229, reply, "EPSV") };
    }
    if (session.passive === "EPSV" || !lacksEpsv(reply)) throw replyError(reply, "EPSV");
  }
  const reply = await session.ask("PASV", options);
  const address = parseReply(parse227, reply, "PASV");
  session.passive = "PASV";
  return session.options.trustServerPasvAddress ? address : { hostname, port: address.port };
}

/** Any 5xx may mean that EPSV is not known, or not for this kind of address; 530 asks for a login. */
function lacksEpsv(reply: Reply): boolean {
  return reply.code >= 500 && reply.code !== 530;
}

async function dial(
  session: Session,
  hostname: string,
  port: number,
  { signal, timeout }: WaitOptions,
): Promise<Connection> {
  const options = {
    signal,
    timeout: timeout ?? session.options.timeout,
    connectTimeout: session.options.connectTimeout,
    dial: session.dial,
    wireLog: session.options.wireLog,
    limit: session.maxLineLength,
  };
  try {
    return await openConnection(hostname, port, options);
  } catch (error) {
    rethrowIfCancelled(error, signal);
    // Who may connect to a name need not be allowed to connect to its address.
    if (!(error instanceof PermissionError) || hostname === session.host) throw error;
    return await openConnection(session.host, port, options);
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? ` (${error.message})` : "";
}
