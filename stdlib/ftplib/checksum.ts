/**
 * Checksums that an FTP server counts of its files.
 *
 * @module
 */

import type { WaitOptions } from "../../loop/wait.ts";
import {
  type ByteRange,
  checksumCommand,
  type ChecksumVerb,
  type HashAlgorithm,
  parseChecksum,
  parseHash,
  parseHashOffer,
} from "../../protocols/ftp/checksums.ts";
import { quote } from "../../protocols/text/quote.ts";
import { ReplySyntaxError } from "../../protocols/text/reply.ts";
import { parseReply } from "./errors.ts";
import { type Features, featuresOf } from "./features.ts";
import type { Session } from "./session.ts";
import { UnsupportedError } from "./unsupported_error.ts";

/** Options of `FTP.checksum`. */
export interface ChecksumOptions extends WaitOptions {
  /**
   * Which checksum. Unless given, the first of these that the server offers: SHA-256, SHA-512,
   * SHA-1, MD5, CRC32.
   */
  algorithm?: HashAlgorithm;
  /**
   * The first byte that counts.
   *
   * @default {0}
   */
  offset?: number;
  /** How many bytes count; all to the end of the file unless given. */
  length?: number;
}

/** A checksum of a file. */
export interface Checksum {
  /** How it was counted. */
  readonly algorithm: HashAlgorithm;
  /** The checksum, in lower-case hexadecimal digits. */
  readonly hex: string;
}

/** Has the server count the checksum of a file. */
export async function checksumOf(
  session: Session,
  path: string,
  { algorithm, offset = 0, length, ...options }: ChecksumOptions,
): Promise<Checksum> {
  checkCount("offset", offset, 0);
  if (length !== undefined) checkCount("length", length, 1);
  const isPart = offset > 0 || length !== undefined;
  checksumCommand("HASH", path, undefined, session.options.encoding);

  const features = await featuresOf(session, options);
  const { chosen, verb } = choose(features, path, algorithm, isPart);
  const turn = await session.begin(`${verb} ${path}`, options);
  try {
    // What is counted depends on the representation.
    await session.represent("I", options);
    const range = isPart ? await rangeOf(session, path, { offset, length }, options) : undefined;
    const hex = verb === "HASH"
      ? await askHash(session, path, { chosen, features }, options)
      : await askOwn(session, path, { chosen, range, verb }, options);
    return { algorithm: chosen, hex };
  } finally {
    turn.end();
  }
}

function choose(
  features: Features,
  path: string,
  algorithm: HashAlgorithm | undefined,
  isPart: boolean,
): { chosen: HashAlgorithm; verb: ChecksumVerb } {
  for (const [candidate, verbs] of features.checksums) {
    if (algorithm !== undefined && candidate !== algorithm) continue;
    // HASH counts what RANG said before, or the whole file nevertheless; and where nobody asks for
    // the checksum in the end, the next download would be of that range.
    const verb = isPart ? verbs.find((each) => each.startsWith("X")) : verbs[0];
    if (verb !== undefined) return { chosen: candidate, verb };
  }
  const what = algorithm ?? "a checksum";
  const [first] = features.checksums.keys();
  const advice = first === undefined
    ? "it counts none: download the file and compare"
    : `it offers ${[...features.checksums.keys()].join(", ")}${isPart ? " of whole files" : ""}`;
  throw new UnsupportedError(
    `The server does not count ${what} of ${isPart ? "a part of " : ""}${quote(path)}: ${advice}`,
    algorithm ?? "HASH",
    `HASH ${path}`,
  );
}

/** The older commands want an end; only the server knows where the file has it. */
async function rangeOf(
  session: Session,
  path: string,
  { offset, length }: { offset: number; length: number | undefined },
  options: WaitOptions,
): Promise<ByteRange> {
  if (length !== undefined) return { start: offset, end: offset + length };
  const size = await session.sizeOf(path, options);
  if (size === undefined) {
    throw new UnsupportedError(
      `The server does not tell the size of ${quote(path)}: give a length`,
      "SIZE",
      `SIZE ${path}`,
    );
  }
  if (size <= offset) {
    throw new RangeError(`Cannot count from byte ${offset}: ${quote(path)} has ${size} bytes`);
  }
  return { start: offset, end: size };
}

async function askHash(
  session: Session,
  path: string,
  { chosen, features }: { chosen: HashAlgorithm; features: Features },
  options: WaitOptions,
): Promise<string> {
  const { names } = parseHashOffer(features.get("HASH") ?? "");
  // Who had the turn before may have chosen another since.
  const { selected } = parseHashOffer(session.features?.get("HASH") ?? "");
  if (selected !== chosen) {
    await session.command(`OPTS HASH ${names.get(chosen)}`, options);
    // That is all that it changes.
    const offer = [...names].map(([each, name]) => each === chosen ? `${name}*` : name).join(";");
    session.features = new Map(features).set("HASH", offer);
  }
  const cmd = checksumCommand("HASH", path);
  const reply = await session.command(cmd, options);
  return parseReply(
    (reply) => {
      const { algorithm, range, hex } = parseHash(reply);
      if (algorithm === chosen && (range === undefined || range.first === 0)) return hex;
      const line = reply.lines.at(-1) ?? "";
      throw new ReplySyntaxError(
        `Expected the ${chosen} of the whole file, got ${reply.code} ${quote(line)}`,
        line,
      );
    },
    reply,
    cmd,
  );
}

async function askOwn(
  session: Session,
  path: string,
  { chosen, range, verb }: {
    chosen: HashAlgorithm;
    range: ByteRange | undefined;
    verb: ChecksumVerb;
  },
  options: WaitOptions,
): Promise<string> {
  const cmd = checksumCommand(verb, path, range);
  const reply = await session.command(cmd, options);
  return parseReply((reply) => parseChecksum(reply, chosen), reply, cmd);
}

function checkCount(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new RangeError(`Cannot set ${name} to ${value}: need a whole number of at least ${least}`);
}
