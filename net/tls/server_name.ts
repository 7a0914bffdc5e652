/**
 * Whether a certificate is for a host: its alternative names alone count, as
 * the common name no longer does (RFC 9525 §6).
 *
 * @module
 */

import type { CertificateUse } from "./extensions.ts";
import { isSameBytes } from "./same_bytes.ts";

/**
 * Says whether a text is an IP address, and which.
 *
 * @param hostname A host name or an IP address, IPv6 without brackets.
 * @returns Its 4 or 16 bytes; `undefined` for a host name.
 */
export function addressBytes(hostname: string): Uint8Array | undefined {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(hostname)) {
    const bytes = hostname.split(".").map(Number);
    return bytes.every((byte) => byte <= 255) ? new Uint8Array(bytes) : undefined;
  }
  if (!hostname.includes(":") || !URL.canParse(`http://[${hostname}]/`)) return undefined;
  const [head = "", tail] = new URL(`http://[${hostname}]/`).hostname.slice(1, -1).split("::");
  const first = wordsOf(head);
  const last = wordsOf(tail ?? "");
  const gap = new Array<number>(8 - first.length - last.length).fill(0);
  return new Uint8Array([...first, ...gap, ...last].flatMap((word) => [word >> 8, word & 0xff]));
}

/**
 * Writes a host name as certificates and SNI have it: ASCII, lower-case, no dot at the end.
 *
 * @param hostname A host name, or an IP address.
 * @throws {TypeError} If it is neither.
 */
export function plainName(hostname: string): string {
  if (addressBytes(hostname) !== undefined) return hostname.toLowerCase();
  const bare = hostname.replace(/\.$/, "");
  // What a URL would take apart is no host name.
  if (bare !== "" && !/[\s/?#@:\\[\]%]/.test(bare) && URL.canParse(`http://${bare}/`)) {
    const ascii = new URL(`http://${bare}/`).hostname;
    if (ascii !== "" && !/^[\d.]+$/.test(ascii)) return ascii;
  }
  throw new TypeError(
    `Cannot use ${JSON.stringify(hostname)} as serverHostname: need a host name or an IP address`,
  );
}

/**
 * Says whether a certificate is for a host.
 *
 * @param hostname The host, as {@linkcode plainName} writes it.
 * @param use What the certificate says.
 */
export function isFor(hostname: string, { dnsNames, addresses }: CertificateUse): boolean {
  const address = addressBytes(hostname);
  if (address !== undefined) {
    return addresses.some((each) => isSameBytes(each, address));
  }
  return dnsNames.some((name) => matches(name.toLowerCase().replace(/\.$/, ""), hostname));
}

/**
 * Says whether a name fits one with a wildcard. `*` stands for the whole first label (RFC 9525 §6.3),
 * and never for all of a domain as `*.org` would.
 *
 * @param pattern The name, perhaps with `*`.
 * @param hostname The host name.
 */
export function matches(pattern: string, hostname: string): boolean {
  if (!pattern.startsWith("*.")) return pattern === hostname;
  const domain = pattern.slice(1);
  const label = hostname.slice(0, -domain.length);
  return hostname.endsWith(domain) && domain.indexOf(".", 1) > 0 && label !== "" &&
    !label.includes(".");
}

function wordsOf(text: string): number[] {
  return text === "" ? [] : text.split(":").map((word) => parseInt(word, 16));
}
