/**
 * A question to a DNS server and the head of its answer (RFC 1035 §4.1), as
 * they travel over TCP (§4.2.2): enough to learn why there are no records.
 *
 * @module
 */

import { ProtocolError } from "../errors.ts";
import { encodeLatin1 } from "../text/latin1.ts";

/** The peer sent what is no answer to the question. */
export class DnsSyntaxError extends ProtocolError {
  /** The name of the class, as in every error. */
  override readonly name: string = "DnsSyntaxError";
}

/** Numbers of record types (RFC 1035 §3.2.2 and later ones). */
export const RECORD_TYPES = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  NAPTR: 35,
  CAA: 257,
} as const;

/** The kinds of records. */
export type RecordType = keyof typeof RECORD_TYPES;

/** The head of an answer. */
export interface DnsHead {
  /** 0 for none, 2 the server failed, 3 no such name, 5 refused (RFC 1035 §4.1.1). */
  readonly responseCode: number;
  /** How many records it holds. */
  readonly answers: number;
}

/** How many bytes of the answer, with the length before it, hold its head. */
export const HEAD_LENGTH = 2 + 12;
const ANSWER = 0x8000;
const RECURSION_DESIRED = 0x0100;
const INTERNET = 1;

/**
 * Checks the name of a host or a record.
 *
 * @param name The name in ASCII; a dot at its end makes no difference.
 * @returns The name without that dot; empty for the root.
 * @throws {TypeError} If it has empty labels, or characters that no name in use has.
 * @throws {RangeError} If it, or one of its labels, is too long (RFC 1035 §2.3.4).
 */
export function checkName(name: string): string {
  if (typeof name !== "string" || !/^[\x21-\x7e]+$/.test(name)) {
    throw new TypeError("Cannot ask for that name: need visible characters of ASCII");
  }
  const bare = name.endsWith(".") ? name.slice(0, -1) : name;
  if (bare === "") return "";
  if (bare.length > 253) {
    throw new RangeError(`Cannot ask for that name: it has ${bare.length} bytes, 253 are the most`);
  }
  for (const label of bare.split(".")) {
    if (label === "") throw new TypeError("Cannot ask for that name: it has two dots in a row");
    if (label.length > 63) {
      throw new RangeError(
        `Cannot ask for that name: ${label.length} bytes between two dots, 63 are the most`,
      );
    }
  }
  return bare;
}

/**
 * Writes a question, with its length before it.
 *
 * @param name The name, in ASCII.
 * @param type The kind of records.
 * @param id A number from 0 to 65535, which the answer repeats.
 * @returns The question.
 * @throws {TypeError} If the name is none.
 * @throws {RangeError} If the name is too long.
 */
export function encodeQuestion(name: string, type: RecordType, id: number): Uint8Array {
  const labels = checkName(name).split(".").filter((label) => label !== "");
  const message = [
    ...[...two(id), ...two(RECURSION_DESIRED), ...two(1), ...two(0), ...two(0), ...two(0)],
    ...labels.flatMap((label) => [label.length, ...encodeLatin1(label)]),
    ...[0, ...two(RECORD_TYPES[type]), ...two(INTERNET)],
  ];
  return Uint8Array.of(...two(message.length), ...message);
}

/**
 * Reads the head of an answer, with the length before it.
 *
 * @param bytes At least its first {@linkcode HEAD_LENGTH} bytes.
 * @param id The number of the question.
 * @returns The head.
 * @throws {DnsSyntaxError} If it is no answer to that question.
 */
export function decodeHead(bytes: Uint8Array, id: number): DnsHead {
  const number = (at: number) => bytes[at]! << 8 | bytes[at + 1]!;
  if (bytes.length < HEAD_LENGTH || number(0) < HEAD_LENGTH - 2) {
    throw new DnsSyntaxError("Expected the answer of a DNS server, which is too short");
  }
  const flags = number(4);
  if (number(2) !== id || (flags & ANSWER) === 0) {
    throw new DnsSyntaxError("Expected the answer of a DNS server to our question");
  }
  return { responseCode: flags & 0xf, answers: number(8) };
}

function two(number: number): [number, number] {
  return [number >> 8, number & 0xff];
}
