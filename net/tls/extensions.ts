/**
 * What a certificate says about itself, read from its DER where Node tells too
 * little (RFC 5280 §4.1 and §4.2).
 *
 * @module
 */

import {
  type DerElement,
  elementsOf,
  OBJECT_IDENTIFIER,
  objectIdentifier,
  SEQUENCE,
} from "./der.ts";

/** The fields of a certificate on which its use depends. */
export interface CertificateUse {
  /** Whether it is of X.509 version 3: older ones say nothing about their use. */
  readonly isVersion3: boolean;
  /** Whether it is an authority's. */
  readonly isAuthority: boolean;
  /** How many authorities may stand between it and a leaf. */
  readonly pathLength: number;
  /** Whether its key may sign certificates. */
  readonly maySign: boolean;
  /** What it may be used for, object identifiers; `undefined` for all. */
  readonly purposes: readonly string[] | undefined;
  /** The host names that it is for. */
  readonly dnsNames: readonly string[];
  /** The IP addresses that it is for, 4 or 16 bytes each. */
  readonly addresses: readonly Uint8Array[];
  /** What it demands and is not understood here, object identifiers. */
  readonly unknown: readonly string[];
  /** The name of its signature's algorithm, an object identifier. */
  readonly signature: string;
}

const BASIC_CONSTRAINTS = "2.5.29.19";
const KEY_USAGE = "2.5.29.15";
const EXTENDED_KEY_USAGE = "2.5.29.37";
const SUBJECT_ALT_NAME = "2.5.29.17";
const NAME_CONSTRAINTS = "2.5.29.30";

const BOOLEAN = 0x01;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;
const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;

/**
 * Reads what a certificate says about its use.
 *
 * @param certificate The certificate, DER.
 * @returns What it says; `undefined` if it cannot be read.
 */
export function useOf(certificate: Uint8Array<ArrayBuffer>): CertificateUse | undefined {
  const [whole, more] = elementsOf(certificate) ?? [];
  const [tbs, algorithm] = within(whole) ?? [];
  const fields = within(tbs);
  const name = within(algorithm)?.[0];
  if (fields === undefined || name?.tag !== OBJECT_IDENTIFIER || more !== undefined) {
    return undefined;
  }
  const version = elementsOf(fields[0]?.tag === VERSION ? fields[0].contents : EMPTY)?.[0];
  const isVersion3 = version?.tag === INTEGER && version.contents.length === 1 &&
    version.contents[0] === 2;
  const wrapped = fields.find(({ tag }) => tag === EXTENSIONS);
  const extensions = wrapped === undefined ? [] : within(elementsOf(wrapped.contents)?.[0]);
  if (extensions === undefined) return undefined;

  const use = {
    isVersion3,
    isAuthority: false,
    pathLength: Infinity,
    maySign: true,
    purposes: undefined as string[] | undefined,
    dnsNames: [] as string[],
    addresses: [] as Uint8Array[],
    unknown: [] as string[],
    signature: objectIdentifier(name.contents),
  };
  const seen = new Set<string>();
  for (const extension of extensions) {
    const parts = within(extension) ?? [];
    const value = parts.at(-1);
    if (parts[0]?.tag !== OBJECT_IDENTIFIER || value?.tag !== OCTET_STRING) return undefined;
    const critical = parts[1]?.tag === BOOLEAN && parts[1].contents[0] !== 0;
    const id = objectIdentifier(parts[0].contents);
    if (seen.has(id)) return undefined;
    seen.add(id);
    const [element, rest] = elementsOf(value.contents) ?? [];
    if (element === undefined || rest !== undefined) return undefined;
    if (!apply(use, id, element, critical)) return undefined;
  }
  return use;
}

/** Takes in one extension. Gives `false` where it cannot be read. */
function apply(
  use: {
    -readonly [Field in keyof CertificateUse]: CertificateUse[Field] extends
      readonly (infer Each)[] | undefined ? Each[] | Extract<CertificateUse[Field], undefined>
      : CertificateUse[Field];
  },
  id: string,
  element: DerElement,
  critical: boolean,
): boolean {
  switch (id) {
    case BASIC_CONSTRAINTS: {
      const fields = within(element);
      if (fields === undefined) return false;
      use.isAuthority = fields[0]?.tag === BOOLEAN && fields[0].contents[0] !== 0;
      const length = fields.find(({ tag }) => tag === INTEGER)?.contents;
      if (length !== undefined) use.pathLength = length.length === 1 ? length[0]! & 0x7f : Infinity;
      return true;
    }
    case KEY_USAGE:
      // keyCertSign is bit 5; the first byte counts the bits that are none (RFC 5280 §4.2.1.3).
      if (element.tag !== BIT_STRING) return false;
      use.maySign = ((element.contents[1] ?? 0) & 0x04) !== 0;
      return true;
    case EXTENDED_KEY_USAGE:
      use.purposes = within(element)?.map(({ contents }) => objectIdentifier(contents));
      return use.purposes !== undefined;
    case SUBJECT_ALT_NAME: {
      const names = within(element);
      for (const { tag, contents } of names ?? []) {
        if (tag === DNS_NAME) use.dnsNames.push(String.fromCharCode(...contents));
        if (tag === IP_ADDRESS) use.addresses.push(contents);
      }
      return names !== undefined;
    }
    default:
      // What limits an authority to some names is not weighed here, so it is not ignored either.
      if ((critical && !HARMLESS.has(id)) || id === NAME_CONSTRAINTS) use.unknown.push(id);
      return true;
  }
}

/** Extensions that change nothing here, even where they are critical: policies, and key identifiers. */
const HARMLESS = new Set(["2.5.29.14", "2.5.29.35", "2.5.29.31", "2.5.29.32", "1.3.6.1.5.5.7.1.1"]);

const EMPTY = new Uint8Array(0);

function within(element: DerElement | undefined): DerElement[] | undefined {
  return element?.tag === SEQUENCE ? elementsOf(element.contents) : undefined;
}
