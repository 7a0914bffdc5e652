/**
 * Why a DNS server gives no records, which `Deno.resolveDns` does not tell:
 * the question is put once more over TCP (RFC 7766), and the head of the
 * answer read.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../loop/exceptions.ts";
import { decodeHead, encodeQuestion, HEAD_LENGTH } from "../../protocols/dns/question.ts";
import type { RecordType } from "../../protocols/dns/question.ts";
import type { ByteStream } from "../byte_stream.ts";
import { dialTcp } from "../tcp/tcp.ts";

/** Why there are no records. */
export interface NoRecords {
  /** For programs. */
  readonly code: string;
  /** For people. */
  readonly words: string;
}

/**
 * Asks a server why.
 *
 * @param name The name.
 * @param type The kind of records.
 * @param server The server; without one there is nobody to ask.
 * @param signal Ends it.
 * @returns Why; it never fails for want of an answer.
 */
export async function whyNoRecords(
  name: string,
  type: RecordType,
  server: { hostname: string; port?: number } | undefined,
  signal: AbortSignal,
): Promise<NoRecords> {
  if (server === undefined) return UNKNOWN;
  try {
    const stream = await dialTcp({ hostname: server.hostname, port: server.port ?? 53 }, {
      signal,
    });
    const giveUp = () => stream.close();
    signal.addEventListener("abort", giveUp);
    try {
      const { responseCode, answers } = await askAgain(stream, name, type);
      // An answer this time: the server is of two minds.
      return answers > 0 ? UNKNOWN : REASONS[responseCode] ?? FAILED;
    } finally {
      signal.removeEventListener("abort", giveUp);
      giveUp();
    }
  } catch (error) {
    rethrowIfCancelled(error);
    if (signal.aborted) throw signal.reason;
    return UNKNOWN;
  }
}

async function askAgain(stream: ByteStream, name: string, type: RecordType) {
  const [id] = crypto.getRandomValues(new Uint16Array(1));
  const question = encodeQuestion(name, type, id!);
  for (let at = 0; at < question.length;) at += await stream.write(question.subarray(at));
  const head = new Uint8Array(HEAD_LENGTH);
  let have = 0;
  while (have < HEAD_LENGTH) {
    const count = await stream.read(head.subarray(have));
    if (count === null) break;
    have += count;
  }
  return decodeHead(head.subarray(0, have), id!);
}

const UNKNOWN: NoRecords = {
  code: "ENORECORDS",
  words: "there are no such records: the name may not exist or not have them, or the server failed",
};

const FAILED: NoRecords = {
  code: "ESERVFAIL",
  words: "the DNS server failed, which may pass: try again later",
};

/** By response code (RFC 1035 §4.1.1). */
const REASONS: Readonly<Record<number, NoRecords>> = {
  0: { code: "ENODATA", words: "the name exists, and has no such records" },
  2: FAILED,
  3: { code: "ENOTFOUND", words: "there is no such name" },
  5: { code: "EREFUSED", words: "the DNS server refuses to answer that" },
};
