/**
 * The FTP server's commands of access and information: who the client is, what
 * the server can do (RFC 959 §4.1.1 and §4.1.3, RFC 2389).
 *
 * @module
 */

import { formatFeat } from "../../../protocols/ftp/replies.ts";
import { sameSecret } from "../../_server/secrets.ts";
import type { CommandTable } from "./command_table.ts";
import { FTPReplyError } from "./errors.ts";
import type { FTPSessionState } from "./session.ts";
import { FACTS } from "./session.ts";

/** USER to SYST. */
export const accessCommands: CommandTable = {
  USER: { run: user, argument: "required", access: "anyone", syntax: "name" },
  PASS: { run: pass, argument: "optional", access: "anyone", syntax: "password" },
  ACCT: { run: acct, argument: "required", access: "anyone", syntax: "account" },
  REIN: { run: rein, access: "anyone" },
  QUIT: { run: quit, access: "anyone" },
  NOOP: { run: (session) => session.channel.reply(200, "OK"), access: "anyone" },
  SYST: { run: (session) => session.channel.reply(215, "UNIX Type: L8"), access: "anyone" },
  FEAT: { run: feat, access: "anyone" },
  OPTS: { run: opts, argument: "required", access: "anyone", syntax: "feature setting" },
  ALLO: {
    run: (session) => session.channel.reply(202, "No storage needs to be allocated"),
    argument: "required",
    access: "writer",
    syntax: "bytes",
  },
};

function user(session: FTPSessionState, name: string): void {
  session.login = { state: "none", name };
  // Whether the name is known is told to nobody.
  session.channel.reply(331, "Password required");
}

function pass(session: FTPSessionState, password: string): void {
  const { login, settings } = session;
  if (login.state === "in" || login.name === undefined) {
    throw new FTPReplyError(503, "Send USER first");
  }
  const { name } = login;
  const account = settings.users === undefined
    ? {}
    : Object.hasOwn(settings.users, name)
    ? settings.users[name]
    : undefined;
  if (!account || (account.password !== undefined && !sameSecret(password, account.password))) {
    session.login = { state: "none" };
    const code = ++session.loginFailures > settings.maxLoginFailures ? 421 : 530;
    throw new FTPReplyError(code, "Login incorrect");
  }
  session.login = { state: "in", name, readonly: account.readonly ?? false };
  settings.onEvent({ type: "login", client: session.client, user: name });
  session.channel.reply(230, "Logged in");
}

function acct(session: FTPSessionState): void {
  session.channel.reply(202, "No account is needed");
}

function rein(session: FTPSessionState): void {
  session.reset();
  session.channel.reply(220, session.settings.welcome);
}

function quit(session: FTPSessionState): void {
  session.channel.reply(221, "Goodbye");
  session.channel.end();
}

function feat(session: FTPSessionState): void {
  const facts = FACTS.map((fact) => session.facts.includes(fact) ? `${fact}*;` : `${fact};`);
  const features: [string, string][] = [
    ["EPSV", ""],
    ["MDTM", ""],
    ["MFMT", ""],
    ["MLST", facts.join("")],
    ["REST", "STREAM"],
    ["SIZE", ""],
    ["TVFS", ""],
  ];
  if (session.settings.encoding === "utf-8") features.push(["UTF8", ""]);
  session.channel.send(formatFeat(new Map(features)));
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
    default:
      throw new FTPReplyError(501, "There is no such option");
  }
}
