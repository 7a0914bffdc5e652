/**
 * Data connections that the server makes, to where the client says (PORT, EPRT;
 * RFC 959 §4.1.2, RFC 2428 §2).
 *
 * A server that connects to wherever it is told is a weapon against third
 * parties (RFC 2577 §3): so it connects to the client's own address alone, and
 * to no port below 1024, unless its owner has switched that off.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../../loop/exceptions.ts";
import { interruptible } from "../../../loop/wait.ts";
import type { ByteStream, Dial } from "../../../net/byte_stream.ts";
import type { HostPort } from "../../../protocols/ftp/addresses.ts";
import { parseExtended, parseHostPort } from "../../../protocols/ftp/addresses.ts";
import { isIPv4, unmapped } from "../../../protocols/text/ip.ts";
import { formatIp, ipBytes } from "../../../protocols/text/ip_bytes.ts";
import type { DataPort } from "./data.ts";
import { FTPReplyError } from "./errors.ts";
import type { FTPSessionState } from "./session.ts";

/** PORT. */
export function port(session: FTPSessionState, argument: string): void {
  refuseOff(session);
  if (session.extendedOnly) throw new FTPReplyError(503, "EPSV ALL was sent");
  const target = parseHostPort(argument);
  if (!target) throw new FTPReplyError(501, "Expected PORT h1,h2,h3,h4,p1,p2");
  take(session, target);
}

/** EPRT. */
export function eprt(session: FTPSessionState, argument: string): void {
  refuseOff(session);
  if (session.extendedOnly) throw new FTPReplyError(503, "EPSV ALL was sent");
  const family = isIPv4(unmapped(session.channel.localAddress.hostname)) ? "1" : "2";
  const asked = /^([!-/:-~])(\d+)\1/.exec(argument)?.[2];
  if (asked !== undefined && asked !== "1" && asked !== "2") {
    throw new FTPReplyError(522, `Network protocol not supported, use (${family})`);
  }
  const target = parseExtended(argument);
  if (!target) throw new FTPReplyError(501, "Expected EPRT |family|address|port|");
  take(session, target);
}

function refuseOff({ settings }: FTPSessionState): void {
  if (!settings.active) throw new FTPReplyError(502, "Only passive mode is here: use PASV or EPSV");
}

function take(session: FTPSessionState, target: HostPort): void {
  const { settings, channel } = session;
  if (!settings.foreignAddresses && !isSame(target.hostname, channel.remoteAddress.hostname)) {
    throw new FTPReplyError(504, "Data connections go to your own address alone");
  }
  if (!settings.privilegedPorts && target.port < 1024) {
    throw new FTPReplyError(504, "Data connections go to no port below 1024");
  }
  session.closeData();
  session.dataPort = new ActivePort(target, settings.dial, settings.dataTimeout);
  session.channel.reply(200, "The next data connection goes there");
}

/** One data connection that is still to be made. */
class ActivePort implements DataPort {
  readonly #target: HostPort;
  readonly #dial: Dial;
  readonly #timeout: number;
  readonly #ending = new AbortController();

  constructor(target: HostPort, dial: Dial, timeout: number) {
    this.#target = target;
    this.#dial = dial;
    this.#timeout = timeout;
  }

  async connection(): Promise<ByteStream> {
    const { signal } = this.#ending;
    const dialling = this.#dial(this.#target, { signal });
    let done = false;
    try {
      const stream = await interruptible(dialling, { timeout: this.#timeout, signal });
      done = true;
      return stream;
    } catch (error) {
      rethrowIfCancelled(error);
      throw new FTPReplyError(425, "Cannot open the data connection", { cause: error });
    } finally {
      if (!done) {
        dialling.then((late) => late.close(), () => {});
        this.close();
      }
    }
  }

  close(): void {
    this.#ending.abort(new FTPReplyError(426, "Transfer aborted"));
  }
}

/** Whether two addresses are the same. A connection in memory has no address, only this machine's name. */
function isSame(target: string, peer: string): boolean {
  const [a, b] = [target, peer].map((text) => ipBytes(unmapped(text)));
  if (a === undefined) return false;
  if (b === undefined) return peer === "localhost" && (a[0] === 127 || formatIp(a) === "::1");
  return String(a) === String(b);
}
