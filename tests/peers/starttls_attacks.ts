/**
 * What somebody between a client and its server can do where TLS begins in the middle of a
 * connection: the attacks of "Why TLS Is Better Without STARTTLS" (Poddebniak and others, USENIX
 * Security 2021), and whatever else a server may do there. Each is a script, made for the dialect of
 * a protocol.
 *
 * @module
 */

import type { TlsMischief } from "./tls_mischief.ts";

/** How a protocol begins TLS. Lines are those of `script.ts`. */
export interface StarttlsDialect {
  /** From the greeting until the server has said what it can do, TLS among it. */
  readonly offered: string;
  /** The same, without TLS among it. */
  readonly stripped: string;
  /** The client asks for TLS. */
  readonly ask: string;
  /** The server agrees: the line without its end. */
  readonly yes: string;
  /** The server does not: the line without its end. */
  readonly no: readonly string[];
  /** Other replies that are no consent, though they say that something went well. */
  readonly almost: readonly string[];
  /** What somebody would like to be taken for the server's words under TLS: lines with their ends. */
  readonly injected: string;
  /** What the client says if it goes on, up to what is secret, and what is said to it. */
  readonly rest: string;
  /** What must never be said in the clear. */
  readonly secret: RegExp;
}

/** One attack. */
export interface StarttlsAttack {
  readonly name: string;
  /** See `script.ts`. */
  readonly script: string;
  /** Whether the client has to wait for its time limit. */
  readonly slow?: boolean;
}

/** How the handshake may go wrong. */
const MISCHIEF: readonly TlsMischief[] = [
  ...["wrongHost", "expired", "notYetValid", "unknownIssuer", "selfSignedLeaf"] as const,
  ...["plaintext", "garbage", "old", "alert"] as const,
];

/** Every attack on a client. What comes after it is there for a client that falls for it. */
export function starttlsAttacks(dialect: StarttlsDialect): StarttlsAttack[] {
  const { offered, stripped, ask, yes, no, almost, injected, rest } = dialect;
  const asked = `${offered}\n${ask}`;
  const attacks: [name: string, script: string][] = [
    ["stripped from what the server can do", `${stripped}\n${rest}`],
    ...no.map((line): [string, string] => [`refused: ${line}`, `${asked}\nS: ${line}\n${rest}`]),
    ...almost.map((line): [string, string] => [
      `answered with ${line}`,
      `${asked}\nS: ${line}\nS! tls\n${rest}`,
    ]),
    [
      "words put in behind the consent, in one segment",
      `${asked}\n${raw(`${yes}\r\n${injected}`)}\nS! tls\n${rest}`,
    ],
    [
      "half a line put in behind the consent",
      `${asked}\n${raw(`${yes}\r\n${injected.slice(0, 2)}`)}\nS! tls\n${rest}`,
    ],
    [
      "words put in behind the consent, a little later",
      `${asked}\nS: ${yes}\nS! turn\n${raw(injected)}\nS! tls\n${rest}`,
    ],
    ["answered twice, in one segment", `${asked}\n${raw(`${yes}\r\n${yes}\r\n`)}\nS! tls\n${rest}`],
    ["answered twice", `${asked}\nS: ${yes}\nS! turn\nS: ${yes}\nS! tls\n${rest}`],
    [
      "answered before it was asked",
      `${offered}\n${raw(`${yes}\r\n`)}\n${ask}\nS: ${yes}\nS! tls\n${rest}`,
    ],
    ["answered, and then in the clear", `${asked}\nS: ${yes}\n${raw(injected)}\n${rest}`],
    ["answered, and then the end", `${asked}\nS: ${yes}\nS! close`],
    ["answered, and then a reset", `${asked}\nS: ${yes}\nS! turn\nS! reset`],
    ["answered by the end", `${asked}\nS! close`],
    ...MISCHIEF.map((how): [string, string] => [
      `a handshake that is ${how}`,
      `${asked}\nS: ${yes}\nS! tls ${how}\n${rest}`,
    ]),
  ];
  const slow: [name: string, script: string][] = [
    ["answered, and then silence", `${asked}\nS: ${yes}\nS! silence`],
    ["a handshake that stalls", `${asked}\nS: ${yes}\nS! tls stalls\nS! silence`],
    ["answered by silence", `${asked}\nS! silence`],
  ];
  return [
    ...attacks.map(([name, script]) => ({ name, script })),
    ...slow.map(([name, script]) => ({ name, script, slow: true })),
  ];
}

/** Bytes as a line of a script. */
function raw(text: string): string {
  return `S= ${text.replaceAll("\r", "\\r").replaceAll("\n", "\\n")}`;
}
