/**
 * Which servers take the TLS session of any client for a data connection, so
 * that the clients of one program need not be kept apart.
 *
 * @module
 */

/**
 * The greetings of servers that do: vsftpd takes any session of its own, and the others do not ask
 * for one. ProFTPD and FileZilla want that of the control connection.
 */
const TAKES_ANY = /vsFTPd|Pure-FTPd|pyftpdlib/;

/** How many servers are remembered; the oldest is forgotten first. */
const REMEMBERED = 256;
const others = new Set<string>();

/**
 * Says whether the clients of a server may share a session.
 *
 * @param host Its host.
 * @param port Its port.
 * @param greeting How it greets.
 * @returns What to call the server among those that share; `undefined` if they must not.
 */
export function sharedBy(
  { host, port }: { host: string; port: number },
  greeting: readonly string[],
): string | undefined {
  const server = `${host} ${port}`;
  const shares = !others.has(server) && greeting.some((line) => TAKES_ANY.test(line));
  return shares ? server : undefined;
}

/**
 * Notes that a server has refused a session, so that its next clients are kept apart.
 *
 * @param server What it was called.
 */
export function keepApart(server: string): void {
  const [oldest] = others;
  if (others.size >= REMEMBERED) others.delete(oldest!);
  others.add(server);
}
