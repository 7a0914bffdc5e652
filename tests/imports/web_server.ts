/**
 * The checkout behind a plain HTTP server on loopback, as a user's program meets it.
 *
 * @module
 */

/** A running server. */
export interface WebServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string;
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** The paths that were fetched, without the first slash. */
  readonly requested: Set<string>;
}

const ROOT = new URL("../../", import.meta.url);

/** What a page can look like to Deno and still be TypeScript. */
export type ContentType = "text/plain; charset=utf-8" | "application/typescript";

/**
 * Serves the files of the checkout.
 *
 * @param contentType What every file is said to be.
 * @param pages More pages, by path without the first slash: a user's program.
 */
export function serveCheckout(
  contentType: ContentType,
  pages: Record<string, string> = {},
): WebServer {
  const requested = new Set<string>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const path = new URL(request.url).pathname.slice(1);
    requested.add(path);
    const headers = { "content-type": contentType };
    const page = pages[path];
    if (page !== undefined) return new Response(page, { headers });
    try {
      return new Response(await Deno.readFile(new URL(path, ROOT)), { headers });
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      return new Response("Not found", { status: 404 });
    }
  });
  const host = `127.0.0.1:${server.addr.port}`;
  return {
    origin: `http://${host}`,
    host,
    requested,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
