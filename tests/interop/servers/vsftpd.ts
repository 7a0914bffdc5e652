/**
 * vsftpd, Debian's package, without touching the machine's own configuration.
 *
 * @module
 */
// deno-lint-ignore-file no-console

import { Daemon } from "./daemon.ts";
import { temporaryFolder, writeCertificates } from "./folder.ts";
import { type FtpServer, type Loopback, PASSIVE_PORTS } from "./ftp_server.ts";
import { pathOf } from "./installed.ts";
import { freePorts } from "./ports.ts";
import { mustRun, run } from "./run.ts";

/** How vsftpd is made to read a PAM service of ours. */
export type PamIsolation = "mount-namespace" | "pam-wrapper";

const SERVICE = "vsftpd-tulip";

/** Options of {@linkcode startVsftpd}. */
export interface VsftpdOptions {
  /**
   * Without TLS, with explicit TLS (`AUTH TLS`), or with TLS from the first byte; `-reuse` demands
   * that data connections resume the TLS session of the control connection.
   *
   * @default {"plain"}
   */
  mode?: "plain" | "tls" | "tls-reuse" | "implicit" | "implicit-reuse";
  /**
   * Where it listens.
   *
   * @default {"127.0.0.1"}
   */
  hostname?: Loopback;
  /** Lines of vsftpd.conf, which win over ours. */
  config?: Readonly<Record<string, string | number>>;
  /**
   * A mount namespace where the machine allows one, libpam-wrapper elsewhere.
   * `TULIP_PAM_WRAPPER=1` in the environment asks for the latter.
   */
  pam?: PamIsolation;
}

/** A running vsftpd. */
export interface Vsftpd extends FtpServer {
  /** How it was made to read our PAM service. */
  readonly pam: PamIsolation;
}

/**
 * Starts vsftpd with one user.
 *
 * @param options Its mode and settings.
 * @returns The server, which answers by then.
 */
export async function startVsftpd(options: VsftpdOptions = {}): Promise<Vsftpd> {
  const { mode = "plain", config = {}, hostname = "127.0.0.1" } = options;
  const pam = options.pam ?? await choosePam();
  await using stack = new AsyncDisposableStack();
  const { path } = stack.use(await temporaryFolder("vsftpd"));
  const { ca, caFile, cert, key } = await writeCertificates(path);
  const root = `${path}/root`;
  const log = `${path}/vsftpd.log`;
  for (const folder of ["root/pub", "pam.d", "empty"]) {
    await Deno.mkdir(`${path}/${folder}`, { recursive: true });
  }

  // pam_exec would be simpler and hangs: vsftpd owns SIGCHLD.
  await mustRun(["db_load", "-T", "-t", "hash", `${path}/users.db`], {
    stdin: "tulip\nsecret\n",
  });
  await Deno.writeTextFile(
    `${path}/pam.d/${SERVICE}`,
    `auth required pam_userdb.so db=${path}/users\naccount required pam_permit.so\n`,
  );

  const port = freePorts(PASSIVE_PORTS + 1);
  const passivePorts = { first: port + 1, last: port + PASSIVE_PORTS };
  const settings: Record<string, string | number> = {
    ...(hostname === "::1"
      ? { listen: "NO", listen_ipv6: "YES", listen_address6: hostname }
      : { listen: "YES", listen_ipv6: "NO", listen_address: hostname }),
    background: "NO",
    listen_port: port,
    pam_service_name: SERVICE,
    local_enable: "YES",
    // Every login is the guest, so that no user of the machine is needed.
    guest_enable: "YES",
    guest_username: "root",
    virtual_use_local_privs: "YES",
    anonymous_enable: "NO",
    write_enable: "YES",
    local_umask: "022",
    local_root: root,
    chroot_local_user: "YES",
    allow_writeable_chroot: "YES",
    secure_chroot_dir: `${path}/empty`,
    nopriv_user: "nobody",
    // Containers lack what these two need.
    seccomp_sandbox: "NO",
    isolate: "NO",
    isolate_network: "NO",
    pasv_enable: "YES",
    pasv_min_port: passivePorts.first,
    pasv_max_port: passivePorts.last,
    pasv_address: "127.0.0.1",
    port_enable: "YES",
    connect_from_port_20: "NO",
    utf8_filesystem: "YES",
    use_localtime: "NO",
    xferlog_enable: "YES",
    xferlog_std_format: "NO",
    log_ftp_protocol: "YES",
    vsftpd_log_file: log,
    syslog_enable: "NO",
    max_per_ip: 0,
    max_clients: 0,
    delay_failed_login: 0,
    max_login_fails: 10,
    ...(mode === "plain" ? {} : {
      ssl_enable: "YES",
      rsa_cert_file: cert,
      rsa_private_key_file: key,
      force_local_data_ssl: "NO",
      force_local_logins_ssl: "NO",
      ssl_tlsv1: "YES",
      ssl_ciphers: "HIGH",
      implicit_ssl: mode.startsWith("implicit") ? "YES" : "NO",
      require_ssl_reuse: mode.endsWith("reuse") ? "YES" : "NO",
    }),
    ...config,
  };
  const file = `${path}/vsftpd.conf`;
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  await Deno.writeTextFile(file, lines.join(""));

  const server = [pathOf("vsftpd"), file];
  // What is wrong with its settings, vsftpd says on descriptor 0, where inetd had the client.
  const aloud = `exec "$@" 0>&1`;
  const bind = `mount --bind ${path}/pam.d /etc/pam.d && ${aloud}`;
  const wrapper = [
    "LD_PRELOAD=libpam_wrapper.so",
    "PAM_WRAPPER=1",
    `PAM_WRAPPER_SERVICE_DIR=${path}/pam.d`,
  ];
  if (pam === "pam-wrapper") stack.defer(() => removeCopies(path));
  stack.use(
    await Daemon.start({
      name: "vsftpd",
      command: pam === "mount-namespace"
        ? ["unshare", "-m", "sh", "-c", bind, "sh", ...server]
        : ["sh", "-c", aloud, "sh", "env", ...wrapper, ...server],
      log: `${path}/output.log`,
      ports: [port],
      hostname,
      sign: mode.startsWith("implicit") ? "accepts" : "greets",
    }),
  );

  const running = stack.move();
  return {
    hostname,
    port,
    user: "tulip",
    password: "secret",
    root,
    passivePorts,
    ca,
    caFile,
    pam,
    log: () => Deno.readTextFile(log),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function choosePam(): Promise<PamIsolation> {
  if (Deno.env.get("TULIP_PAM_WRAPPER") === "1") return "pam-wrapper";
  const { success, stderr } = await run(["unshare", "-m", "true"]);
  if (success) return "mount-namespace";
  console.warn(
    `vsftpd: \`unshare -m\` is refused (${stderr.trim()}), libpam-wrapper serves instead`,
  );
  return "pam-wrapper";
}

/** libpam-wrapper leaves a copy of the service behind for each process, under one of 62 names. */
async function removeCopies(path: string): Promise<void> {
  for await (const { name } of Deno.readDir("/tmp")) {
    if (!/^pam\..$/.test(name)) continue;
    const copy = await Deno.readTextFile(`/tmp/${name}/${SERVICE}`).catch(() => "");
    if (copy.includes(`${path}/`)) await Deno.remove(`/tmp/${name}`, { recursive: true });
  }
}
