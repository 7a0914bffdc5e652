/**
 * Records of the DNS by their kinds: mail servers, services, texts and the
 * rest (`Deno.resolveDns`).
 *
 * To ask needs `--allow-net` for the DNS server and its port. There are no
 * TLSA records (DANE), nor whether an answer was signed (DNSSEC): the platform
 * does not give them.
 *
 * @module
 */

import type { WaitOptions } from "../../loop/wait.ts";

/** A mail server (RFC 5321 §5.1). */
export interface MxRecord {
  /** The lower, the sooner to be tried. */
  readonly preference: number;
  /** Its name; `"."` where the domain takes no mail (RFC 7505). */
  readonly exchange: string;
}

/** A server of some service (RFC 2782). */
export interface SrvRecord {
  /** The lower, the sooner to be tried. */
  readonly priority: number;
  /** Among those of the same priority: the higher, the more often to be tried first. */
  readonly weight: number;
  /** Its port. */
  readonly port: number;
  /** Its name; `"."` where there is no such service. */
  readonly target: string;
}

/** A text (RFC 1035 §3.3.14). */
export interface TxtRecord {
  /** The text in one piece, as SPF and DKIM read it (RFC 7208 §3.3). */
  readonly text: string;
  /** The pieces of up to 255 bytes in which it came. */
  readonly chunks: readonly string[];
}

/** Who is in charge of a zone (RFC 1035 §3.3.13). */
export interface SoaRecord {
  /** The first server of the zone. */
  readonly mname: string;
  /** The address of who is in charge, its `@` written as a dot. */
  readonly rname: string;
  /** The version of the zone. */
  readonly serial: number;
  /** How often other servers look, in seconds. */
  readonly refresh: number;
  /** How soon they look again where they could not, in seconds. */
  readonly retry: number;
  /** How long they go on without, in seconds. */
  readonly expire: number;
  /** How long it holds that something does not exist, in seconds. */
  readonly minimum: number;
}

/** Who may issue certificates (RFC 8659). */
export interface CaaRecord {
  /** Whether who does not understand it must not issue. */
  readonly critical: boolean;
  /** What it is about: `"issue"`, `"issuewild"`, `"iodef"`. */
  readonly tag: string;
  /** What it says. */
  readonly value: string;
}

/** A rule that rewrites a name (RFC 3403). */
export interface NaptrRecord {
  /** The lower, the sooner. */
  readonly order: number;
  /** The same, among those of the same order. */
  readonly preference: number;
  /** What to do with the result. */
  readonly flags: string;
  /** The services that it leads to. */
  readonly services: string;
  /** The rule. */
  readonly regexp: string;
  /** The name in place of a rule. */
  readonly replacement: string;
}

/** What the records of each kind are. Names have no dot at their end, but for the root, `"."`. */
export interface DnsRecords {
  /** IPv4 addresses. */
  A: string;
  /** IPv6 addresses. */
  AAAA: string;
  /** What the name is an alias of. */
  CNAME: string;
  /** The servers of a zone. */
  NS: string;
  /** The names of an address. */
  PTR: string;
  /** Mail servers, in the order in which they are to be tried. */
  MX: MxRecord;
  /** Servers of a service, in the order in which they are to be tried. */
  SRV: SrvRecord;
  /** Texts. */
  TXT: TxtRecord;
  /** Who is in charge. */
  SOA: SoaRecord;
  /** Who may issue certificates. */
  CAA: CaaRecord;
  /** Rules that rewrite names, in their order. */
  NAPTR: NaptrRecord;
}

/** Options of {@linkcode resolve}. */
export interface ResolveOptions extends WaitOptions {
  /**
   * The DNS server to ask, an IP address and a port.
   *
   * @default {that of the system, port 53}
   */
  nameServer?: { hostname: string; port?: number };
  /**
   * Where the order among equals comes from: gives numbers from 0, included, to 1, excluded.
   *
   * @default {Math.random}
   */
  random?: () => number;
}

/**
 * Asks the DNS for records.
 *
 * Deno says the same where there is no such name, where it has no such records,
 * and where the server failed. Who decides by that (mail must wait when a
 * server failed, and go back when there is no such name) names the server: then
 * it is asked why, over TCP.
 *
 * @param name The name; for `"PTR"` an IP address does as well.
 * @param type The kind of records.
 * @param options Whom to ask, and what may end the wait.
 * @returns The records, at least one, in the order in which they are to be tried.
 * @throws {TypeError} If the name can be none.
 * @throws {RangeError} If the name is too long.
 * @throws {ResolveError} If there are none; `code` is `"ENOTFOUND"` where there is no such name,
 * `"ENODATA"` where it has no such records, `"ESERVFAIL"` where the server failed,
 * `"EREFUSED"` where it refused to answer, and `"ENORECORDS"` where that is not known: without
 * `nameServer`, or where it does not answer over TCP.
 * @throws {TimeoutError} If no server answers in time.
 * @throws {PermissionError} If the program may not ask the server.
 *
 * @example
 * ```ts
 * import { resolve } from "https://tulip.example/net/names/resolve.ts";
 *
 * async function mailServers(domain: string): Promise<string[]> {
 *   return (await resolve(domain, "MX")).map(({ exchange }) => exchange);
 * }
 * ```
 */
export async function resolve<Type extends keyof DnsRecords>(
  name: string,
  type: Type,
  options: ResolveOptions = {},
): Promise<DnsRecords[Type][]> {
  const { resolving } = await import("./resolving.ts");
  return await resolving(name, type, options) as DnsRecords[Type][];
}
