/**
 * Names of services and their ports, by IANA's registry: those that programs
 * on this floor speak, not all of the file `/etc/services`, which would need
 * a permission to be read.
 *
 * @module
 */

/** A service, its ports over TCP and UDP, and its other names. */
type Service = readonly [name: string, tcp: number | 0, udp: number | 0, ...aliases: string[]];

const SERVICES: readonly Service[] = [
  ["ftp-data", 20, 0],
  ["ftp", 21, 0],
  ["ssh", 22, 0],
  ["telnet", 23, 0],
  ["smtp", 25, 0, "mail"],
  ["domain", 53, 53],
  ["tftp", 0, 69],
  ["http", 80, 0, "www"],
  ["pop3", 110, 0, "pop-3"],
  ["nntp", 119, 0, "readnews", "untp"],
  ["ntp", 0, 123],
  ["imap2", 143, 0, "imap"],
  ["snmp", 161, 161],
  ["ldap", 389, 389],
  ["https", 443, 443],
  ["submissions", 465, 0, "ssmtp", "smtps", "urd"],
  ["shell", 514, 0, "cmd"],
  ["syslog", 0, 514],
  ["nntps", 563, 0, "snntp"],
  ["submission", 587, 0],
  ["ldaps", 636, 636],
  ["ftps-data", 989, 0],
  ["ftps", 990, 0],
  ["telnets", 992, 0],
  ["imaps", 993, 0],
  ["pop3s", 995, 0],
  ["socks", 1080, 0],
  ["sip", 5060, 5060],
  ["sips", 5061, 5061],
  ["xmpp-client", 5222, 0, "jabber-client"],
];

/**
 * Finds the port of a service.
 *
 * @param name Its name.
 * @param protocol Over what.
 * @returns The port, or `undefined` for none that is known here.
 */
export function portOfService(name: string, protocol: "tcp" | "udp"): number | undefined {
  for (const [known, tcp, udp, ...aliases] of SERVICES) {
    if (known !== name && !aliases.includes(name)) continue;
    const port = protocol === "tcp" ? tcp : udp;
    if (port !== 0) return port;
  }
  return undefined;
}

/**
 * Finds the service of a port.
 *
 * @param port The port.
 * @param protocol Over what.
 * @returns The name, or `undefined` for none that is known here.
 */
export function serviceOfPort(port: number, protocol: "tcp" | "udp"): string | undefined {
  const place = protocol === "tcp" ? 1 : 2;
  return port === 0 ? undefined : SERVICES.find((service) => service[place] === port)?.[0];
}
