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
    selfSignedAuthority(),
  ]);
  return {
    ca: caCerts[0]!,
    good: { ...good, caCerts },
    wrongHost: { ...wrongHost, caCerts },
    expired: { ...expired, caCerts },
    unknownIssuer: { ...unknownIssuer, caCerts },
    selfSigned: { ...selfSigned, caCerts: [selfSigned.cert] },
  };
}

interface Authority {
  readonly certificate: x509.X509Certificate;
  readonly keys: CryptoKeyPair;
}

interface LeafOptions {
  names?: x509.JsonGeneralNames;
  /** Beginning and end of validity, in milliseconds from now. */
  from?: number;
  until?: number;
}

async function authority(name: string): Promise<Authority> {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(),
    name: `CN=${name}`,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate, keys };
}

async function leaf(issuer: Authority, options: LeafOptions = {}) {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity(options),
    subject: "CN=Tulip test server",
    issuer: issuer.certificate.subject,
    publicKey: keys.publicKey,
    signingKey: issuer.keys.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(options.names ?? LOCAL_NAMES),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.keys.publicKey),
    ],
  });
  return { cert: certificate.toString("pem"), key: await privatePem(keys) };
}

async function selfSignedAuthority() {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(),
    name: "CN=localhost",
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.SubjectAlternativeNameExtension(LOCAL_NAMES),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: certificate.toString("pem"), key: await privatePem(keys) };
}

function validity({ from = -DAY, until = 7 * DAY }: LeafOptions = {}) {
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
