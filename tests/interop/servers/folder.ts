/**
 * A temporary folder that servers without root's rights can pass through.
 *
 * @module
 */

import { certificates } from "../../peers/certs.ts";

/** The folder of one server. */
export interface Folder extends AsyncDisposable {
  /** Its absolute path. */
  readonly path: string;
}

/**
 * Makes a folder, which is removed with all that is in it when it is disposed of.
 *
 * @param name Part of its name.
 * @returns The folder.
 */
export async function temporaryFolder(name: string): Promise<Folder> {
  const path = await Deno.makeTempDir({ prefix: `tulip-${name}-` });
  // Made with mode 0700, where a server that has given up root's rights meets a closed door.
  await Deno.chmod(path, 0o755);
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

/** Where a folder holds the certificates of a server. */
export interface CertificateFiles {
  /** The authority's certificate, as a file. */
  readonly caFile: string;
  /** The authority's certificate, PEM. */
  readonly ca: string;
  /** The certificate for localhost and 127.0.0.1. */
  readonly cert: string;
  /** Its private key. */
  readonly key: string;
  /** Key and certificate in one file. */
  readonly both: string;
  /** In order, but for another host. */
  readonly wrongHostCert: string;
  /** The private key of that. */
  readonly wrongHostKey: string;
}

/**
 * Writes certificates for a server.
 *
 * @param folder Where to.
 * @returns The paths of the files.
 */
export async function writeCertificates(folder: string): Promise<CertificateFiles> {
  const { ca, good, wrongHost } = await certificates();
  const path = (name: string) => `${folder}/${name}`;
  const contents: Record<string, string> = {
    "ca.pem": ca,
    "cert.pem": good.cert,
    "key.pem": good.key,
    "both.pem": `${good.key}\n${good.cert}`,
    "wrong-cert.pem": wrongHost.cert,
    "wrong-key.pem": wrongHost.key,
  };
  for (const [name, text] of Object.entries(contents)) {
    const secret = name.includes("key") || name.startsWith("both");
    await Deno.writeTextFile(path(name), `${text.trimEnd()}\n`, { mode: secret ? 0o600 : 0o644 });
  }
  return {
    caFile: path("ca.pem"),
    ca,
    cert: path("cert.pem"),
    key: path("key.pem"),
    both: path("both.pem"),
    wrongHostCert: path("wrong-cert.pem"),
    wrongHostKey: path("wrong-key.pem"),
  };
}
