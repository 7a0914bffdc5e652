/**
 * IP addresses in their text forms (RFC 791, RFC 4291 §2.2).
 *
 * @module
 */

/**
 * Tells whether a text is an IPv4 address of four decimal numbers.
 *
 * @param text The text.
 * @returns Whether it is.
 */
export function isIPv4(text: string): boolean {
  return /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/.test(text);
}

/**
 * Tells whether a text is an IPv6 address (RFC 4291 §2.2), without a zone.
 *
 * @param text The text.
 * @returns Whether it is.
 */
export function isIPv6(text: string): boolean {
  if (text.length > 45 || !/^[0-9A-Fa-f:.]+$/.test(text)) return false;
  const halves = text.split("::");
  if (halves.length > 2) return false;
  let groups = 0;
  for (const [half, part] of halves.entries()) {
    if (part === "") {
      if (halves.length === 1) return false;
      continue;
    }
    const words = part.split(":");
    for (const [index, word] of words.entries()) {
      const last = half === halves.length - 1 && index === words.length - 1;
      if (last && isIPv4(word)) groups += 2;
      else if (/^[0-9A-Fa-f]{1,4}$/.test(word)) groups += 1;
      else return false;
    }
  }
  // "::" stands for at least one group of zeros.
  return halves.length === 2 ? groups <= 7 : groups === 8;
}

/**
 * The IPv4 address that an IPv4-mapped IPv6 address stands for (RFC 4291 §2.5.5.2): what a socket
 * that takes both kinds calls its IPv4 peers.
 *
 * @param address An address.
 * @returns For `::ffff:127.0.0.1`, `127.0.0.1`; any other text as it is.
 */
export function unmapped(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}
