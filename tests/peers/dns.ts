/**
 * A DNS server on loopback, over UDP and TCP (RFC 1035): it answers from a table, says no in every
 * way, or nothing at all.
 *
 * @module
 */

import dgram from "node:dgram";
import { once } from "node:events";
import { Buffer } from "node:buffer";
import type { AddressInfo } from "node:net";

/** Numbers of record types. */
const TYPES = {
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

/** A kind of record. */
export type Kind = keyof typeof TYPES;

/** What a name holds: the data of its records by kind, or an answer that is none. */
export type Zone = Record<
  string,
  Partial<Record<Kind, number[][]>> | "SERVFAIL" | "REFUSED" | "silence"
>;

/** A running server. */
export interface DnsServer extends AsyncDisposable {
  /** Its port on 127.0.0.1. */
  readonly port: number;
  /** What it was asked, `name type` each. */
  readonly asked: string[];
}

/** Starts a server that knows what is in a table, and of everything else that it does not exist. */
export async function startDns(zone: Zone, { tcp = true } = {}): Promise<DnsServer> {
  const asked: string[] = [];
  const { socket, listener } = await bind(tcp);
  const { port } = socket.address() as AddressInfo;
  socket.on("message", (query, { address, port }) => {
    const answer = answerTo(new Uint8Array(query), zone, asked);
    if (answer !== undefined) socket.send(Buffer.from(answer), port, address);
  });
  const serving = listener && serveTcp(listener, zone, asked);
  return {
    port,
    asked,
    async [Symbol.asyncDispose]() {
      listener?.close();
      socket.close();
      await Promise.all([once(socket, "close"), serving]);
    },
  };
}

/** One port for both, which somebody else may have for TCP. */
async function bind(tcp: boolean): Promise<{ socket: dgram.Socket; listener?: Deno.TcpListener }> {
  for (;;) {
    const socket = dgram.createSocket("udp4");
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    if (!tcp) return { socket };
    const { port } = socket.address() as AddressInfo;
    try {
      return { socket, listener: Deno.listen({ hostname: "127.0.0.1", port }) };
    } catch (error) {
      socket.close();
      await once(socket, "close");
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}

async function serveTcp(listener: Deno.TcpListener, zone: Zone, asked: string[]): Promise<void> {
  for await (const client of listener) {
    const query = new Uint8Array(512);
    const count = await client.read(query) ?? 0;
    const answer = count > 2 ? answerTo(query.subarray(2, count), zone, asked) : undefined;
    if (answer) await client.write(Uint8Array.of(...two(answer.length), ...answer));
    client.close();
  }
}

/** Writes a name as records hold it. */
export function name(text: string): number[] {
  const labels = text.split(".").filter((label) => label !== "");
  return [...labels.flatMap((label) => chunk(label)), 0];
}

/** Writes a text of at most 255 bytes with its length before it. */
export function chunk(text: string): number[] {
  const bytes = new TextEncoder().encode(text);
  return [bytes.length, ...bytes];
}

/** Writes a number of two bytes. */
export function two(number: number): number[] {
  return [number >> 8, number & 0xff];
}

/** Writes a number of four bytes. */
export function four(number: number): number[] {
  return [...two(number >>> 16), ...two(number & 0xffff)];
}

function answerTo(query: Uint8Array, zone: Zone, asked: string[]): number[] | undefined {
  let at = 12;
  const labels: string[] = [];
  while (query[at]! > 0) {
    labels.push(new TextDecoder().decode(query.subarray(at + 1, at + 1 + query[at]!)));
    at += 1 + query[at]!;
  }
  const question = [...query.subarray(12, at + 5)];
  const type = query[at + 1]! << 8 | query[at + 2]!;
  const owner = labels.join(".").toLowerCase();
  const kind = Object.entries(TYPES).find(([, number]) => number === type)?.[0] as Kind | undefined;
  asked.push(`${owner} ${kind}`);
  const found = zone[owner];
  if (found === "silence") return undefined;

  const say = (code: number, records: number[][]) => [
    ...[query[0]!, query[1]!, 0x85, 0x80 | code],
    ...[...two(1), ...two(records.length), ...two(0), ...two(0)],
    ...question,
    ...records.flat(),
  ];
  if (found === undefined) return say(3, []);
  if (found === "SERVFAIL") return say(2, []);
  if (found === "REFUSED") return say(5, []);
  const records = (kind && found[kind]) ?? [];
  return say(
    0,
    records.map((
      data,
    ) => [0xc0, 12, ...two(type), 0, 1, ...four(60), ...two(data.length), ...data]),
  );
}
