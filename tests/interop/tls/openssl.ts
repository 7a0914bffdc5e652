/**
 * OpenSSL's command line as the other side of a TLS connection.
 *
 * @module
 */

/** Certificates as files, for a program of others. */
export class Files implements AsyncDisposable {
  readonly #folder: string;
  readonly #paths = new Map<string, string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The path of a file, which is written when it is first asked for. */
  file(contents: string): string {
    let path = this.#paths.get(contents);
    if (path === undefined) {
      path = `${this.#folder}/${this.#paths.size}.pem`;
      Deno.writeTextFileSync(path, contents, { mode: 0o600 });
      this.#paths.set(contents, path);
    }
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** Makes a folder for files, which is removed afterwards. */
export async function temporaryFiles(): Promise<Files> {
  return new Files(await Deno.makeTempDir({ prefix: "tulip-tls-" }));
}

/** A running `openssl s_server`, which sends back every line reversed. */
export interface OpensslServer extends AsyncDisposable {
  /** Where it listens. */
  readonly port: number;
}

/**
 * Starts `openssl s_server`.
 *
 * @param options Its options, certificates included.
 */
export async function opensslServer(...options: string[]): Promise<OpensslServer> {
  const child = new Deno.Command("openssl", {
    args: ["s_server", "-accept", "127.0.0.1:0", ...options],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.getReader();
  let text = "";
  let port: number | undefined;
  while (port === undefined) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`openssl s_server has ended: ${text}`);
    text += new TextDecoder().decode(value);
    port = Number(/ACCEPT \S+:(\d+)/.exec(text)?.[1] ?? NaN) || undefined;
  }
  const drained = (async () => {
    while (!(await reader.read()).done);
  })();
  return {
    port,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await drained;
      await child.status;
    },
  };
}

/** What a client of OpenSSL has said. */
export interface ClientOutput {
  /** What came from the server, and what OpenSSL tells about the connection. */
  readonly text: string;
  /** Whether it ended well. */
  readonly success: boolean;
}

/**
 * Runs `openssl s_client`, which sends a text and reads to the end.
 *
 * @param port Where to.
 * @param input What it sends.
 * @param options Its options.
 */
export async function opensslClient(
  port: number,
  input: string,
  ...options: string[]
): Promise<ClientOutput> {
  const child = new Deno.Command("openssl", {
    args: ["s_client", "-connect", `127.0.0.1:${port}`, "-verify_return_error", ...options],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const guard = setTimeout(() => child.kill("SIGKILL"), 10_000);
  const writer = child.stdin.getWriter();
  // It closes its side as soon as its input is at an end: so that stays open until the server ends.
  const sent = writer.write(new TextEncoder().encode(input)).catch(() => {});
  const { stdout, stderr, success } = await child.output();
  clearTimeout(guard);
  await sent;
  await writer.close().catch(() => {});
  const decoder = new TextDecoder();
  return { text: decoder.decode(stdout) + decoder.decode(stderr), success };
}
