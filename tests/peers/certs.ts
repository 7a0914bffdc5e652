/**
 * Throw-away certificates, made when the tests start: a certificate authority, a good leaf, and
 * one leaf for each way in which a certificate can be refused (RFC 5280, RFC 6125).
 *
 * ```ts ignore
 * const { good } = await certificates();
 * const listener = Deno.listenTls({ port: 0, hostname: "127.0.0.1", cert: good.cert, key: good.key });
 * const client = await Deno.connectTls({ hostname: "localhost", port, caCerts: good.caCerts });
 * ```
 *
 * @module
 */

// The library's container asks for this polyfill to be there first.
import "npm:reflect-metadata@0.2.2";
import * as x509 from "npm:@peculiar/x509@2.2.0";

/** What a server needs to offer a certificate, and what a client needs to judge it. */
export interface Identity {
  /** The certificate, PEM. */
  readonly cert: string;
  /** Its private key, PEM (PKCS #8). */
  readonly key: string;
  /** What a client is given as `caCerts`: the only roots that the tests trust, PEM. */
  readonly caCerts: string[];
}

/** Every certificate of the tests. All are for `localhost`, `127.0.0.1` and `::1` where not said otherwise. */
export interface Certificates {
  /** The authority that the tests trust, PEM. */
  readonly ca: string;
  /** A leaf that every client must accept: right names, in date, `CA:FALSE`. */
  readonly good: Identity;
  /** In order, but for `wrong.example` only. */
  readonly wrongHost: Identity;
  /** In order, but its time was over yesterday. */
  readonly expired: Identity;
  /**
   * Signed by itself and marked `CA:TRUE`, as `openssl req -x509` makes them; given to the client
   * as a root. OpenSSL takes it, rustls does not (`CaUsedAsEndEntity`).
   */
  readonly selfSigned: Identity;
  /** In order, but its issuer is an authority that the client was not given. */
  readonly unknownIssuer: Identity;
  /** In order, but its time begins only tomorrow. */
  readonly notYetValid: Identity;
  /** Signed by itself, as it should be: `CA:FALSE`. Given to the client as a root. */
  readonly selfSignedLeaf: Identity;
  /** A leaf below an authority that is below the root; `cert` holds both certificates. */
  readonly intermediate: Identity;
  /** The same leaf, without the authority in between. */
  readonly intermediateMissing: Identity;
  /** A leaf, signed with a certificate that is no authority's (`CA:FALSE`); `cert` holds both. */
  readonly falseIntermediate: Identity;
  /** A leaf below two authorities, of which the upper one allows none below it; `cert` holds all. */
  readonly pathTooLong: Identity;
  /** A leaf below an authority that is limited to names of `example.org`; `cert` holds both. */
  readonly nameConstrained: Identity;
  /** In order, but the time of its authority, which the client was given, was over yesterday. */
  readonly expiredAuthority: Identity;
  /** Without alternative names: `localhost` is its common name only. */
  readonly commonNameOnly: Identity;
  /** For `other.example` and `*.wild.example`, for servers with several names. */
  readonly otherName: Identity;
  /** A client's (extended key usage), of the trusted authority, with an address for a name. */
  readonly client: Identity;
  /** A client's, of an authority that the server does not know. */
  readonly strangersClient: Identity;
  /** A client's, out of date. */
  readonly expiredClient: Identity;
}

/**
 * Makes the certificates, once in a process.
 *
 * @returns The same certificates at every call.
 */
export function certificates(): Promise<Certificates> {
  return cached ??= make();
}

let cached: Promise<Certificates> | undefined;

const DAY = 86_400_000;
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const LOCAL_NAMES: x509.JsonGeneralNames = [
  { type: "dns", value: "localhost" },
  { type: "ip", value: "127.0.0.1" },
  { type: "ip", value: "::1" },
];

