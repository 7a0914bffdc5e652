/**
 * The FTP server's commands of access: who the client is (RFC 959 §4.1.1,
 * RFC 7151).
 *
 * @module
 */

import { rethrowIfCancelled } from "../../../loop/exceptions.ts";
import { sleep } from "../../../loop/sleep.ts";
import { ReplyError } from "../../_server/reply_error.ts";
import type { CommandTable } from "./command_table.ts";
import { FTPReplyError } from "./errors.ts";
import type { FTPSessionState } from "./session.ts";
import { homeOf, rightsOf } from "./users.ts";

/** USER to HOST. */
export const loginCommands: CommandTable = {
  USER: { run: user, argument: "required", access: "anyone", syntax: "name" },
  PASS: { run: pass, argument: "optional", access: "anyone", syntax: "password" },
  ACCT: {
    run: ({ channel }) => channel.reply(202, "No account is needed"),
    argument: "required",
    access: "anyone",
    syntax: "account",
  },
  HOST: { run: host, argument: "required", access: "anyone", syntax: "name" },
  REIN: { run: rein, access: "anyone" },
  QUIT: { run: quit, access: "anyone" },
};

function user(session: FTPSessionState, name: string): void {
  refuseInClear(session);
  session.logout();
  session.login = { state: "none", name };
  // Whether the name is known is told to nobody.
  session.channel.reply(331, "Password required");
}

async function pass(session: FTPSessionState, password: string): Promise<void> {
  const { login, settings, client, channel } = session;
  if (login.state === "in" || login.name === undefined) {
    throw new FTPReplyError(503, "Send USER first");
  }
  refuseInClear(session);
  const { name } = login;
  session.login = { state: "none" };
  try {
    const { remoteAddress, tlsInfo } = channel;
    const context = { remoteAddress, tls: tlsInfo, host: session.host };
    const account = await settings.users.find(name, password, context);
    if (!account) throw new FTPReplyError(530, "Login incorrect");
    const leave = settings.users.enter(name, account);
    try {
      const filesystem = await homeOf(settings.filesystem, account);
      session.login = { state: "in", name, rights: rightsOf(account), filesystem, leave };
    } catch (error) {
      leave();
      throw error;
    }
  } catch (error) {
    rethrowIfCancelled(error);
    if (!(error instanceof ReplyError)) throw error;
    settings.tell({ type: "refused", client, user: name, reply: error.message });
    const last = ++session.loginFailures > settings.maxLoginFailures;
    // Who guesses is to wait, and gains nothing by opening more connections than he may.
    await sleep(settings.loginDelay);
    throw last ? new FTPReplyError(421, "Login incorrect") : error;
  }
  session.directory = "/";
  settings.tell({ type: "login", client, user: name });
  channel.reply(230, "Logged in");
}

function refuseInClear({ encrypted, settings }: FTPSessionState): void {
  if (settings.requiresTls.login && !encrypted) {
    throw new FTPReplyError(530, "Logins are encrypted here: send AUTH TLS first");
  }
}

function host(session: FTPSessionState, name: string): void {
  const { login, settings } = session;
  if (login.state === "in" || login.name !== undefined) {
    throw new FTPReplyError(503, "HOST goes before USER");
  }
  // An address is written in brackets (RFC 7151 §3.1), and a name ends with a dot or without.
  const plain = name.toLowerCase().replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
  if (settings.hosts && !settings.hosts.some((known) => known.toLowerCase() === plain)) {
    throw new FTPReplyError(504, "There is no such host here");
  }
  session.host = plain;
  session.channel.reply(220, "Welcome to this host");
}

function rein(session: FTPSessionState): void {
  session.reset();
  session.channel.reply(220, session.settings.welcome);
}

function quit(session: FTPSessionState): void {
  session.channel.reply(221, "Goodbye");
  session.channel.end();
}
