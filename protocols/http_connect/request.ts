/**
 * The request CONNECT (RFC 9110 §9.3.6), and passwords in it (RFC 7617).
 *
 * @module
 */

import { encodeBase64 } from "../text/base64.ts";
import { checkLine } from "../text/guard.ts";
import { isIPv6 } from "../text/ip.ts";
import { encodeLatin1 } from "../text/latin1.ts";

/** Where an HTTP proxy is to connect to, and what else it is told. */
export interface HttpConnectRequest {
  /** A host name in ASCII, or an IP address, IPv6 without brackets. */
  readonly hostname: string;
  /** The port, 1 to 65535. */
  readonly port: number;
  /**
   * The user, for Basic authentication (RFC 7617); without a colon.
   *
   * @default no authentication
   */
  readonly username?: string;
  /**
   * The password.
   *
   * @default {""}
   */
  readonly password?: string;
  /**
   * Headers to send, `User-Agent` say, or `Proxy-Authorization` for other kinds of authentication.
   *
   * @default none
   */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The most characters in the name of a host (RFC 1035 §2.3.4, with the dot at its end). */
const LONGEST_HOST = 255;

/**
 * Writes the request.
 *
 * @param request Where to, and as whom.
 * @returns The request, with the empty line at its end.
 * @throws {TypeError} If the host, a header or the credentials cannot be sent.
 * @throws {RangeError} If the port or the host's length is out of range.
 */
export function encodeConnect(request: HttpConnectRequest): Uint8Array {
  const target = authority(request);
  const lines = [`CONNECT ${target} HTTP/1.1`, `Host: ${target}`];
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    checkHeader(name, value);
    lines.push(`${name}: ${value}`);
  }
  const secret = basicCredentials(request);
  if (secret !== undefined) lines.push(`Proxy-Authorization: Basic ${secret}`);
  return encodeLatin1(`${lines.join("\r\n")}\r\n\r\n`);
}

/**
 * Writes a user and a password as Basic authentication has them (RFC 7617 §2), in UTF-8.
 *
 * @param credentials Both.
 * @returns The token after `Basic`, or `undefined` where there is no user.
 * @throws {TypeError} If the user holds a colon, or one of them a line end or NUL.
 */
export function basicCredentials(
  { username, password = "" }: { username?: string; password?: string },
): string | undefined {
  if (username === undefined) {
    if (password === "") return undefined;
    throw new TypeError("Cannot send a password to the proxy without a username");
  }
  checkLine("the username of the proxy", username);
  checkLine("the password of the proxy", password);
  if (username.includes(":")) {
    throw new TypeError("Cannot send the username of the proxy: it holds a colon (RFC 7617 §2)");
  }
  return encodeBase64(`${username}:${password}`);
}

function authority({ hostname, port }: HttpConnectRequest): string {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new RangeError(`Cannot send ${port} as a port: need a whole number from 1 to 65535`);
  }
  if (typeof hostname === "string" && hostname.length > LONGEST_HOST) {
    throw new RangeError(
      `Cannot send the host to the proxy: it has ${hostname.length} bytes, not ${LONGEST_HOST}`,
    );
  }
  if (isIPv6(hostname)) return `[${hostname}]:${port}`;
  // What may stand in the name of a host (RFC 3986 §3.2.2), and nothing that would end it.
  if (!/^[\w.~!$&'()*+,;=%-]+$/.test(hostname)) {
    throw new TypeError("Cannot send the host to the proxy: need a name in ASCII or an IP address");
  }
  return `${hostname}:${port}`;
}

function checkHeader(name: string, value: string): void {
  if (!/^[!#$%&'*+.^`|~\w-]+$/.test(name) || /^host$/i.test(name)) {
    throw new TypeError("Cannot send a header to the proxy: its name is none, or is Host");
  }
  checkLine(`the header ${name}`, value, "latin-1");
}
