/**
 * Which real servers and clients this machine has.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

/** Where `deno task servers` unpacks the servers that exclude each other as packages. */
export const UNPACKED: string = fileURLToPath(
  new URL("../../../.cache/servers", import.meta.url),
);

/** Names of programs that tests may need. */
export type Program = keyof typeof PROGRAMS;

const PROGRAMS = {
  "aiosmtpd": "/usr/lib/python3/dist-packages/aiosmtpd/__init__.py",
  "chromium": "/usr/bin/chromium",
  "curl": "/usr/bin/curl",
  "danted": "/usr/sbin/danted",
  "dnsmasq": "/usr/sbin/dnsmasq",
  "dovecot": "/usr/sbin/dovecot",
  "lftp": "/usr/bin/lftp",
  "microsocks": "/usr/bin/microsocks",
  "openssl": "/usr/bin/openssl",
  "postfix": "/usr/sbin/postfix",
  "proftpd": `${UNPACKED}/proftpd-core/usr/sbin/proftpd`,
  "pure-ftpd": `${UNPACKED}/pure-ftpd/usr/sbin/pure-ftpd`,
  "pyftpdlib": "/usr/lib/python3/dist-packages/pyftpdlib/__init__.py",
  "python3": "/usr/bin/python3",
  "python3-testsuite": "/usr/lib/python3.11/test/test_ftplib.py",
  "smtp-sink": "/usr/sbin/smtp-sink",
  "smtp-source": "/usr/sbin/smtp-source",
  "socat": "/usr/bin/socat",
  "swaks": "/usr/bin/swaks",
  "tinyproxy": "/usr/bin/tinyproxy",
  "unshare": "/usr/bin/unshare",
  "vsftpd": `${UNPACKED}/vsftpd/usr/sbin/vsftpd`,
} as const;

/** Servers that take the identity of others, which only root may. */
const NEED_ROOT: ReadonlySet<Program> = new Set([
  "danted",
  "dovecot",
  "postfix",
  "proftpd",
  "pure-ftpd",
  "smtp-sink",
  "unshare",
  "vsftpd",
]);

/**
 * Where a program lies.
 *
 * @param program Its name.
 * @returns Its path, whether or not it is there.
 */
export function pathOf(program: Program): string {
  return PROGRAMS[program];
}

/**
 * Whether a program is there and can be used.
 *
 * @param program Its name.
 * @returns `true` where it can.
 */
export function installed(program: Program): boolean {
  return absence(program) === undefined;
}

/**
 * Why a program cannot be used.
 *
 * @param program Its name.
 * @returns The reason, in words that follow "skipped:", or `undefined` where it can be used.
 */
export function absence(program: Program): string | undefined {
  try {
    Deno.statSync(PROGRAMS[program]);
  } catch {
    return `${program} is not installed`;
  }
  return NEED_ROOT.has(program) && Deno.uid() !== 0 ? `${program} needs root` : undefined;
}
