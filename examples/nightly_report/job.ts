/**
 * What the nightly report is asked to do, from its command line.
 *
 * @module
 */

import { parseArgs } from "node:util";

/** One nightly job. */
export interface Job {
  /** Where the files are. */
  ftp: {
    hostname: string;
    /** The folder, without a slash at its end; empty for the root. */
    folder: string;
    options: { port: number; user: string; password: string };
  };
  /** Who sends the mail. */
  smtp: {
    hostname: string;
    /** `smtps:`, TLS from the first byte. */
    implicitTls: boolean;
    options: {
      port: number;
      user?: string;
      password?: string;
      starttls?: boolean;
      caCerts?: string[];
    };
  };
  /** The sender's address. */
  from: string;
  /** The recipients' addresses. */
  to: string[];
  /** The local folder. */
  into: string;
  /** How many files are fetched at once. */
  parallel: number;
}

/** The command line makes no sense. The message says why. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What `--help` prints. */
export const HELP = `Fetches what is new on an FTP server, and mails a report.

  --ftp ftp://user:password@host:port/folder   where the files are
  --smtp smtp://user:password@host:port        who sends the mail; smtps:// for TLS from the start
  --to ADDRESS                                 a recipient; may be given again
  --from ADDRESS                               the sender (default: nightly@localhost)
  --into FOLDER                                where the files go (default: nightly)
  --parallel N                                 files fetched at once (default: 3)
  --starttls                                   insist on TLS for smtp://
  --ca FILE                                    a CA certificate to trust, PEM

Without arguments it brings its own servers and shows what it does.`;

/** Reads the command line. */
export async function parseJob(args: string[]): Promise<Job> {
  const values = parse(args);
  const ftp = parseUrl(values.ftp, "--ftp", { "ftp:": 21 });
  const smtp = parseUrl(values.smtp, "--smtp", { "smtp:": 25, "smtps:": 465 });
  if (!values.to?.length) throw new UsageError(`Give at least one --to ADDRESS\n\n${HELP}`);
  const parallel = Number(values.parallel);
  if (!Number.isInteger(parallel) || parallel < 1) {
    throw new UsageError(`--parallel needs a whole number above 0, not ${values.parallel}`);
  }
  return {
    ftp: {
      hostname: ftp.hostname,
      folder: decodeURIComponent(ftp.url.pathname).replace(/\/+$/, ""),
      options: {
        port: ftp.port,
        user: ftp.user ?? "anonymous",
        password: ftp.password ?? "anonymous@",
      },
    },
    smtp: {
      hostname: smtp.hostname,
      implicitTls: smtp.url.protocol === "smtps:",
      options: {
        port: smtp.port,
        user: smtp.user,
        password: smtp.password,
        starttls: values.starttls,
        caCerts: values.ca === undefined ? undefined : [await Deno.readTextFile(values.ca)],
      },
    },
    from: values.from,
    to: values.to,
    into: values.into.replace(/\/+$/, ""),
    parallel,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        ftp: { type: "string" },
        smtp: { type: "string" },
        to: { type: "string", multiple: true },
        from: { type: "string", default: "nightly@localhost" },
        into: { type: "string", default: "nightly" },
        parallel: { type: "string", default: "3" },
        starttls: { type: "boolean" },
        ca: { type: "string" },
      },
    }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${HELP}`);
  }
}

function parseUrl(text: string | undefined, option: string, schemes: Record<string, number>) {
  const url = URL.parse(text ?? "");
  const port = url === null ? undefined : schemes[url.protocol];
  if (url === null || port === undefined) {
    const known = Object.keys(schemes).map((scheme) => `${scheme}//host`).join(" or ");
    throw new UsageError(`${option} needs a URL, ${known}\n\n${HELP}`);
  }
  return {
    url,
    // The brackets of an IPv6 address belong to the URL, not to the address.
    hostname: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: Number(url.port || port),
    user: url.username === "" ? undefined : decodeURIComponent(url.username),
    password: url.password === "" ? undefined : decodeURIComponent(url.password),
  };
}
