/**
 * The FTP server's commands about what it can do, and small talk (RFC 959
 * §4.1.3, RFC 2389, RFC 2640 §4.1).
 *
 * @module
 */

import { formatHashOffer } from "../../../protocols/ftp/checksums.ts";
import { formatFeat } from "../../../protocols/ftp/replies.ts";
import { HASHES, hashNamed } from "./checksums.ts";
import type { CommandTable } from "./command_table.ts";
import { FTPReplyError } from "./errors.ts";
import type { FTPSessionState } from "./session.ts";
import { FACTS } from "./session.ts";

/** NOOP to ALLO. */
export const accessCommands: CommandTable = {
  NOOP: { run: (session) => session.channel.reply(200, "OK"), access: "anyone" },
  SYST: { run: (session) => session.channel.reply(215, "UNIX Type: L8"), access: "anyone" },
  FEAT: { run: feat, access: "anyone" },
  OPTS: { run: opts, argument: "required", access: "anyone", syntax: "feature setting" },
  CLNT: {
    run: ({ channel }) => channel.reply(200, "Noted"),
    argument: "required",
    access: "anyone",
    syntax: "program",
  },
  LANG: { run: lang, argument: "optional", access: "anyone", syntax: "[EN]" },
  ALLO: {
    run: (session) => session.channel.reply(202, "No storage needs to be allocated"),
    argument: "required",
    syntax: "bytes",
  },
};

function feat(session: FTPSessionState): void {
  const { settings, channel } = session;
  const facts = FACTS.map((fact) => session.facts.includes(fact) ? `${fact}*;` : `${fact};`);
  const features: [name: string, parameters: string, on?: boolean][] = [
    ["AUTH", "TLS", settings.tls !== undefined],
    ["AVBL", "", settings.filesystem.available !== undefined],
    ["CCC", "", settings.clearControl],
    ["CLNT", ""],
    ["EPRT", "", settings.active],
    ["EPSV", ""],
    ["HASH", formatHashOffer(HASHES, session.hashAlgorithm)],
    ["HOST", ""],
    ["LANG", "EN*"],
    ["MD5", ""],
    ["MDTM", ""],
    [
      "MFF",
      settings.filesystem.setPermissions === undefined ? "Modify;" : "Modify;UNIX.mode;",
    ],
    ["MFMT", ""],
    ["MLST", facts.join("")],
    ["PBSZ", "", settings.tls !== undefined],
    ["PROT", "", settings.tls !== undefined],
    ["RANG", "STREAM"],
    ["REST", "STREAM"],
    ["SIZE", ""],
    ["TVFS", ""],
    ["UTF8", "", settings.encoding === "utf-8"],
    ["XCRC", ""],
    ["XMD5", ""],
    ["XSHA1", ""],
    ["XSHA256", ""],
    ["XSHA512", ""],
  ];
  const here = features.filter(([, , on = true]) => on);
  channel.send(formatFeat(new Map(here.map(([name, parameters]) => [name, parameters]))));
}

function opts(session: FTPSessionState, argument: string): void {
  const [feature = "", ...settings] = argument.split(" ");
  const setting = settings.join(" ");
  switch (feature.toUpperCase()) {
    case "UTF8":
      if (session.settings.encoding === "utf-8" && /^(?:on)?$/i.test(setting)) {
        session.channel.reply(200, "Names are in UTF-8");
        return;
      }
      throw new FTPReplyError(504, `Names are in ${session.settings.encoding}`);
    case "MLST": {
      const wanted = setting.toLowerCase().split(";");
      session.facts = FACTS.filter((fact) => wanted.includes(fact));
      const told = session.facts.map((fact) => `${fact};`).join("");
      session.channel.reply(200, `MLST OPTS ${told}`.trimEnd());
      return;
    }
    case "HASH":
      if (setting !== "") {
        const algorithm = hashNamed(setting);
        if (!algorithm) throw new FTPReplyError(501, "There is no such checksum");
        session.hashAlgorithm = algorithm;
      }
      session.channel.reply(200, session.hashAlgorithm);
      return;
    default:
      throw new FTPReplyError(501, "There is no such option");
  }
}

function lang({ channel }: FTPSessionState, argument: string): void {
  if (!/^(?:en(?:-[a-z]+)*)?$/i.test(argument)) {
    throw new FTPReplyError(504, "Only English is spoken here");
  }
  channel.reply(200, "English it is");
}
