/**
 * Proxies: SOCKS (RFC 1928, RFC 1929, 4, 4a) and HTTP CONNECT (RFC 9110
 * §9.3.6). Each is a {@linkcode Dial}, and so goes into the `dial` option of
 * every client, for its data connections too; TLS begins inside of it.
 *
 * Names of hosts are resolved by the proxy, which needs no permission here but
 * `--allow-net` for the proxy alone. The environment is never read:
 * `proxyFromUrl(Deno.env.get("ALL_PROXY")!)` does, where that is wanted.
 *
 * @module
 */

import { checkTimeout, DEFAULT_TIMEOUT } from "../../loop/wait.ts";
import { checkLimit } from "../../protocols/limits.ts";
import { checkLine } from "../../protocols/text/guard.ts";
import type { Dial } from "../byte_stream.ts";
import { inAscii } from "../names/idna.ts";
import { hostAndPort } from "../native_errors.ts";
import { openStream } from "../tcp/opening.ts";
import { checkHost, checkPort } from "../tcp/places.ts";
import type { TlsOptions } from "../tls/tls.ts";

/** Where a proxy is, and who we are to it. The TLS options are for the way to the proxy. */
export interface ProxyOptions extends TlsOptions {
  /** The host name or IP address of the proxy. */
  hostname: string;
  /** Its port. */
  port: number;
  /**
   * The user.
   *
   * @default no authentication
   */
  username?: string;
  /**
   * The password.
   *
   * @default {""}
   */
  password?: string;
  /**
   * Whether the proxy itself is spoken to over TLS.
   *
   * @default {false}
   */
  tls?: boolean;
  /**
   * What connects to the proxy: another proxy, for a chain of them.
   *
   * @default TCP
   */
  dial?: Dial;
  /**
   * The longest that it may take until the proxy has connected, in milliseconds.
   *
   * @default {30_000}
   */
  connectTimeout?: number;
}

/** Options of {@linkcode socks5Proxy} and {@linkcode socks4Proxy}. */
export interface SocksProxyOptions extends ProxyOptions {
  /**
   * Whether names are resolved on this machine, which needs `--allow-net` for them, and tells
   * whoever sees our questions where we go. The first address is taken.
   *
   * @default {false}
   */
  localNames?: boolean;
}

/** Options of {@linkcode httpProxy}. */
export interface HttpProxyOptions extends ProxyOptions {
  /**
   * Headers of the request, `Proxy-Authorization` say for other ways to authenticate than Basic.
   *
   * @default none
   */
  headers?: Record<string, string>;
  /**
   * The most bytes in the proxy's answer.
   *
   * @default {16_384}
   */
  maxHeadBytes?: number;
}

/** Options of {@linkcode proxyFromUrl}. */
export type ProxyUrlOptions = Pick<ProxyOptions, "dial" | "connectTimeout" | keyof TlsOptions>;

/**
 * Connects through a SOCKS 5 server (RFC 1928), with user and password where it wants them
 * (RFC 1929; they travel as they are, unless `tls` is on).
 *
 * @param options Where it is, and who we are.
 * @returns What connects. It throws {@linkcode ProxyError} where the proxy cannot be reached, does
 * not let us through, or does not reach the host.
 * @throws {TypeError} If the host, the user or the password cannot be sent.
 * @throws {RangeError} If the port or a time is out of range.
 *
 * @example
 * ```ts
 * import { openConnection } from "https://tulip.example/net/streams/connect.ts";
 * import { socks5Proxy } from "https://tulip.example/net/proxies/proxy.ts";
 *
 * const dial = socks5Proxy({ hostname: "127.0.0.1", port: 9050 });
 * const connect = (host: string) => openConnection(host, 443, { dial, tls: true });
 * ```
 */
export function socks5Proxy(options: SocksProxyOptions): Dial {
  return through("SOCKS 5", options, async (target) => {
    const { Socks5Client } = await import("../../protocols/socks/socks5.ts");
    const { username, password = "" } = options;
    const credentials = username === undefined ? undefined : { username, password };
    return new Socks5Client(options.localNames ? await resolved(target, 0) : target, credentials);
  });
}

/**
 * Connects through a SOCKS 4 server, which resolves names if it knows version 4a. That version
 * has no passwords, and no IPv6.
 *
 * @param options Where it is, and who we are.
 * @returns What connects. It throws {@linkcode ProxyError} where the proxy cannot be reached, does
 * not let us through, or does not reach the host.
 * @throws {TypeError} If the host or the user cannot be sent, or there is a password.
 * @throws {RangeError} If the port or a time is out of range.
 */
export function socks4Proxy(options: SocksProxyOptions): Dial {
  if (options.password) throw new TypeError("SOCKS 4 has no passwords: use SOCKS 5");
  return through("SOCKS 4", options, async (target) => {
    const { Socks4Client } = await import("../../protocols/socks/socks4.ts");
    return new Socks4Client(
      options.localNames ? await resolved(target, 4) : target,
      options.username,
    );
  });
}

/**
 * Connects through an HTTP proxy, by the request CONNECT (RFC 9110 §9.3.6), with Basic
 * authentication (RFC 7617; the password travels as it is, unless `tls` is on). Many proxies allow
 * it for port 443 alone.
 *
 * @param options Where it is, and who we are.
 * @returns What connects. It throws {@linkcode ProxyError} where the proxy cannot be reached, does
 * not let us through, or does not reach the host.
 * @throws {TypeError} If the host, the user or the password cannot be sent.
 * @throws {RangeError} If the port, a time or a limit is out of range.
 *
 * @example
 * ```ts
 * import { httpProxy } from "https://tulip.example/net/proxies/proxy.ts";
 * import { SMTP } from "https://tulip.example/stdlib/smtplib/mod.ts";
 *
 * const dial = httpProxy({ hostname: "proxy.example.org", port: 3128, username: "me" });
 * const connect = (host: string) => SMTP.connect(host, { port: 587, dial });
 * ```
 */
