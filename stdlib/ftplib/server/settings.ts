/**
 * From what an FTP server is told to what its sessions go by: checked, with the
 * defaults filled in.
 *
 * @module
 */

import { checkTimeout } from "../../../loop/wait.ts";
import { dialTcp, listenTcp } from "../../../net/tcp/tcp.ts";
import type { ServerTls } from "../../../net/tls/server_tls.ts";
import { checkLimit } from "../../../protocols/limits.ts";
import { isIPv4 } from "../../../protocols/text/ip.ts";
import { encodeReply } from "../../../protocols/text/reply.ts";
import type { FrameReplies } from "../../_server/command_server.ts";
import type { EventFeed } from "../../_server/event_feed.ts";
import { Throttle } from "../throttle.ts";
import { FTPReplyError } from "./errors.ts";
import type { FTPServerEvent } from "./events.ts";
import type { FileSystem } from "./filesystem.ts";
import type { Mischief } from "./misbehaviour.ts";
import type { FTPServerOptions } from "./options.ts";
import type { FTPSettings } from "./session.ts";
import { Users } from "./users.ts";

/** What the frame says in the words of FTP. */
export const REPLIES: FrameReplies = {
  closing: new FTPReplyError(421, "Service closing"),
  crowded: new FTPReplyError(421, "Too many connections"),
  silent: new FTPReplyError(421, "Too long silent, closing"),
  tooManyErrors: new FTPReplyError(421, "Too many errors, closing"),
  longLine: new FTPReplyError(500, "Line too long"),
  endlessLine: new FTPReplyError(421, "Line too long, closing"),
  failed: new FTPReplyError(451, "Local error, nothing was done"),
};

/** What a server has beside its options. */
export interface FTPServerParts {
  /** What is served. */
  readonly filesystem: FileSystem;
  /** Who looks on. */
  readonly feed: EventFeed<FTPServerEvent>;
  /** What goes wrong on purpose. */
  readonly mischief: Mischief;
  /** Told of errors. */
  readonly onError: (error: unknown) => void;
}

/**
 * Checks options.
 *
 * @param options What the server is told.
 * @param parts What else it has.
 * @throws {TypeError} If something makes no sense.
 * @throws {RangeError} If a limit, timeout or port range makes no sense.
 * @throws {RuntimeError} If TLS is asked for, and this Deno is too old.
 */
export async function settingsOf(
  options: FTPServerOptions,
  parts: FTPServerParts,
): Promise<FTPSettings> {
  const { welcome = "Tulip FTP server ready", bytesPerSecond, passiveAddress } = options;
  encodeReply(220, welcome, "free");
  if (typeof passiveAddress === "string" && !isIPv4(passiveAddress)) {
    throw new TypeError(
      `Cannot tell ${JSON.stringify(passiveAddress)} in answer to PASV: need an IPv4 address`,
    );
  }
  if (bytesPerSecond !== undefined) new Throttle(bytesPerSecond);
  const { filesystem, mischief, onError } = parts;
  return {
    filesystem,
    mischief,
    onError,
    users: new Users(options.users, options.authenticate),
    welcome,
    hosts: options.hosts,
    encoding: options.encoding ?? "utf-8",
    maxCommandLength: checkLimit("maxCommandLength", options.maxCommandLength, 4096),
    passivePorts: checkPorts(options.passivePorts),
    passiveAddress,
    active: options.active ?? true,
    foreignAddresses: options.foreignAddresses ?? false,
    privilegedPorts: options.privilegedPorts ?? false,
    dataTimeout: checkTimeout(options.dataTimeout, 30_000, "dataTimeout"),
    throttle: bytesPerSecond === undefined ? undefined : () => new Throttle(bytesPerSecond),
    maxLoginFailures: checkLimit("maxLoginFailures", options.maxLoginFailures, 3),
    loginDelay: checkTimeout(options.loginDelay, 500, "loginDelay"),
    ...await tlsOf(options),
    listen: options.listen ?? listenTcp,
    dial: options.dial ?? dialTcp,
    tell: teller(options.onEvent, parts),
  };
}

type TlsSettings = Pick<
  FTPSettings,
  "tls" | "implicit" | "requiresTls" | "requiresReuse" | "clearControl" | "handshakeTimeout"
>;

async function tlsOf(options: FTPServerOptions): Promise<TlsSettings> {
  const { tls, implicit = false, requireSessionReuse: requiresReuse = false } = options;
  const required = options.requireTls ?? tls !== undefined;
  if (tls === undefined && (implicit || required || requiresReuse)) {
    const option = implicit ? "implicit" : required ? "requireTls" : "requireSessionReuse";
    throw new TypeError(`Cannot use ${option} without tls: there is no certificate`);
  }
  return {
    tls: tls && await prepare(tls, requiresReuse === true),
    implicit,
    requiresTls: {
      login: required === true || required === "login",
      data: required === true || required === "data",
    },
    requiresReuse,
    clearControl: options.clearControl ?? false,
    handshakeTimeout: checkTimeout(options.handshakeTimeout, 30_000, "handshakeTimeout"),
  };
}

/**
 * TLS 1.2 is spoken unless the owner wants newer: in 1.3 a server sends tickets on every data
 * connection. A client that closes an upload without having read them resets the connection, and
 * what was still on its way is lost.
 */
async function prepare(
  tls: NonNullable<FTPServerOptions["tls"]>,
  olderOnly: boolean,
): Promise<ServerTls> {
  const { minVersion, maxVersion = minVersion ?? "TLSv1.2" } = tls;
  if (olderOnly && maxVersion === "TLSv1.3") {
    throw new RangeError(
      `Cannot tell sessions of TLS 1.3 apart: let requireSessionReuse be "any", or stay with TLSv1.2`,
    );
  }
  const { ServerTls } = await import("../../../net/tls/server_tls.ts");
  return await ServerTls.prepare({ ...tls, maxVersion });
}

function checkPorts(ports: FTPServerOptions["passivePorts"]): FTPServerOptions["passivePorts"] {
  const [first, last] = ports ?? [1, 1];
  const whole = Number.isInteger(first) && Number.isInteger(last);
  if (whole && 1 <= first && first <= last && last <= 65_535) return ports;
  throw new RangeError(`Cannot use the passive ports ${first} to ${last}`);
}

// An observer that throws must not break what it observes.
function teller(
  observe: FTPServerOptions["onEvent"],
  { feed, onError }: FTPServerParts,
): (event: FTPServerEvent) => void {
  return (event) => {
    feed.tell(event);
    try {
      observe?.(event);
    } catch (error) {
      onError(error);
    }
  };
}
