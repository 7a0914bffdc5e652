/**
 * What a peer may do in place of a good TLS handshake: `S! tls` of a script, with a word behind it.
 *
 * | word | the peer |
 * |---|---|
 * | none, `good` | shows a certificate that holds |
 * | `wrongHost`, `expired`, `unknownIssuer`, `selfSigned`, … | shows that one of `certs.ts` |
 * | `plaintext` | answers the client's hello with a line of text |
 * | `garbage` | answers it with noise |
 * | `old` | answers it in TLS 1.1 |
 * | `alert` | answers it with a fatal alert |
 * | `stalls` | answers it with the first bytes of a record, and no more |
 * | `deaf` | does not even read it |
 *
 * @module
 */

import { type Certificates, certificates } from "./certs.ts";
import { type Pipe, writeAll } from "./pipe.ts";
import { Random } from "./random.ts";

/** What the peer does. */
export type TlsMischief =
  | Exclude<keyof Certificates, "ca">
  | "plaintext"
  | "garbage"
  | "old"
  | "alert"
  | "stalls"
  | "deaf";

const NO_TLS: Readonly<Record<string, () => Uint8Array | undefined>> = {
  plaintext: () => new TextEncoder().encode("250 What do you mean?\r\n"),
  garbage() {
    const random = new Random(7);
    return Uint8Array.from({ length: 300 }, () => random.below(256));
  },
  // A ServerHello of TLS 1.1 (RFC 4346 §7.4.1.3): version 3.2, TLS_RSA_WITH_AES_128_CBC_SHA.
  old: () =>
    Uint8Array.of(
      ...[0x16, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2],
      ...new Uint8Array(32).fill(9),
      ...[0, 0, 0x2f, 0],
    ),
  alert: () => Uint8Array.of(0x15, 3, 3, 0, 2, 2, 40),
  stalls: () => Uint8Array.of(0x16, 3, 3, 1),
  deaf: () => undefined,
};

/**
 * Answers a client's handshake.
 *
 * @param pipe The connection.
 * @param mischief In which way.
 * @returns The encrypted connection, or the same one where there is to be none.
 */
export async function answer(pipe: Pipe, mischief: TlsMischief): Promise<Pipe> {
  const instead = NO_TLS[mischief];
  if (instead === undefined) {
    const identity = (await certificates())[mischief as Exclude<keyof Certificates, "ca">];
    if (identity === undefined) throw new Error(`Nobody knows how to do ${mischief} in TLS`);
    if (pipe.answerTls === undefined) throw new Error("This place cannot answer TLS");
    return await pipe.answerTls(identity);
  }
  const bytes = instead();
  if (bytes === undefined) return pipe;
  // The hello may come in pieces; the first is enough to be rude to.
  await pipe.read(new Uint8Array(16_384)).catch(() => null);
  await writeAll(pipe, bytes).catch(() => {});
  return pipe;
}

/** Whether a script may name this. */
export function isTlsMischief(word: string): word is TlsMischief {
  return word in NO_TLS || /^[a-z][A-Za-z]+$/.test(word);
}
