/**
 * Proxies on loopback ports: SOCKS 5 and HTTP CONNECT, which know one name of
 * their own, note what they are asked for, and can be told to say no.
 *
 * @module
 */

import type { ByteStream } from "../../net/byte_stream.ts";
import { dialTcp, listenTcp } from "../../net/tcp/tcp.ts";
import { encodeReply, Socks5Server } from "../../protocols/socks/server.ts";
import { decodeLatin1, encodeLatin1 } from "../../protocols/text/latin1.ts";

/** A name that only the proxies know: this machine. */
export const HIDDEN = "hidden.invalid";

/** How a proxy behaves. */
export interface ProxyBehaviour {
  /** The user and the password that it wants, with a colon between them. */
  login?: string;
  /** What it answers in place of connecting: a reply of SOCKS, a status of HTTP. */
  refusal?: number;
  /** Headers of an HTTP proxy's answer, each with its line end. */
  headers?: string;
}

/** A running proxy. */
export interface Proxy extends AsyncDisposable {
  /** Its port on 127.0.0.1. */
  readonly port: number;
  /** What it was asked for, `host:port` each. */
  readonly asked: string[];
  /** Who came to it, as whom: `user:password` each. */
  readonly logins: string[];
}

/** Starts a SOCKS 5 proxy. */
export function startSocks(behaviour: ProxyBehaviour = {}): Promise<Proxy> {
  return start(async (client, proxy) => {
    const { login } = behaviour;
    const server = new Socks5Server(
      login === undefined ? {} : {
        check({ username, password }) {
          proxy.logins.push(`${username}:${password}`);
          return `${username}:${password}` === login;
        },
      },
    );
    const buffer = new Uint8Array(512);
    while (server.wanted > 0) {
      const count = await client.read(buffer.subarray(0, server.wanted));
      if (count === null) return;
      const { send } = server.push(buffer.subarray(0, count));
      if (send !== undefined) await writeAll(client, send);
    }
    if (server.request === undefined) return;
    const { hostname, port } = server.request.target;
    proxy.asked.push(`${hostname}:${port}`);
    if (behaviour.refusal) return await writeAll(client, encodeReply(behaviour.refusal));
    const host = await connect(hostname, port);
    if (host === undefined) return await writeAll(client, encodeReply(5));
    await writeAll(client, encodeReply(0, host.localAddress));
    await join(client, host);
  });
}

/** Starts an HTTP proxy that tunnels. */
export function startHttpProxy(behaviour: ProxyBehaviour = {}): Promise<Proxy> {
  return start(async (client, proxy) => {
    let head = "";
    const byte = new Uint8Array(1);
    while (!head.endsWith("\r\n\r\n")) {
      if (await client.read(byte) === null) return;
      head += decodeLatin1(byte);
    }
    const say = (status: number, headers = "") =>
      writeAll(client, encodeLatin1(`HTTP/1.1 ${status} So\r\n${headers}\r\n`));
    const token = /^Proxy-Authorization: Basic (.*)\r$/im.exec(head)?.[1];
    const login = token && new TextDecoder().decode(encodeLatin1(atob(token)));
    if (login !== undefined) proxy.logins.push(login);
    if (behaviour.login !== undefined && login !== behaviour.login) {
      return await say(407, behaviour.headers ?? 'Proxy-Authenticate: Basic realm="x"\r\n');
    }
    const [, name = "", port] = /^CONNECT (\S+):(\d+) HTTP\/1\.1\r/.exec(head)!;
    proxy.asked.push(`${name}:${port}`);
    if (behaviour.refusal) return await say(behaviour.refusal, behaviour.headers);
    const host = await connect(name.replace(/^\[|\]$/g, ""), Number(port));
    if (host === undefined) return await say(502);
    await say(200, behaviour.headers);
    await join(client, host);
  });
}

/** Starts what takes connections and answers as it likes. */
export async function start(
  serve: (client: ByteStream, proxy: Proxy) => Promise<void>,
): Promise<Proxy> {
  const listener = listenTcp({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<ByteStream>();
  const running = new Set<Promise<void>>();
  const proxy: Proxy = {
    port: listener.address.port,
    asked: [],
    logins: [],
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const stream of open) stream.close();
      await accepting;
      await Promise.all(running);
    },
  };
  const accepting = (async () => {
    for (;;) {
      const client = await listener.accept();
      if (client === null) return;
      open.add(client);
      // A client may go when it likes.
      const serving = serve(client, proxy).catch(() => {}).finally(() => {
        client.close();
        open.delete(client);
        running.delete(serving);
      });
      running.add(serving);
    }
  })();
  return await Promise.resolve(proxy);
}

/** Writes all of it. */
export async function writeAll(stream: ByteStream, data: Uint8Array): Promise<void> {
  for (let at = 0; at < data.length;) at += await stream.write(data.subarray(at));
}

/** Says its piece, one character a byte, and waits until the client is gone. */
export async function saying(client: ByteStream, said: string): Promise<void> {
  await writeAll(client, encodeLatin1(said));
  while (await client.read(new Uint8Array(512)) !== null);
}

async function connect(hostname: string, port: number): Promise<ByteStream | undefined> {
  try {
    return await dialTcp({ hostname: hostname === HIDDEN ? "127.0.0.1" : hostname, port });
  } catch {
    return undefined;
  }
}

/** Carries bytes both ways until one side is gone, or both have ended. */
async function join(one: ByteStream, other: ByteStream): Promise<void> {
  const carry = async (from: ByteStream, to: ByteStream) => {
    const buffer = new Uint8Array(65_536);
    for (;;) {
      const count = await from.read(buffer);
      if (count === null) return await to.closeWrite();
      await writeAll(to, buffer.subarray(0, count));
    }
  };
  try {
    await Promise.all([carry(one, other), carry(other, one)]);
  } finally {
    one.close();
    other.close();
  }
}
