/**
 * The peers of the client tests on an old Deno: they run in a process of the newest one, which can
 * answer TLS in the middle of a connection, and reset one.
 *
 * @module
 */

import { FTPServer } from "../../stdlib/ftplib/mod.ts";
import { SMTPServer } from "../../stdlib/smtpd/mod.ts";
import { certificates } from "../peers/certs.ts";
import { scriptedOverSockets } from "../peers/scripted.ts";

/** The identities of TLS servers, by what is wrong with them. */
export type IdentityName = "good" | "wrongHost" | "expired" | "selfSigned" | "unknownIssuer";

/** Where the peers are: ports on 127.0.0.1. */
export interface Addresses {
  /** An embedded FTP server with `/hello.txt` ("Hello, old Deno.") and `/big.bin` (3 MB). */
  readonly ftp: number;
  /** An embedded SMTP server that takes every mail. */
  readonly smtp: number;
  /** One SMTP dialogue each, for one connection each. */
  readonly dialogues: { readonly starttls: number; readonly implicitTls: number };
  /** A connection that greets and is then reset. */
  readonly reset: number;
  /** TLS servers that greet with a line. */
  readonly tls: Readonly<Record<IdentityName, number>>;
  /** What to trust, for the identity that is given. */
  readonly caCerts: Readonly<Record<IdentityName, string[]>>;
}

/** Running peers. */
export interface Peers extends AsyncDisposable {
  readonly addresses: Addresses;
}

const SESSION = `
  C: EHLO old.example
  S: 250-you
  S: 250-PIPELINING
  S: 250 AUTH PLAIN
  C: AUTH PLAIN AG1lAHNlY3JldA==
  S: 235 In
  C: MAIL FROM:<a@b.c>
  C: RCPT TO:<d@e.f>
  C: DATA
  S: 250 Ok
  S: 250 Ok
  S: 354 Go
  C* .
  S: 250 Queued
  C: QUIT
  S: 221 Bye
  S! close`;

const STARTTLS = `
  S: 220 Hi
  C: EHLO old.example
  S: 250-you
  S: 250 STARTTLS
  C: STARTTLS
  S: 220 Go
  S! tls
  ${SESSION}`;

const IMPLICIT_TLS = `
  S! tls
  S: 220 Hi
  ${SESSION}`;

/** Starts all peers, on ports of the system's choice. */
export async function startPeers(): Promise<Peers> {
  const stack = new AsyncDisposableStack();
  const files = { "/hello.txt": "Hello, old Deno.", "/big.bin": new Uint8Array(3_000_000).fill(7) };
  const ftp = stack.use(await FTPServer.start({ files }));
  const smtp = stack.use(await SMTPServer.start());
  const scripts = await Promise.all([
    scriptedOverSockets(STARTTLS),
    scriptedOverSockets(IMPLICIT_TLS),
    scriptedOverSockets("S: 220 Hi\nC: NOOP\nS! reset"),
  ]);
  const [starttls, implicitTls, reset] = scripts;
  // A run of some of the tests does not play them all.
  stack.defer(() => scripts.forEach((script) => script.close()));

  const all = await certificates();
  const tls: Partial<Record<IdentityName, number>> = {};
  const caCerts: Partial<Record<IdentityName, string[]>> = {};
  for (const name of ["good", "wrongHost", "expired", "selfSigned", "unknownIssuer"] as const) {
    const listener = greetOverTls(all[name]);
    stack.defer(() => listener.close());
    tls[name] = listener.addr.port;
    caCerts[name] = all[name].caCerts;
  }
  return {
    addresses: {
      ftp: ftp.port,
      smtp: smtp.port,
      dialogues: { starttls: starttls.port, implicitTls: implicitTls.port },
      reset: reset.port,
      tls: tls as Addresses["tls"],
      caCerts: caCerts as Addresses["caCerts"],
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function greetOverTls({ cert, key }: { cert: string; key: string }): Deno.TlsListener {
  const listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key });
  (async () => {
    for await (const conn of listener) {
      // A client that refuses the certificate breaks the handshake off.
      conn.write(new TextEncoder().encode("220 encrypted\r\n"))
        .catch(() => {})
        .finally(() => conn.close());
    }
  })();
  return listener;
}
