/**
 * Postfix, with Dovecot as its judge of passwords, delivering into Maildirs.
 *
 * Mail for `alice`, `bob`, `carol` and `bøb@tülip.test` at `tulip.test` lies in their Maildirs,
 * mail for anybody at `catch.test` in that of `catchall`. Other names at `tulip.test` are refused
 * (550 5.1.1), `defer.test` is put off (450), other domains are refused to whoever has not logged
 * in (554), and taken and thrown away from whoever has.
 *
 * @module
 */

import { Daemon } from "./daemon.ts";
import { MAIL_USERS, type MailUser, startDovecotSasl } from "./dovecot.ts";
import { type CertificateFiles, temporaryFolder, writeCertificates } from "./folder.ts";
import { pathOf } from "./installed.ts";
import { freePorts } from "./ports.ts";
import { mustRun } from "./run.ts";

/** Options of {@linkcode startPostfix}. */
export interface PostfixOptions {
  /** Lines of main.cf, which win over ours. */
  config?: Readonly<Record<string, string | number>>;
}

/** The ports of Postfix, one for each way in which it behaves. */
export interface PostfixPorts {
  /** STARTTLS offered, AUTH offered without it as well. */
  readonly smtp: number;
  /** STARTTLS needed before AUTH, and AUTH before MAIL. */
  readonly submission: number;
  /** TLS from the first byte, AUTH before MAIL. */
  readonly smtps: number;
  /** No extension at all. */
  readonly bare: number;
  /** Bare newlines and unexpected pipelining are refused. */
  readonly strict: number;
  /** STARTTLS with a certificate for another host. */
  readonly wrongHost: number;
}

/** A running Postfix, and what a client needs to use it. */
export interface Postfix extends AsyncDisposable {
  /** Where it listens. Certificates are for `localhost` too. */
  readonly hostname: "127.0.0.1";
  /** Its ports. */
  readonly ports: PostfixPorts;
  /** Who can log in. */
  readonly users: readonly MailUser[];
  /** The authority that has signed its certificates, PEM. */
  readonly ca: string;
  /** The same as a file. */
  readonly caFile: string;
  /** The absolute path of a user's Maildir; it comes to be with the first mail. */
  maildir(user: string): string;
  /**
   * Waits for mails, at most ten seconds.
   *
   * @param user Whose.
   * @param count How many there must be.
   * @returns All that are there by then, each as it lies in the Maildir.
   */
  mails(user: string, count?: number): Promise<Uint8Array[]>;
  /** What Postfix has written to its log so far. */
  log(): Promise<string>;
}

/**
 * Starts Postfix.
 *
 * @param options Its settings.
 * @returns The server, which answers by then.
 */
