/**
 * Data connections in active mode: the client listens, says where, and the
 * server dials (EPRT, RFC 2428 §2; PORT, RFC 959 §4.1.2).
 *
 * EPRT comes first, as it has room for both kinds of addresses; PORT is for IPv4
 * with servers that do not know it. Whoever finds the port can connect to it, so
 * only the host of the control connection is let in (RFC 2577 §5), once.
 *
 * @module
 */

import { TimeoutError } from "../../loop/exceptions.ts";
import { DEFAULT_TIMEOUT, interruptible, type WaitOptions } from "../../loop/wait.ts";
import type { ByteStream } from "../../net/byte_stream.ts";
import { OSError } from "../../net/errors.ts";
import type { Listen, Listener } from "../../net/listener.ts";
import { listenTcp } from "../../net/tcp/tcp.ts";
import type { HostPort } from "../../protocols/ftp/addresses.ts";
import { eprtCommand, portCommand } from "../../protocols/ftp/commands.ts";
import { isIPv4, isIPv6, unmapped } from "../../protocols/text/ip.ts";
import { quote } from "../../protocols/text/quote.ts";
import type { Reply } from "../../protocols/text/reply.ts";
import { FTPError, replyError } from "./errors.ts";
import type { Session } from "./session.ts";
import type { FTPOptions } from "./session_options.ts";

/**
 * Checks what is said about active mode.
 *
 * @throws {TypeError} If the address is none.
 * @throws {RangeError} If the ports are none.
 */
export function checkActive({ activeAddress, activePorts }: FTPOptions): void {
  if (activeAddress !== undefined && !isIPv4(activeAddress) && !isIPv6(activeAddress)) {
    throw new TypeError(`Cannot set activeAddress to ${quote(activeAddress)}: need an IP address`);
  }
  if (activePorts === undefined) return;
  const [first, last] = activePorts;
  const whole = Number.isInteger(first) && Number.isInteger(last);
  if (whole && first >= 1 && last >= first && last <= 65_535) return;
  throw new RangeError(`Cannot set activePorts to ${first} to ${last}: need ports from 1 to 65535`);
}

/**
 * Listens, and tells the server where. For who has the turn.
 *
 * @param session The session.
 * @param options How long to wait for the server's answer.
 * @returns What the server is to connect to; the caller's to close.
 * @throws {FTPError} If the server refuses.
 * @throws {OSError} If no port is free.
 * @throws {PermissionError} If the program may not listen.
 */
export async function announcePort(session: Session, options: WaitOptions): Promise<Listener> {
  const listener = listenBeside(session);
  let announced = false;
  try {
    const { hostname, port } = listener.address;
    const { activeAddress } = session.options;
    await announcePlace(
      session,
      { hostname: activeAddress ?? plainAddress(hostname), port },
      options,
    );
    announced = true;
    return listener;
  } finally {
    if (!announced) listener.close();
  }
}

/**
 * Tells the server where to dial. For who has the turn.
 *
 * @param session The session.
 * @param place Where.
 * @param options How long to wait.
 * @throws {FTPError} If the server refuses.
 */
export async function announcePlace(
  session: Session,
  place: HostPort,
  options: WaitOptions,
): Promise<void> {
  if (!isIPv4(place.hostname) && !isIPv6(place.hostname)) {
    throw new FTPError(
      `Cannot use active mode: this side of the connection is called ${quote(place.hostname)}, ` +
        "which is no IP address; give `activeAddress`",
      { origin: "usage" },
    );
  }
  if (session.active !== "PORT") {
    const command = eprtCommand(place);
    const reply = await session.ask(command, options);
    if (is2xx(reply)) {
      session.active = "EPRT";
      return;
    }
    const isKnown = session.active === "EPRT" || reply.code < 500 || reply.code === 530;
    if (isKnown || !isIPv4(place.hostname)) throw replyError(reply, command);
  }
  const command = portCommand(place);
  const reply = await session.ask(command, options);
  if (!is2xx(reply)) throw replyError(reply, command);
  session.active = "PORT";
}

/**
 * Waits for the server, and lets nobody else in. The listener is closed afterwards.
 *
 * @param session The session whose server is to come.
 * @param listener Where it is to come.
 * @param options What may end the wait, which is no longer than `connectTimeout`.
 * @returns The connection.
 * @throws {TimeoutError} If it does not come.
 */
export async function acceptServer(
  session: Session,
  listener: Listener,
  { signal }: WaitOptions,
): Promise<ByteStream> {
  const timeout = session.options.connectTimeout ?? DEFAULT_TIMEOUT;
  const accepting = acceptFrom(session.control.connection.remoteAddress.hostname, listener);
  let accepted: ByteStream | undefined;
  try {
    return accepted = await interruptible(accepting, {
      signal,
      timeout,
      timeoutError: () =>
        new TimeoutError(
          `The server did not open the data connection to port ${listener.address.port} within ` +
            `${timeout} ms. A firewall or a router may be in its way: use passive mode`,
        ),
    });
  } finally {
    listener.close();
    // It may still come, when nobody wants it any more.
    if (accepted === undefined) accepting.then((late) => late.close(), () => {});
  }
}

async function acceptFrom(server: string, listener: Listener): Promise<ByteStream> {
  for (;;) {
    const stream = await listener.accept();
    if (stream === null) {
      throw new FTPError("The port of a data connection was closed on our side", {
        origin: "usage",
      });
    }
    if (plainAddress(stream.remoteAddress.hostname) === plainAddress(server)) return stream;
    stream.close();
  }
}

function listenBeside(session: Session): Listener {
  const { listen = listenTcp, activePorts } = session.options;
  const { hostname } = session.control.connection.localAddress;
  if (activePorts === undefined) return listen({ hostname, port: 0 });
  return listenWithin(listen, hostname, activePorts);
}

/** Begins anywhere among the ports, so that the next one cannot be guessed. */
function listenWithin(
  listen: Listen,
  hostname: string,
  [first, last]: readonly [number, number],
): Listener {
  const count = last - first + 1;
  const start = Math.floor(Math.random() * count);
  for (let step = 0; step < count; step++) {
    const port = first + (start + step) % count;
    try {
      return listen({ hostname, port });
    } catch (error) {
      if (!(error instanceof OSError) || error.code !== "EADDRINUSE") throw error;
    }
  }
  throw new OSError(`Cannot listen for a data connection: ports ${first} to ${last} are taken`, {
    code: "EADDRINUSE",
    hostname,
    port: first,
  });
}

function is2xx({ code }: Reply): boolean {
  return code >= 200 && code < 300;
}

/** An address without its zone, and IPv4 as such. */
export function plainAddress(hostname: string): string {
  return unmapped(hostname.replace(/%.*$/, ""));
}
