/**
 * Names of hosts beyond ASCII (IDNA, RFC 5891), as the platform's URLs have
 * them.
 *
 * @module
 */

/**
 * Writes the name of a host in ASCII.
 *
 * @param hostname The name.
 * @returns The name as DNS has it, `xn--bcher-kva.example`; what is ASCII stays as it is.
 * @throws {TypeError} If it is no name.
 */
export function inAscii(hostname: string): string {
  // deno-lint-ignore no-control-regex
  if (/^[\x00-\x7f]*$/.test(hostname)) return hostname;
  const ascii = /[/?#@:]/.test(hostname) ? undefined : URL.parse(`http://${hostname}`)?.hostname;
  if (ascii) return ascii;
  throw new TypeError(`Cannot use ${JSON.stringify(hostname)} as a host: it is no name in IDNA`);
}