export function httpProxy(options: HttpProxyOptions): Dial {
  const { username, password, headers } = options;
  const maxHeadBytes = checkLimit("maxHeadBytes", options.maxHeadBytes, 16_384);
  if (username?.includes(":")) {
    throw new TypeError("Cannot send the username of the proxy: it holds a colon (RFC 7617 §2)");
  }
  return through("HTTP", options, async ({ hostname, port }) => {
    const { HttpConnectClient } = await import("../../protocols/http_connect/client.ts");
    return new HttpConnectClient({ hostname, port, username, password, headers }, { maxHeadBytes });
  });
}

/**
 * Makes a proxy of a URL, as `ALL_PROXY` and the like hold them:
 *
 * | URL | proxy | who resolves names |
 * | --- | --- | --- |
 * | `http://host:port` | HTTP CONNECT, port 80 by default | the proxy |
 * | `https://host:port` | the same over TLS, port 443 by default | the proxy |
 * | `socks5h://user:password@host:port` | SOCKS 5, port 1080 by default | the proxy |
 * | `socks5://…` | SOCKS 5 | this machine |
 * | `socks4a://…`, `socks4://…` | SOCKS 4 | the proxy, this machine |
 *
 * @param url The URL; user and password in percent-encoding.
 * @param options How to reach the proxy.
 * @returns What connects.
 * @throws {TypeError} If it is no URL of a proxy. The message does not repeat it, for the sake of
 * the password.
 * @throws {RangeError} If a time is out of range.
 *
 * @example
 * ```ts
 * import { proxyFromUrl } from "https://tulip.example/net/proxies/proxy.ts";
 *
 * const dial = proxyFromUrl("socks5h://me:secret@127.0.0.1:1080");
 * ```
 */
export function proxyFromUrl(url: string | URL, options: ProxyUrlOptions = {}): Dial {
  const parsed = URL.parse(String(url));
  const kind = KINDS[parsed?.protocol ?? ""];
  if (parsed === null || kind === undefined) {
    const known = Object.keys(KINDS).map((protocol) => `${protocol}//`).join(", ");
    throw new TypeError(`Cannot use that as the URL of a proxy: need one of ${known}`);
  }
  if (parsed.hostname === "" || /[^/]/.test(parsed.pathname + parsed.search + parsed.hash)) {
    throw new TypeError("Cannot use that as the URL of a proxy: need a host, and nothing after it");
  }
  return kind.make({
    ...options,
    ...kind.options,
    hostname: parsed.hostname,
    port: parsed.port === "" ? kind.port : Number(parsed.port),
    username: parsed.username === "" ? undefined : plain(parsed.username),
    password: parsed.password === "" ? undefined : plain(parsed.password),
  });
}

interface Kind {
  make(options: ProxyOptions & { localNames?: boolean }): Dial;
  readonly port: number;
  readonly options?: { tls?: boolean; localNames?: boolean };
}

const KINDS: Readonly<Record<string, Kind>> = {
  "http:": { make: httpProxy, port: 80 },
  "https:": { make: httpProxy, port: 443, options: { tls: true } },
  "socks5h:": { make: socks5Proxy, port: 1080 },
  "socks5:": { make: socks5Proxy, port: 1080, options: { localNames: true } },
  "socks4a:": { make: socks4Proxy, port: 1080 },
  "socks4:": { make: socks4Proxy, port: 1080, options: { localNames: true } },
};

type Shake = (target: Target) => Promise<import("../../protocols/handshake.ts").Handshake>;

interface Target {
  hostname: string;
  port: number;
}

function through(kind: string, options: ProxyOptions, shake: Shake): Dial {
  const { username, password } = options;
  const proxy = { hostname: checkHost(options.hostname), port: options.port };
  checkPort(proxy.port, 1);
  if (username !== undefined) checkLine("the username of the proxy", username);
  if (password !== undefined) checkLine("the password of the proxy", password);
  if (password && !username) throw new TypeError("Cannot send a password without a username");
  const connectTimeout = checkTimeout(options.connectTimeout, DEFAULT_TIMEOUT, "connectTimeout");
  const way = { ...options, connectTimeout };

  return (asked, { signal }) => {
    const target = { hostname: inAscii(checkHost(asked.hostname)), port: asked.port };
    checkPort(target.port, 1);
    const place = `${hostAndPort(target)} through the ${kind} proxy at ${hostAndPort(proxy)}`;
    const tunnel: Dial = async (_target, { signal }) => {
      const [handshake, { openTunnel }] = await Promise.all([
        shake(target),
        import("./tunnel.ts"),
      ]);
      const secrets = [username, password];
      return openTunnel({ target, proxy, place, kind, handshake, way, secrets, signal });
    };
    return openStream(target, place, { dial: tunnel, signal, connectTimeout });
  };
}

async function resolved(target: Target, family: 0 | 4): Promise<Target> {
  const { getaddrinfo } = await import("../names/getaddrinfo.ts");
  const [first] = await getaddrinfo(target.hostname, target.port, { family });
  return first!.address;
}

function plain(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw new TypeError("Cannot use that as the URL of a proxy: its user or password is no UTF-8");
  }
}
