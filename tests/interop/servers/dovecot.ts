/**
 * Dovecot, as the judge of passwords that Postfix asks.
 *
 * @module
 */

import { Daemon } from "./daemon.ts";
import { pathOf } from "./installed.ts";

/** A user of the mail servers. */
export interface MailUser {
  /** The name to log in with; the mailbox is `user@tulip.test`. */
  readonly user: string;
  /** The password. */
  readonly password: string;
}

/** Who can log in at the mail servers. */
export const MAIL_USERS: readonly MailUser[] = [
  { user: "alice", password: "secret" },
  { user: "bob", password: "s3cret" },
  { user: "ünï", password: "pässwörd" },
];

/**
 * Starts Dovecot as a SASL server.
 *
 * @param folder Where its files go; it must exist and be removed by the caller.
 * @returns The running server, and the socket on which it answers Postfix.
 */
export async function startDovecotSasl(
  folder: string,
): Promise<AsyncDisposable & { readonly socket: string; log(): Promise<string> }> {
  const socket = `${folder}/auth-client`;
  const log = `${folder}/dovecot.log`;
  await Deno.mkdir(`${folder}/run`, { recursive: true });
  await Deno.writeTextFile(
    `${folder}/users`,
    MAIL_USERS.map(({ user, password }) => `${user}:{PLAIN}${password}::::::\n`).join(""),
  );
  await Deno.writeTextFile(
    `${folder}/dovecot.conf`,
    `base_dir = ${folder}/run
state_dir = ${folder}/run
log_path = ${log}
auth_verbose = yes
protocols =
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256
auth_username_format = %Lu
auth_username_chars =
passdb {
  driver = passwd-file
  args = ${folder}/users
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=${folder} allow_all_users=yes
}
service auth {
  unix_listener ${socket} {
    mode = 0666
  }
}
service stats {
  unix_listener stats-writer {
    mode = 0666
  }
}
`,
  );
  const daemon = await Daemon.start({
    name: "Dovecot",
    command: [pathOf("dovecot"), "-F", "-c", `${folder}/dovecot.conf`],
    log: `${folder}/output.log`,
    sockets: [socket],
  });
  return {
    socket,
    log: () => Deno.readTextFile(log),
    [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose](),
  };
}
