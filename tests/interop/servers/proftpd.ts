/**
 * ProFTPD, Debian's package unpacked beside the others.
 *
 * @module
 */

import { Daemon } from "./daemon.ts";
import { type CertificateFiles, temporaryFolder, writeCertificates } from "./folder.ts";
import { type FtpServer, type Loopback, PASSIVE_PORTS } from "./ftp_server.ts";
import { pathOf, UNPACKED } from "./installed.ts";
import { freePorts } from "./ports.ts";
import { mustRun } from "./run.ts";

/** Options of {@linkcode startProftpd}. */
export interface ProftpdOptions {
  /**
   * Where it listens.
   *
   * @default {"127.0.0.1"}
   */
  hostname?: Loopback;
  /** Modules to load beside those for TLS, such as `"mod_digest"`. */
  modules?: readonly string[];
  /** Directives for every port, as lines of proftpd.conf. */
  config?: readonly string[];
}

/** A running ProFTPD: `port` is plain, or explicit TLS that must resume its session for data. */
export interface Proftpd extends FtpServer {
  /** Plain, or explicit TLS whose data connections need not resume. */
  readonly portWithoutReuse: number;
  /** TLS from the first byte; data connections must resume. */
  readonly implicitPort: number;
}

/**
 * Starts ProFTPD with one user.
 *
 * @param options Its settings.
 * @returns The server, which answers by then.
 */
export async function startProftpd(options: ProftpdOptions = {}): Promise<Proftpd> {
  const { config = [], hostname = "127.0.0.1", modules = [] } = options;
  await using stack = new AsyncDisposableStack();
  const { path } = stack.use(await temporaryFolder("proftpd"));
  const certificates = await writeCertificates(path);
  const root = `${path}/root`;
  await Deno.mkdir(`${root}/pub`, { recursive: true });
  await mustRun(["chown", "-R", "nobody:nogroup", root]);

  const uid = (await mustRun(["id", "-u", "nobody"])).trim();
  const gid = (await mustRun(["id", "-g", "nobody"])).trim();
  const hash = (await mustRun(["openssl", "passwd", "-6", "secret"])).trim();
  // ProFTPD refuses a file of passwords that everyone may read.
  const mode = 0o640;
  await Deno.writeTextFile(
    `${path}/passwd`,
    `tulip:${hash}:${uid}:${gid}:tulip:${root}:/bin/sh\n`,
    { mode },
  );
  await Deno.writeTextFile(`${path}/group`, `nogroup:x:${gid}:\n`, { mode });

  const port = freePorts(PASSIVE_PORTS + 3);
  const passivePorts = { first: port + 3, last: port + 2 + PASSIVE_PORTS };
  const site = (tlsOptions: string): string => `
DefaultRoot ~
RequireValidShell off
UseFtpUsers off
AuthOrder mod_auth_file.c
AuthUserFile ${path}/passwd
AuthGroupFile ${path}/group
PassivePorts ${passivePorts.first} ${passivePorts.last}
AllowOverwrite on
AllowStoreRestart on
AllowRetrieveRestart on
${tls(certificates, tlsOptions)}
${config.join("\n")}
`;
  const file = `${path}/proftpd.conf`;
  await Deno.writeTextFile(
    file,
    `ModulePath ${UNPACKED}/proftpd-modules
LoadModule mod_tls.c
LoadModule mod_tls_shmcache.c
${modules.map((name) => `LoadModule ${name}.c`).join("\n")}
ServerName tulip
ServerType standalone
DefaultAddress ${hostname}
Port ${port}
UseIPv6 ${hostname === "::1" ? "on" : "off"}
UseReverseDNS off
SocketBindTight on
User nobody
Group nogroup
Umask 022
MaxInstances 100
PidFile ${path}/pid
ScoreboardFile ${path}/scoreboard
DelayEngine off
TimesGMT on
SystemLog ${path}/proftpd.log
TransferLog none
WtmpLog off
AuthPAM off
${site("")}
<VirtualHost ${hostname}>
Port ${port + 1}
${site("NoSessionReuseRequired")}
</VirtualHost>
<VirtualHost ${hostname}>
Port ${port + 2}
${site("UseImplicitSSL")}
</VirtualHost>
`,
  );
  stack.use(
    await Daemon.start({
      name: "ProFTPD",
      command: [pathOf("proftpd"), "-n", "-q", "-c", file],
      log: `${path}/output.log`,
      ports: [port],
      hostname,
    }),
  );

  const running = stack.move();
  return {
    hostname,
    port,
    portWithoutReuse: port + 1,
    implicitPort: port + 2,
    user: "tulip",
    password: "secret",
    root,
    passivePorts,
    ca: certificates.ca,
    caFile: certificates.caFile,
    log: () => Deno.readTextFile(`${path}/proftpd.log`),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

function tls({ cert, key }: CertificateFiles, options: string): string {
  return `TLSEngine on
TLSProtocol TLSv1.2 TLSv1.3
TLSECCertificateFile ${cert}
TLSECCertificateKeyFile ${key}
TLSVerifyClient off
TLSRequired off
TLSOptions ${options} EnableDiags
TLSRenegotiate none`;
}
