/**
 * The sessions of a command: opened when they are needed, used again, and closed at the end.
 *
 * @module
 */

import { rethrowIfCancelled } from "../../../loop/exceptions.ts";
import { PermissionError } from "../../../net/errors.ts";
import { CommandError, EXIT, UsageError } from "../../_cli/exit_codes.ts";
import { exitCodeOf, messageOf } from "../../_cli/failures.ts";
import { readOptionFile } from "../../_cli/files.ts";
import { FTP } from "../client.ts";
import type { FTPOptions, FTPTLSOptions } from "../session_options.ts";
import { ftpExitCode } from "./exit_code.ts";
import { type Login, loginFor } from "./login.ts";
import type { ServerJob } from "./options.ts";
import { type FTPUrl, parseFTPUrl, placeOf } from "./url.ts";

/** The sessions of one command. */
export class Sessions implements AsyncDisposable {
  readonly #job: ServerJob;
  readonly #logins = new Map<string, Promise<Login>>();
  readonly #idle = new Map<string, FTP[]>();
  readonly #all = new Set<FTP>();
  #trust: Promise<FTPTLSOptions> | undefined;
  #count = 0;

  /**
   * Begins without any.
   *
   * @param job What the command is to do.
   */
  constructor(job: ServerJob) {
    this.#job = job;
  }

  /**
   * Reads a URL, as the options say.
   *
   * @param text The URL.
   * @returns What it says.
   * @throws {UsageError} If it is none.
   */
  parse(text: string): FTPUrl {
    return parseFTPUrl(text, this.#job.options.encoding);
  }

  /**
   * Does something in a session, which nobody else uses meanwhile.
   *
   * @param url The server.
   * @param work What to do.
   * @returns What that returned.
   * @throws {CommandError} If the server cannot be reached (`EXIT.unreachable`).
   */
  async use<T>(url: FTPUrl, work: (ftp: FTP) => Promise<T>): Promise<T> {
    const key = keyOf(url);
    const idle = this.#idle.get(key) ?? [];
    this.#idle.set(key, idle);
    let ftp = idle.pop();
    while (ftp?.closed) ftp = idle.pop();
    ftp ??= await this.#open(url);
    try {
      return await work(ftp);
    } finally {
      if (ftp.closed) this.#all.delete(ftp);
      else idle.push(ftp);
    }
  }

  /** Says goodbye to all servers. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(Array.from(this.#all, (ftp) => ftp[Symbol.asyncDispose]()));
  }

  /** Closes all at once, without a word to the servers: where nobody waits for them any more. */
  close(): void {
    for (const ftp of this.#all) ftp.close();
  }

  async #open(url: FTPUrl): Promise<FTP> {
    const { options, context } = this.#job;
    const key = keyOf(url);
    let login = this.#logins.get(key);
    if (login === undefined) {
      login = loginFor(url, options, context);
      this.#logins.set(key, login);
    }
    const { user, password } = await login;
    const ftp = await this.#client(url, user);
    const { signal } = context;
    let ready = false;
    try {
      await reach(url, () => ftp.connect(url.host, url.port, { signal }), signal);
      await ftp.login(user, password, "", { signal });
      ready = true;
      this.#all.add(ftp);
      return ftp;
    } finally {
      if (!ready) ftp.close();
    }
  }

  async #client(url: FTPUrl, user: string): Promise<FTP> {
    const { options, context } = this.#job;
    const settings = await this.#settings();
    if (url.scheme === "ftp" && !options.tls) {
      if (user !== "anonymous" && user !== "ftp" && !isLoopback(url.host)) {
        context.note(
          `The password goes to ${placeOf(url)} unencrypted, where others may read it: with ` +
            "ftpes:// in place of ftp:// they cannot, if the server speaks TLS",
        );
      }
      return new FTP(settings);
    }
    const { FTP_TLS } = await import("../ftp_tls.ts");
    return new FTP_TLS({
      ...settings,
      ...await (this.#trust ??= trustOf(options)),
      implicit: url.scheme === "ftps",
    });
  }

  async #settings(): Promise<FTPOptions> {
    const { options: { timeout, encoding, active, proxy, verbose, debug }, context } = this.#job;
    const number = ++this.#count;
    const settings: FTPOptions = { timeout, connectTimeout: timeout, encoding };
    if (active) settings.mode = "active";
    if (proxy !== undefined) settings.dial = await dialThrough(proxy);
    if (verbose || debug) {
      settings.debug = ({ direction, text }) => {
        const label = number === 1 ? "" : `[${number}] `;
        const who = direction === "send" ? "C" : "S";
        context.progress.print(`${label}${who}: ${messageOf(text)}`);
      };
    }
    return settings;
  }
}

/** Whom to trust, and who we are. */
async function trustOf(options: ServerJob["options"]): Promise<FTPTLSOptions> {
  const { cacert, cert, key, fingerprint } = options;
  if ((cert === undefined) !== (key === undefined)) {
    throw new UsageError("--cert and --key go together");
  }
  const read = async (option: string, path: string | undefined) =>
    path === undefined ? undefined : await readOptionFile(option, path);
  const authorities = await read("--cacert", cacert);
  return {
    caCerts: authorities === undefined ? undefined : [authorities],
    cert: await read("--cert", cert),
    key: await read("--key", key),
    pinnedFingerprints: fingerprint.length === 0 ? undefined : await pinsOf(fingerprint),
  };
}

async function pinsOf(fingerprints: readonly string[]): Promise<string[]> {
  const { checkPins } = await import("../../../net/tls/options.ts");
  try {
    return [...checkPins(fingerprints)!];
  } catch (cause) {
    throw new UsageError(`--fingerprint: ${messageOf(cause)}`, { cause });
  }
}

/** Whether what is sent there leaves this machine. */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d+){3}|::1)$/i.test(host);
}

function keyOf({ scheme, host, port, user }: FTPUrl): string {
  return JSON.stringify([scheme, host, port, user]);
}

/** Whatever fails before anybody logs in means that the server cannot be reached. */
async function reach(
  url: FTPUrl,
  connect: () => Promise<unknown>,
  signal: AbortSignal,
): Promise<void> {
  try {
    await connect();
  } catch (error) {
    rethrowIfCancelled(error, signal);
    const forbidden = error instanceof PermissionError;
    const known = exitCodeOf(error, ftpExitCode);
    const code = forbidden ? EXIT.usage : known === EXIT.failed ? EXIT.unreachable : known;
    const message = messageOf(error);
    const named = message.includes(url.host) ? message : `${placeOf(url)}: ${message}`;
    throw new CommandError(named, code, { cause: error });
  }
}

async function dialThrough(proxy: string): Promise<FTPOptions["dial"]> {
  const { proxyFromUrl } = await import("../../../net/proxies/proxy.ts");
  try {
    return proxyFromUrl(proxy);
  } catch (cause) {
    throw new UsageError(`--proxy: ${messageOf(cause)}`, { cause });
  }
}