async function make(): Promise<Certificates> {
  const ca = await authority("Tulip test CA");
  const stranger = await authority("Somebody else's CA");
  const caCerts = [ca.certificate.toString("pem")];

  const [good, wrongHost, expired, unknownIssuer, selfSigned] = await Promise.all([
    leaf(ca),
    leaf(ca, { names: [{ type: "dns", value: "wrong.example" }] }),
    leaf(ca, { from: -30 * DAY, until: -DAY }),
    leaf(stranger),
    selfSignedCertificate(true),
  ]);
  const between = await authority("Tulip test CA in between", { issuer: ca });
  const lowest = await authority("Tulip test CA below that", { issuer: between });
  const constrained = await authority("Tulip test CA with limits", {
    issuer: ca,
    names: "example.org",
  });
  const past = await authority("Tulip test CA of old", { from: -30 * DAY, until: -DAY });
  const noAuthority = await authority("Tulip test CA that is none", { issuer: ca, isCa: false });
  const [below, selfSignedLeaf] = await Promise.all([leaf(between), selfSignedCertificate(false)]);
  const clientNames: x509.JsonGeneralNames = [{ type: "email", value: "client@example.org" }];
  const asClient = { names: clientNames, purpose: x509.ExtendedKeyUsage.clientAuth };
  return {
    ca: caCerts[0]!,
    good: { ...good, caCerts },
    wrongHost: { ...wrongHost, caCerts },
    expired: { ...expired, caCerts },
    unknownIssuer: { ...unknownIssuer, caCerts },
    selfSigned: { ...selfSigned, caCerts: [selfSigned.cert] },
    notYetValid: { ...await leaf(ca, { from: DAY, until: 7 * DAY }), caCerts },
    selfSignedLeaf: { ...selfSignedLeaf, caCerts: [selfSignedLeaf.cert] },
    intermediate: { ...shownWith(below, between), caCerts },
    intermediateMissing: { ...below, caCerts },
    falseIntermediate: { ...shownWith(await leaf(noAuthority), noAuthority), caCerts },
    pathTooLong: { ...shownWith(await leaf(lowest), lowest, between), caCerts },
    nameConstrained: { ...shownWith(await leaf(constrained), constrained), caCerts },
    expiredAuthority: { ...await leaf(past), caCerts: [past.certificate.toString("pem")] },
    commonNameOnly: { ...await leaf(ca, { names: [], commonName: "localhost" }), caCerts },
    otherName: {
      ...await leaf(ca, {
        names: [
          { type: "dns", value: "other.example" },
          { type: "dns", value: "*.wild.example" },
        ],
      }),
      caCerts,
    },
    client: { ...await leaf(ca, asClient), caCerts },
    strangersClient: { ...await leaf(stranger, asClient), caCerts },
    expiredClient: { ...await leaf(ca, { ...asClient, from: -30 * DAY, until: -DAY }), caCerts },
  };
}

interface Authority {
  readonly certificate: x509.X509Certificate;
  readonly keys: CryptoKeyPair;
}

/** A leaf that is shown together with authorities above it. */
function shownWith(leaf: { cert: string; key: string }, ...above: Authority[]) {
  const chain = [leaf.cert, ...above.map(({ certificate }) => certificate.toString("pem"))];
  return { cert: chain.join("\n"), key: leaf.key };
}

interface LeafOptions {
  names?: x509.JsonGeneralNames;
  commonName?: string;
  purpose?: x509.ExtendedKeyUsageType;
  /** Beginning and end of validity, in milliseconds from now. */
  from?: number;
  until?: number;
}

interface AuthorityOptions {
  /** Who signs it; itself by default. */
  issuer?: Authority;
  isCa?: boolean;
  /** The domain that it may sign for. */
  names?: string;
  /** Beginning and end of validity, in milliseconds from now. */
  from?: number;
  until?: number;
}

async function authority(name: string, options: AuthorityOptions = {}): Promise<Authority> {
  const { issuer, isCa = true, names } = options;
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity(options),
    subject: `CN=${name}`,
    issuer: issuer?.certificate.subject ?? `CN=${name}`,
    publicKey: keys.publicKey,
    signingKey: (issuer?.keys ?? keys).privateKey,
    extensions: [
      // A root allows two levels below it; others allow none.
      new x509.BasicConstraintsExtension(isCa, isCa ? issuer ? 0 : 2 : undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ...(issuer === undefined
        ? []
        : [await x509.AuthorityKeyIdentifierExtension.create(issuer.keys.publicKey)]),
      ...(names === undefined ? [] : [nameConstraints(names)]),
    ],
  });
  return { certificate, keys };
}

/** Permits names of one domain (RFC 5280 §4.2.1.10), as the library knows no such extension. */
function nameConstraints(domain: string): x509.Extension {
  const name = new TextEncoder().encode(domain);
  const wrap = (tag: number, contents: Uint8Array | number[]) =>
    new Uint8Array([tag, contents.length, ...contents]);
  const subtrees = wrap(0xa0, wrap(0x30, wrap(0x82, name)));
  return new x509.Extension("2.5.29.30", true, wrap(0x30, subtrees));
}

async function leaf(issuer: Authority, options: LeafOptions = {}) {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity(options),
    subject: `CN=${options.commonName ?? "Tulip test server"}`,
    issuer: issuer.certificate.subject,
    publicKey: keys.publicKey,
    signingKey: issuer.keys.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([
        options.purpose ?? x509.ExtendedKeyUsage.serverAuth,
      ]),
      ...(options.names?.length === 0
        ? []
        : [new x509.SubjectAlternativeNameExtension(options.names ?? LOCAL_NAMES)]),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.keys.publicKey),
    ],
  });
  return { cert: certificate.toString("pem"), key: await privatePem(keys) };
}

async function selfSignedCertificate(isCa: boolean) {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(),
    name: "CN=localhost",
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(isCa, undefined, true),
      new x509.SubjectAlternativeNameExtension(LOCAL_NAMES),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: certificate.toString("pem"), key: await privatePem(keys) };
}

function validity({ from = -DAY, until = 7 * DAY }: Pick<LeafOptions, "from" | "until"> = {}) {
  const now = Date.now();
  return {
    notBefore: new Date(now + from),
    notAfter: new Date(now + until),
    signingAlgorithm: ALGORITHM,
    serialNumber: crypto.getRandomValues(new Uint8Array(15)).toHex(),
  };
}

function newKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

async function privatePem(keys: CryptoKeyPair): Promise<string> {
  const bytes = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return x509.PemConverter.encode(bytes, "PRIVATE KEY");
}
