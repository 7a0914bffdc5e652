/**
 * What an FTP server says that it can do (`FEAT`; RFC 2389).
 *
 * @module
 */

import type { WaitOptions } from "../../loop/wait.ts";
import {
  type ChecksumVerb,
  checksumVerbs,
  type HashAlgorithm,
} from "../../protocols/ftp/checksums.ts";
import { parseFeat } from "../../protocols/ftp/replies.ts";
import { parseReply, replyError } from "./errors.ts";
import type { Session } from "./session.ts";

/**
 * What a server can do: the parameters of each feature by its upper-case name,
 * `""` where there are none.
 */
export class Features extends Map<string, string> {
  /**
   * Tells whether the server has a feature.
   *
   * @param name The feature, such as `"MLST"`, in any case.
   * @param parameter One of its parameters, such as `"STREAM"` of `REST`, in any case; a mark that it
   * is in force (`*`) does not count.
   * @returns Whether it does.
   *
   * @example
   * ```ts
   * import { Features } from "https://tulip.example/stdlib/ftplib/features.ts";
   * import assert from "node:assert/strict";
   *
   * const features = new Features([["MLST", "type*;size*;unix.mode;"], ["REST", "STREAM"]]);
   * assert.ok(features.supports("REST", "stream"));
   * assert.ok(features.supports("MLST", "size"));
   * assert.ok(!features.supports("MFMT"));
   * ```
   */
  supports(name: string, parameter?: string): boolean {
    const parameters = this.get(name.toUpperCase());
    if (parameters === undefined || parameter === undefined) return parameters !== undefined;
    return words(parameters).includes(parameter.toLowerCase());
  }

  /** The facts that MLSD and MLST can tell, in small letters. */
  get facts(): string[] {
    return words(this.get("MLST") ?? "");
  }

  /** The commands for each checksum that the server counts, the algorithm to prefer first. */
  get checksums(): Map<HashAlgorithm, ChecksumVerb[]> {
    return checksumVerbs(this);
  }
}

/**
 * Asks what the server can do, once a session; again after a login, after TLS, and after anything
 * else that may change it.
 *
 * @param session The session.
 * @param options How long to wait.
 * @returns What it can do; nothing, where it does not know the question.
 */
export async function featuresOf(session: Session, options: WaitOptions): Promise<Features> {
  if (session.features === undefined) {
    const turn = await session.begin("FEAT", options);
    try {
      // Whoever had the turn before may have asked the same.
      if (session.features === undefined) {
        const reply = await session.ask("FEAT", options);
        if (reply.code >= 300 && reply.code !== 500 && reply.code !== 502) {
          throw replyError(reply, "FEAT");
        }
        session.features = reply.code >= 300 ? new Map() : parseReply(parseFeat, reply, "FEAT");
      }
    } finally {
      turn.end();
    }
  }
  return new Features(session.features);
}

/** Asks for names in UTF-8, where the server says that it can; tells whether it said yes. */
export async function askForUtf8(session: Session, options: WaitOptions): Promise<boolean> {
  const features = await featuresOf(session, options);
  if (!features.supports("UTF8")) return false;
  const turn = await session.begin("OPTS UTF8 ON", options);
  try {
    const before = session.features;
    const { code } = await session.ask("OPTS UTF8 ON", options);
    // That is all that it changes.
    session.features = before;
    return code >= 200 && code < 300;
  } finally {
    turn.end();
  }
}

function words(parameters: string): string[] {
  return parameters.toLowerCase().split(/[;,\s]+/).map((word) => word.replace(/\*$/, ""))
    .filter((word) => word !== "");
}
