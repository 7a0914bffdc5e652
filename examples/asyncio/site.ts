/**
 * What the three fetching examples share: a small web site on this machine, the request for a page
 * of it, and how an answer is shown.
 *
 * @module
 */

const PAGE = `<!doctype html>
<title>Tulips in spring</title>
<p>They open at 12 degrees, and close again at night.</p>
`;

/** Where a server is to be reached. */
export interface Place {
  /** The host name or address. */
  hostname: string;
  /** The port. */
  port: number;
  /** Whether it speaks TLS. */
  tls: boolean;
}

/** A web site of one page; disposing stops it. */
export function startSite(): AsyncDisposable & { url: string } {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    return new Response(PAGE, { headers: { "content-type": "text/html; charset=utf-8" } });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Where the page of a URL is served. */
export function placeOf({ protocol, hostname, port }: URL): Place {
  const tls = protocol === "https:";
  return { hostname, port: Number(port || (tls ? 443 : 80)), tls };
}

/** What to send for a page. After an HTTP/1.0 request the server closes: the end is the end. */
export function requestFor(url: URL): string {
  return `GET ${url.pathname}${url.search} HTTP/1.0\r\nHost: ${url.host}\r\n\r\n`;
}

/** An answer in one line: the status, the size of the page, its title. */
export function summary(answer: Uint8Array): string {
  const text = new TextDecoder().decode(answer);
  const end = text.indexOf("\r\n\r\n") + 4;
  const [, status] = /^HTTP\/\S+ (.*)/.exec(text) ?? [];
  const [, title] = /<title>(.*?)<\/title>/i.exec(text) ?? [];
  const size = new TextEncoder().encode(text.slice(end)).length;
  return `${status}, ${size} bytes, ${JSON.stringify(title)}`;
}
