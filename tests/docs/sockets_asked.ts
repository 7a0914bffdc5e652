/**
 * Asking the Deno that runs: the sockets and programs with which the sentences of docs/sockets.md
 * are tried.
 *
 * @module
 */

import dgram from "node:dgram";
import { once } from "node:events";

/** Uses a listener on loopback. */
export async function withListener<T>(use: (listener: Deno.TcpListener) => Promise<T>): Promise<T> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  try {
    return await use(listener);
  } finally {
    listener.close();
  }
}

/** Uses both ends of a connection over loopback. */
export function withPair<T>(
  use: (near: Deno.TcpConn, far: Deno.TcpConn) => Promise<T>,
): Promise<T> {
  return withListener(async (listener) => {
    const { port } = listener.addr;
    const [near, far] = await Promise.all([
      Deno.connect({ hostname: "127.0.0.1", port }),
      listener.accept(),
    ]);
    try {
      return await use(near, far);
    } finally {
      close(near);
      close(far);
    }
  });
}

/** A TLS connection before its handshake: enough to see what it offers. */
export function withTls(use: (connection: Deno.TlsConn) => string): Promise<string> {
  return withPair(async (near, far) => {
    const connection = await Deno.startTls(near, { hostname: "localhost" });
    const handshake = connection.handshake().catch(() => {});
    try {
      return use(connection);
    } finally {
      far.close();
      await handshake;
      close(connection);
    }
  });
}

/** Whether a socket for datagrams can be set up so: `"done"` or `"refused"`. */
export async function withDatagrams(use: (socket: dgram.Socket) => void): Promise<string> {
  const socket = await bound();
  try {
    use(socket);
    return "done";
  } catch {
    return "refused";
  } finally {
    await closed(socket);
  }
}

/** A socket for datagrams, on a free port of loopback. */
export async function bound(): Promise<dgram.Socket> {
  const socket = dgram.createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return socket;
}

/** Closes such a socket, and waits until it is. */
export async function closed(socket: dgram.Socket): Promise<void> {
  const closed = once(socket, "close");
  socket.close();
  await closed;
  await moment();
}

/** What kind of failure it is; `"sent"` for none. */
export function code(error: Error | null | undefined): string {
  return error ? String((error as { code?: string }).code) : "sent";
}

/** Runs a program in a process of its own, without permissions but those. */
export async function program(
  code: string,
  ...flags: string[]
): Promise<{ success: boolean; code: number; stderr: string }> {
  const url = `data:application/javascript,${encodeURIComponent(code)}`;
  const output = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", ...flags, url],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    signal: AbortSignal.timeout(30_000),
  }).output();
  const { success, code: status, stderr } = output;
  return { success, code: status, stderr: new TextDecoder().decode(stderr) };
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}

/** What kind of error it is. */
export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : String(error);
}

/** Lets what was done reach the other side. */
export function moment(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 30));
}
