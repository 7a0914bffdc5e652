/**
 * How records of the DNS are asked for, checked, explained and put in order.
 *
 * @module
 */

import { rethrowIfCancelled, TimeoutError } from "../../loop/exceptions.ts";
import { checkTimeout, DEFAULT_TIMEOUT, interruptible } from "../../loop/wait.ts";
import { orderByPreference, orderByWeight } from "../../protocols/dns/order.ts";
import type { Random } from "../../protocols/dns/order.ts";
import { checkName, RECORD_TYPES } from "../../protocols/dns/question.ts";
import type { RecordType } from "../../protocols/dns/question.ts";
import { isIPv4, isIPv6 } from "../../protocols/text/ip.ts";
import { quote } from "../../protocols/text/quote.ts";
import { PermissionError, ResolveError } from "../errors.ts";
import { inAscii } from "./idna.ts";
import { checkPort } from "../tcp/places.ts";
import type {
  CaaRecord,
  MxRecord,
  NaptrRecord,
  ResolveOptions,
  SoaRecord,
  SrvRecord,
} from "./resolve.ts";
import { reverseName } from "./reverse_name.ts";
import { whyNoRecords } from "./why_no_records.ts";

/**
 * Asks the DNS for records.
 *
 * @param name The name.
 * @param type The kind of records.
 * @param options Whom to ask, and what may end the wait.
 * @returns The records, in the shape of their kind.
 */
export async function resolving(
  name: string,
  type: RecordType,
  options: ResolveOptions,
): Promise<unknown[]> {
  const asked = nameToAsk(name, type);
  const { signal, nameServer, random = Math.random } = options;
  const timeout = checkTimeout(options.timeout, DEFAULT_TIMEOUT);
  if (nameServer !== undefined) checkServer(nameServer);
  signal?.throwIfAborted();

  const stop = new AbortController();
  try {
    const records = await interruptible(ask(asked, type, nameServer, stop.signal), {
      signal,
      timeout,
      timeoutError: () => silent(asked, type, timeout),
    });
    return sorted(type, records, random);
  } finally {
    stop.abort();
  }
}

/** What ends sooner than this has not waited for anybody, in milliseconds. */
const SHORTEST_WAIT = 500;

type Server = NonNullable<ResolveOptions["nameServer"]>;

function nameToAsk(name: string, type: RecordType): string {
  if (!Object.hasOwn(RECORD_TYPES, type)) {
    throw new TypeError(`Cannot ask for records of kind ${quote(String(type))}`);
  }
  if (isIPv4(name) || isIPv6(name)) {
    if (type === "PTR") return reverseName(name);
    throw new TypeError(`Cannot ask for ${type} of ${name}: it is an address, and needs a name`);
  }
  return checkName(inAscii(name));
}

function checkServer({ hostname, port = 53 }: Server): void {
  if (!isIPv4(hostname) && !isIPv6(hostname)) {
    throw new TypeError(`Cannot ask ${quote(String(hostname))}: need the IP address of a server`);
  }
  checkPort(port, 1);
}

async function ask(
  name: string,
  type: RecordType,
  server: Server | undefined,
  signal: AbortSignal,
): Promise<unknown[]> {
  const nameServer = server && { ipAddr: server.hostname, port: server.port ?? 53 };
  for (;;) {
    const began = performance.now();
    try {
      // A dot at the end keeps the system's list of domains to be tried out of it.
      return await Deno.resolveDns(`${name}.`, type, { nameServer, signal });
    } catch (error) {
      rethrowIfCancelled(error);
      if (signal.aborted) throw signal.reason;
      // Deno gives up after two seconds; how long to be patient is for the caller to say.
      const waited = performance.now() - began > SHORTEST_WAIT;
      if (error instanceof Deno.errors.TimedOut && waited) continue;
      throw await explained(error, name, type, server, signal);
    }
  }
}

async function explained(
  error: unknown,
  name: string,
  type: RecordType,
  server: Server | undefined,
  signal: AbortSignal,
): Promise<unknown> {
  const what = `Cannot resolve ${quote(name)} (${type})`;
  if (error instanceof Deno.errors.NotCapable) {
    const place = /"([^"]+)"/.exec(error.message)?.[1] ?? "the DNS server";
    return new PermissionError(
      `${what}: permission denied. Run the program with --allow-net=${place}`,
      { cause: error, hostname: name },
    );
  }
  if (!(error instanceof Error)) return error;
  const failed = (code: string, words: string) =>
    new ResolveError(`${what}: ${words}`, { code, cause: error, hostname: name });
  if (!(error instanceof Deno.errors.NotFound)) {
    return failed("ESERVFAIL", `the DNS server could not be asked (${error.message})`);
  }
  const { code, words } = await whyNoRecords(name, type, server, signal);
  return failed(code, words);
}

function silent(name: string, type: string, ms: number): TimeoutError {
  return new TimeoutError(
    `Cannot resolve ${quote(name)} (${type}): no DNS server answered within ${ms} ms. Is the ` +
      `network up?`,
  );
}

/** Puts records into their order, and names into the form without a dot at the end. */
function sorted(type: RecordType, records: unknown[], random: Random): unknown[] {
  switch (type) {
    case "MX":
      return orderByPreference(
        (records as MxRecord[]).map((each) => ({ ...each, exchange: bare(each.exchange) })),
        random,
      );
    case "SRV":
      return orderByWeight(
        (records as SrvRecord[]).map((each) => ({ ...each, target: bare(each.target) })),
        random,
      );
    case "TXT":
      return (records as string[][]).map((chunks) => ({ text: chunks.join(""), chunks }));
    case "SOA":
      return (records as SoaRecord[]).map((each) => ({
        ...each,
        mname: bare(each.mname),
        rname: bare(each.rname),
      }));
    case "NAPTR":
      return (records as NaptrRecord[])
        .map((each) => ({ ...each, replacement: bare(each.replacement) }))
        .sort((one, other) => one.order - other.order || one.preference - other.preference);
    case "CNAME":
    case "NS":
    case "PTR":
      return (records as string[]).map(bare);
    case "CAA":
      return (records as CaaRecord[]).map((each) => ({ ...each }));
    default:
      return records;
  }
}

function bare(name: string): string {
  return name === "." ? name : name.replace(/\.$/, "");
}
