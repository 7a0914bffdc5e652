/**
 * Checks of what TLS is told, before anything is sent.
 *
 * @module
 */

import type { TlsVersions } from "./tls.ts";

const VERSIONS = ["TLSv1.2", "TLSv1.3"];

/**
 * Checks the versions.
 *
 * @param versions The oldest and the newest.
 * @returns Both.
 * @throws {RangeError} If one is none, or no version is left between them.
 */
export function checkVersions(versions: TlsVersions): Required<TlsVersions> {
  const { minVersion = "TLSv1.2", maxVersion = "TLSv1.3" } = versions;
  for (const [name, version] of Object.entries({ minVersion, maxVersion })) {
    if (VERSIONS.includes(version)) continue;
    throw new RangeError(
      `Cannot set ${name} to ${JSON.stringify(version)}: need "TLSv1.2" or "TLSv1.3"`,
    );
  }
  if (minVersion > maxVersion) {
    throw new RangeError(
      `Cannot set minVersion to ${minVersion} and maxVersion to ${maxVersion}: no version is left`,
    );
  }
  return { minVersion, maxVersion };
}

/**
 * Checks names of application protocols (RFC 7301 §3.1).
 *
 * @param protocols The names.
 * @returns The names; empty for none.
 * @throws {TypeError} If one is empty, longer than 255 bytes, or not ASCII.
 */
export function checkAlpn(protocols: readonly string[] = []): readonly string[] {
  for (const name of protocols) {
    // deno-lint-ignore no-control-regex
    if (/^[\x00-\x7f]{1,255}$/.test(name)) continue;
    throw new TypeError(
      `Cannot use ${JSON.stringify(name)} in alpnProtocols: need 1 to 255 ASCII characters`,
    );
  }
  return protocols;
}

/**
 * Checks fingerprints.
 *
 * @param pins SHA-256 fingerprints, with or without colons.
 * @returns The digits of each, upper-case; `undefined` where none were given.
 * @throws {TypeError} If one is no fingerprint, or the list is empty: that would let nobody in, or
 * everybody.
 */
export function checkPins(pins: readonly string[] | undefined): readonly string[] | undefined {
  if (pins === undefined) return undefined;
  if (pins.length === 0) throw new TypeError("Cannot use an empty list of pinnedFingerprints");
  return pins.map((pin) => {
    const digits = pin.replaceAll(":", "").toUpperCase();
    if (/^[0-9A-F]{64}$/.test(digits)) return digits;
    throw new TypeError(
      `Cannot use ${JSON.stringify(pin)} as a fingerprint: need SHA-256, 64 hexadecimal digits, ` +
        `with or without colons between each two`,
    );
  });
}