export async function startPostfix({ config = {} }: PostfixOptions = {}): Promise<Postfix> {
  await using stack = new AsyncDisposableStack();
  const { path } = stack.use(await temporaryFolder("postfix"));
  const certificates = await writeCertificates(path);
  for (const folder of ["etc", "queue", "data", "mail", "dovecot"]) {
    await Deno.mkdir(`${path}/${folder}`);
  }
  await mustRun(["chown", "postfix", `${path}/data`]);
  await mustRun(["chown", "nobody:nogroup", `${path}/mail`]);
  // Without its SASL server every smtpd ends at once, and is held back for a minute.
  const dovecot = stack.use(await startDovecotSasl(`${path}/dovecot`));

  const first = freePorts(6);
  const ports: PostfixPorts = {
    smtp: first,
    submission: first + 1,
    smtps: first + 2,
    bare: first + 3,
    strict: first + 4,
    wrongHost: first + 5,
  };
  const uid = (await mustRun(["id", "-u", "nobody"])).trim();
  const gid = (await mustRun(["id", "-g", "nobody"])).trim();
  const settings = { ...main(path, dovecot.socket, certificates, uid, gid), ...config };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}\n`);
  await Deno.writeTextFile(`${path}/etc/main.cf`, lines.join(""));
  await Deno.writeTextFile(`${path}/etc/master.cf`, master(ports, certificates));
  // `postfix start-fg` would put the master into a session of its own, out of our reach.
  const postconf = ["postconf", "-c", `${path}/etc`, "-h", "daemon_directory"];
  const daemons = (await mustRun(postconf)).trim();
  await mustRun([pathOf("postfix"), "-c", `${path}/etc`, "check"]);
  stack.use(
    await Daemon.start({
      name: "Postfix",
      command: [`${daemons}/master`, "-s", "-c", `${path}/etc`],
      log: `${path}/output.log`,
      ports: [ports.smtp],
    }),
  );

  const running = stack.move();
  const maildir = (user: string) => `${path}/mail/${user}`;
  return {
    hostname: "127.0.0.1",
    ports,
    users: MAIL_USERS,
    ca: certificates.ca,
    caFile: certificates.caFile,
    maildir,
    mails: (user, count = 1) => readMails(`${maildir(user)}/new`, count),
    log: async () => await Deno.readTextFile(`${path}/maillog`) + await dovecot.log(),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function readMails(folder: string, count: number): Promise<Uint8Array[]> {
  const deadline = Date.now() + 10_000;
  while (true) {
    const names: string[] = [];
    try {
      for await (const { name } of Deno.readDir(folder)) names.push(name);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    if (names.length >= count) {
      return await Promise.all(names.sort().map((name) => Deno.readFile(`${folder}/${name}`)));
    }
    if (Date.now() > deadline) {
      throw new Error(`${names.length} of ${count} mails in ${folder} after 10 seconds`);
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

function main(
  path: string,
  socket: string,
  { caFile, cert, key }: CertificateFiles,
  uid: string,
  gid: string,
): Record<string, string | number> {
  const mailboxes = [
    ...["alice", "bob", "carol"].map((user) => `{${user}@tulip.test=${user}/}`),
    "{bøb@tülip.test=boeb/}",
    "{@catch.test=catchall/}",
  ];
  return {
    compatibility_level: "3.6",
    queue_directory: `${path}/queue`,
    data_directory: `${path}/data`,
    maillog_file: `${path}/maillog`,
    maillog_file_prefixes: path,
    myhostname: "mail.tulip.test",
    mydestination: "",
    inet_interfaces: "127.0.0.1",
    inet_protocols: "ipv4",
    mynetworks: "127.0.0.0/8",
    local_recipient_maps: "",
    alias_maps: "",
    alias_database: "",
    message_size_limit: 50 * 2 ** 20,
    mailbox_size_limit: 0,
    virtual_mailbox_limit: 0,
    virtual_mailbox_domains: "tulip.test, tülip.test, catch.test",
    virtual_mailbox_base: `${path}/mail`,
    virtual_mailbox_maps: `inline:{ ${mailboxes.join(" ")} }`,
    virtual_minimum_uid: 1,
    virtual_uid_maps: `static:${uid}`,
    virtual_gid_maps: `static:${gid}`,
    virtual_transport: "virtual",
    recipient_delimiter: "+",
    transport_maps: "inline:{ {defer.test = retry:4.0.0 put off by the test} }",
    relay_domains: "defer.test",
    default_transport: "discard:",
    smtputf8_enable: "yes",
    smtpd_tls_cert_file: cert,
    smtpd_tls_key_file: key,
    smtpd_tls_CAfile: caFile,
    smtpd_tls_security_level: "may",
    smtpd_sasl_auth_enable: "yes",
    smtpd_sasl_type: "dovecot",
    smtpd_sasl_path: socket,
    smtpd_sasl_security_options: "noanonymous",
    smtpd_recipient_restrictions:
      "check_recipient_access inline:{ {defer.test = 450 4.0.0 put off by the test} }, permit_mynetworks, reject",
    smtpd_relay_restrictions: "permit_sasl_authenticated, reject_unauth_destination",
    // Tests are impatient, and many at once.
    smtpd_client_connection_rate_limit: 0,
    smtpd_client_connection_count_limit: 0,
    smtpd_client_message_rate_limit: 0,
    smtpd_error_sleep_time: 0,
    smtpd_hard_error_limit: 1000,
    smtpd_soft_error_limit: 1000,
    smtpd_junk_command_limit: 10_000,
    in_flow_delay: 0,
    enable_long_queue_ids: "yes",
  };
}

function master(ports: PostfixPorts, { wrongHostCert, wrongHostKey }: CertificateFiles): string {
  const listeners: [number, Record<string, string>][] = [
    [ports.smtp, {}],
    [ports.submission, {
      syslog_name: "postfix/submission",
      smtpd_tls_security_level: "encrypt",
      smtpd_tls_auth_only: "yes",
      smtpd_recipient_restrictions: "permit_sasl_authenticated,reject",
    }],
    [ports.smtps, {
      syslog_name: "postfix/smtps",
      smtpd_tls_wrappermode: "yes",
      smtpd_recipient_restrictions: "permit_sasl_authenticated,reject",
    }],
    [ports.bare, {
      syslog_name: "postfix/bare",
      smtpd_discard_ehlo_keywords:
        "pipelining,chunking,8bitmime,smtputf8,dsn,size,auth,starttls,enhancedstatuscodes,etrn,vrfy,silent-discard",
      smtpd_tls_security_level: "none",
    }],
    [ports.strict, {
      syslog_name: "postfix/strict",
      smtpd_forbid_bare_newline: "reject",
      smtpd_forbid_unauth_pipelining: "yes",
    }],
    [ports.wrongHost, {
      syslog_name: "postfix/wronghost",
      smtpd_tls_cert_file: wrongHostCert,
      smtpd_tls_key_file: wrongHostKey,
    }],
  ];
  const smtpd = listeners.map(([port, options]) =>
    `127.0.0.1:${port} inet n - n - 100 smtpd\n` +
    Object.entries(options).map(([name, value]) => `  -o ${name}=${value}\n`).join("")
  );
  return `${smtpd.join("")}
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp      unix  - - n - - smtp
relay     unix  - - n - - smtp
showq     unix  n - n - - showq
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
local     unix  - n n - - local
virtual   unix  - n n - - virtual
lmtp      unix  - - n - - lmtp
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
`;
}
