/**
 * When a file was last changed, and setting that (RFC 3659 §3,
 * draft-somers-ftp-mfxx §3, and what servers had before there was a standard).
 *
 * @module
 */

import type { WaitOptions } from "../../loop/wait.ts";
import { command, mfmtCommand } from "../../protocols/ftp/commands.ts";
import { parseMdtm } from "../../protocols/ftp/replies.ts";
import { formatTimeVal, parseTimeVal } from "../../protocols/ftp/time_val.ts";
import type { Reply } from "../../protocols/text/reply.ts";
import { type FTPError, parseReply, quoteCommand, replyError } from "./errors.ts";
import { type Features, featuresOf } from "./features.ts";
import type { Session } from "./session.ts";
import { stat, type StatOptions } from "./stat.ts";
import { UnsupportedError } from "./unsupported_error.ts";

/**
 * Tells when a file was last changed; by MDTM, or by whatever else the server tells
 * of it. Many servers have no MDTM of directories.
 */
export async function modifiedOf(
  session: Session,
  path: string,
  options: StatOptions,
): Promise<Date> {
  const cmd = command("MDTM", path, session.options.encoding);
  const reply = await session.exchange(cmd, options, "2345");
  if (reply.code === 213) return parseReply(parseMdtm, reply, cmd);
  if (reply.code < 500) throw replyError(reply, cmd);
  const { modified } = await stat(session, path, options);
  if (modified !== undefined) return modified;
  throw replyError(reply, cmd);
}

/** Sets when a file was last changed, by the first command that the server takes. */
export async function setModified(
  session: Session,
  path: string,
  modified: Date,
  options: WaitOptions,
): Promise<void> {
  const encoding = session.options.encoding;
  const mfmt = mfmtCommand(path, modified, encoding);
  const features = await featuresOf(session, options);
  const time = formatTimeVal(modified).slice(0, 14);
  const ways = { MFMT: mfmt, MDTM: `MDTM ${time} ${path}`, UTIME: `SITE UTIME ${time} ${path}` };

  let refusal: FTPError | undefined;
  for (const way of waysOf(features)) {
    const reply = await session.exchange(ways[way], options, "2345");
    if (reply.code < 300 && !tellsTime(reply)) return;
    refusal = replyError(reply, ways[way]);
    // Of what the server has, it refuses this one; of what it may have, nobody can tell.
    if (isOffered(features, way) && !isNotKnown(reply)) throw refusal;
  }
  throw new UnsupportedError(
    `${quoteCommand(mfmt)}: the server has no way to set the time of a file, ` +
      "or refuses to for this one",
    "MFMT",
    mfmt,
    refusal,
  );
}

type Way = "MFMT" | "MDTM" | "UTIME";

/** Those that the server offers first; then those that some have without a word. */
function waysOf(features: Features): Way[] {
  const silent: Way[] = ["MDTM", "UTIME"];
  const offered = (["MFMT", ...silent] as Way[]).filter((way) => isOffered(features, way));
  return [...offered, ...silent.filter((way) => !offered.includes(way))];
}

function isOffered(features: Features, way: Way): boolean {
  switch (way) {
    case "MFMT":
      return features.supports("MFMT");
    case "MDTM":
      return /yyyymmdd/i.test(features.get("MDTM") ?? "");
    case "UTIME":
      return features.supports("SITE", "UTIME");
  }
}

/** A server that knows only one MDTM may have a file whose name begins with a time. */
function tellsTime({ code, lines }: Reply): boolean {
  return code === 213 && parseTimeVal(lines.join("\n").trim()) !== undefined;
}

function isNotKnown({ code }: Reply): boolean {
  return code === 500 || code === 501 || code === 502 || code === 504;
}
