import assert from "node:assert/strict";
import { run } from "../../../loop/runners.ts";
import { createTask } from "../../../loop/tasks.ts";
import { openConnection } from "../../../net/streams/connect.ts";
import { PermissionError } from "../../../net/errors.ts";
import {
  httpProxy,
  proxyFromUrl,
  type ProxyOptions,
  socks4Proxy,
  socks5Proxy,
} from "../../../net/proxies/proxy.ts";
import { ProxyError } from "../../../net/proxies/proxy_error.ts";
import type { Dial } from "../../../net/byte_stream.ts";
import { startServer } from "../../../net/servers/server.ts";
import type { Server } from "../../../net/servers/server.ts";
import {
  HIDDEN,
  type Proxy,
  type ProxyBehaviour,
  saying,
  start as proxyThat,
  startHttpProxy,
  startSocks,
  writeAll,
} from "../../peers/proxies.ts";
import { bytes, text } from "../cuts.ts";

interface Kind {
  start(behaviour?: ProxyBehaviour): Promise<Proxy>;
  dial(options: ProxyOptions): Dial;
}

const KINDS: Record<string, Kind> = {
  "SOCKS 5": { start: startSocks, dial: socks5Proxy },
  "HTTP": { start: startHttpProxy, dial: httpProxy },
};

const at = ({ port }: { port: number }) => ({ hostname: "127.0.0.1", port });

/** A server that speaks first, echoes lines, and says what it was sent in all. */
function startTalker(): Promise<Server> {
  return startServer(async (reader, writer) => {
    writer.write("220 ready\r\n");
    let all = 0;
    for await (const line of reader) {
      all += line.length;
      writer.write(line);
    }
    writer.write(`that was ${all}`);
  });
}

for (const [kind, { start, dial }] of Object.entries(KINDS)) {
  Deno.test(`${kind}: a name that only the proxy knows, both directions, and the end of each`, async () => {
    await using talker = await startTalker();
    await using proxy = await start();
    await using connection = await openConnection(HIDDEN, talker.port, { dial: dial(at(proxy)) });
    const { reader, writer } = connection;
    assert.equal(await reader.nextLine(), "220 ready");
    writer.write("hello\r\n");
    assert.equal(await reader.nextLine(), "hello");
    writer.writeEof();
    assert.equal(text(await reader.read()), "that was 7");
    assert.deepEqual(proxy.asked, [`${HIDDEN}:${talker.port}`]);
    assert.deepEqual(connection.remoteAddress, {
      hostname: HIDDEN,
      port: talker.port,
      transport: "tcp",
    });
  });

  Deno.test(`${kind}: addresses, and IPv6`, async () => {
    await using proxy = await start({ refusal: kind === "HTTP" ? 502 : 4 });
    for (const host of ["127.0.0.1", "::1", "[::1]", "bücher.example"]) {
      await assert.rejects(openConnection(host, 9, { dial: dial(at(proxy)) }), ProxyError);
    }
    const six = kind === "HTTP" ? "[::1]:9" : "::1:9";
    assert.deepEqual(proxy.asked, ["127.0.0.1:9", six, six, "xn--bcher-kva.example:9"]);
  });

  Deno.test(`${kind}: user and password`, async () => {
    await using talker = await startTalker();
    await using proxy = await start({ login: "me:pässword" });
    const place = { ...at(proxy), username: "me", password: "pässword" };
    await using connection = await openConnection("127.0.0.1", talker.port, { dial: dial(place) });
    assert.equal(await connection.reader.nextLine(), "220 ready");
    assert.deepEqual(proxy.logins, ["me:pässword"]);
    for (const wrong of [{ ...place, password: "s3cret-9" }, at(proxy)]) {
      await assert.rejects(
        openConnection("127.0.0.1", talker.port, { dial: dial(wrong) }),
        (error) => {
          assert.ok(error instanceof ProxyError);
          assert.equal(error.code, "ERR_PROXY_AUTH");
          assert.equal(error.origin, "peer");
          assert.doesNotMatch(Deno.inspect(error), /s3cret-9/);
          assert.match(error.message, /through the .* proxy at 127\.0\.0\.1:\d+: /);
          return true;
        },
      );
    }
  });

  Deno.test(`${kind}: a chain of proxies`, async () => {
    await using talker = await startTalker();
    await using first = await startSocks();
    await using second = await start();
    await using third = await startHttpProxy();
    const chain = dial({
      hostname: HIDDEN,
      port: second.port,
      dial: httpProxy({ hostname: HIDDEN, port: third.port, dial: socks5Proxy(at(first)) }),
    });
    await using connection = await openConnection(HIDDEN, talker.port, { dial: chain });
    assert.equal(await connection.reader.nextLine(), "220 ready");
    assert.deepEqual([...first.asked, ...third.asked, ...second.asked], [
      `${HIDDEN}:${third.port}`,
      `${HIDDEN}:${second.port}`,
      `${HIDDEN}:${talker.port}`,
    ]);
  });

  Deno.test(`${kind}: a proxy that is not there is told from a host that is not there`, async () => {
    const gone = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    gone.close();
    await assert.rejects(
      openConnection("127.0.0.1", 9, { dial: dial(at(gone.addr)) }),
      (error) => {
        assert.ok(error instanceof ProxyError);
        assert.deepEqual([error.code, error.origin], ["ERR_PROXY_UNREACHABLE", "transport"]);
        assert.match(error.message, /proxy itself fails: .*refused/);
        assert.equal((error.cause as Error).name, "ConnectionRefusedError");
        return true;
      },
    );
    await using proxy = await start();
    await assert.rejects(
      openConnection("127.0.0.1", gone.addr.port, { dial: dial(at(proxy)) }),
      (error) => {
        assert.ok(error instanceof ProxyError);
        assert.equal(error.code, kind === "HTTP" ? "ERR_PROXY_FAILURE" : "ECONNREFUSED");
        assert.equal(error.origin, "peer");
        assert.deepEqual(
          [error.reply, error.status],
          kind === "HTTP" ? [undefined, 502] : [5, undefined],
        );
        assert.deepEqual([error.hostname, error.port], ["127.0.0.1", gone.addr.port]);
        return true;
      },
    );
    // And one behind a proxy that is not there itself.
    await assert.rejects(
      openConnection("a", 9, {
        dial: dial({ hostname: "b", port: 9, dial: httpProxy(at(gone.addr)) }),
      }),
      /Cannot connect to b:9 through the HTTP proxy/,
    );
  });

  Deno.test(`${kind}: time, signal and cancellation end it, and close the socket`, async () => {
    const ends: Promise<unknown>[] = [];
    let arrived = Promise.withResolvers<void>();
    await using silent = await proxyThat(async (client) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      ends.push(promise);
      arrived.resolve();
      while (await client.read(new Uint8Array(512)).catch(() => null) !== null);
      resolve();
    });
    const options = (more = {}) => ({ dial: dial({ ...at(silent), ...more }) });
    await assert.rejects(openConnection("a", 9, options({ connectTimeout: 200 })), {
      name: "TimeoutError",
      message: new RegExp(`a:9 through the ${kind} proxy at 127.0.0.1:${silent.port}: no answer`),
    });
    await assert.rejects(
      openConnection("a", 9, { ...options(), connectTimeout: 200 }),
      { name: "TimeoutError" },
    );
    const reason = new Error("enough");
    const abort = new AbortController();
    arrived = Promise.withResolvers<void>();
    const opening = openConnection("a", 9, { ...options(), signal: abort.signal });
    arrived.promise.then(() => abort.abort(reason));
    await assert.rejects(opening, reason);
    await run(async () => {
      arrived = Promise.withResolvers<void>();
      const task = createTask(() => openConnection("a", 9, options()));
      arrived.promise.then(() => task.cancel());
      await assert.rejects(async () => await task, { name: "CancelledError" });
    });
    await Promise.all(ends);
    assert.equal(ends.length, 4);
  });

  Deno.test(`${kind}: no permission is needed but for the proxy`, async () => {
    await using talker = await startTalker();
    await using proxy = await start();
    const url = kind === "HTTP" ? "http://" : "socks5h://";
    const program = `
      import { openConnection } from ${
      JSON.stringify(import.meta.resolve("../../../net/streams/connect.ts"))
    };
      import { proxyFromUrl } from ${
      JSON.stringify(import.meta.resolve("../../../net/proxies/proxy.ts"))
    };
      const dial = proxyFromUrl(${JSON.stringify(`${url}127.0.0.1:${proxy.port}`)});
      const connection = await openConnection("${HIDDEN}", ${talker.port}, { dial });
      console.log(await connection.reader.nextLine());
      connection.close();
    `;
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--no-prompt", "--no-check", "--no-lock"],
        ...[`--allow-net=127.0.0.1:${proxy.port}`],
        `data:application/typescript,${encodeURIComponent(program)}`,
      ],
      env: { NO_COLOR: "1" },
    }).output();
    const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    assert.match(said, /^220 ready\n/);
  });

  Deno.test(`${kind}: wrong arguments are refused before anything is dialled`, async () => {
    const place = { hostname: "127.0.0.1", port: 1080 };
    const never = () => assert.fail("dialled");
    const wrong: [Partial<ProxyOptions>, unknown][] = [
      [{ hostname: "" }, TypeError],
      [{ hostname: "a\r\nb" }, TypeError],
      [{ port: 0 }, RangeError],
      [{ connectTimeout: 0 }, RangeError],
      [{ connectTimeout: NaN }, RangeError],
      [{ username: "a\r\nb" }, TypeError],
      [{ username: "a", password: "b\0" }, TypeError],
      [{ password: "b" }, TypeError],
    ];
    for (const [options, Expected] of wrong) {
      assert.throws(() => dial({ ...place, ...options }), Expected as typeof TypeError);
    }
    for (const host of ["a\r\nb", "a\0b", "a b", "", "fe80::1%eth0", "ü\u{d800}"]) {
      const dialling = Promise.try(() =>
        dial({ ...place, dial: never })({ hostname: host, port: 80 }, {})
      );
      await assert.rejects(dialling, TypeError, host);
    }
    const long = dial({ ...place, dial: never })({ hostname: "x".repeat(256), port: 80 }, {});
    await assert.rejects(long, RangeError);
    const fits = "x".repeat(255);
    await assert.rejects(
      dial({ ...place, dial: () => Promise.reject(new PermissionError("no")) })(
        { hostname: fits, port: 80 },
        {},
      ),
      PermissionError,
    );
  });
}

Deno.test("SOCKS 5: credentials of more than 255 bytes do not fit", async () => {
  const place = { hostname: "127.0.0.1", port: 1080, dial: () => assert.fail("dialled") };
  const dial = socks5Proxy({ ...place, username: "u", password: "ü".repeat(128) });
  await assert.rejects(dial({ hostname: "a", port: 80 }, {}), RangeError);
});

Deno.test("SOCKS 5: names are resolved here where that is asked for", async () => {
  await using talker = await startTalker();
  await using proxy = await startSocks();
  const dial = socks5Proxy({ ...at(proxy), localNames: true });
  await using connection = await openConnection("localhost", talker.port, { dial });
  assert.equal(await connection.reader.nextLine(), "220 ready");
  assert.match(proxy.asked[0]!, /^(127\.0\.0\.1|::1):/);
  await assert.rejects(openConnection(HIDDEN, 9, { dial }), { name: "ResolveError" });
});

Deno.test("SOCKS 4a: a name, a user, the host's first words, and no", async () => {
  const requests: number[][] = [];
  let reply = 90;
  await using proxy = await proxyThat(async (client) => {
    const buffer = new Uint8Array(512);
    requests.push([...buffer.subarray(0, (await client.read(buffer))!)]);
    await writeAll(client, Uint8Array.of(0, reply, 0, 0, 0, 0, 0, 0, ...bytes("220 ready\r\n")));
    await client.read(buffer);
  });
  const dial = socks4Proxy({ ...at(proxy), username: "me" });
  await using connection = await openConnection("a.b", 258, { dial });
  assert.equal(await connection.reader.nextLine(), "220 ready");
  assert.deepEqual(requests, [[4, 1, 1, 2, 0, 0, 0, 1, 109, 101, 0, 97, 46, 98, 0]]);
  reply = 91;
  await assert.rejects(openConnection("a.b", 258, { dial }), { name: "ProxyError", reply: 91 });
  assert.throws(() => socks4Proxy({ ...at(proxy), username: "a", password: "b" }), TypeError);
  await assert.rejects(openConnection("::1", 258, { dial }), TypeError);
});

Deno.test("HTTP: what the proxy wants is told, and what it echoes is masked", async () => {
  const refused = async (behaviour: ProxyBehaviour, options = {}) => {
    await using proxy = await startHttpProxy(behaviour);
    const dial = httpProxy({ ...at(proxy), ...options });
    const error = await openConnection("a", 25, { dial }).then(() => undefined, (error) => error);
    assert.ok(error instanceof ProxyError);
    return error;
  };
  const me = { username: "me", password: "s3cret-9" };
  const digest = { login: "x:y", headers: "Proxy-Authenticate: Digest realm=x\r\n" };
  assert.match((await refused(digest, me)).message, /it wants Digest, and only Basic/);
  assert.match((await refused({ login: "x:y" })).message, /wants a username and a password/);
  assert.match((await refused({ login: "x:y" }, me)).message, /refuses the username/);
  const denied = await refused({ refusal: 403 });
  assert.deepEqual([denied.code, denied.status], ["ERR_PROXY_DENIED", 403]);
  assert.match(denied.message, /port 443 alone/);

  for (const echo of ["s3cret-9", btoa("me:s3cret-9")]) {
    await using mirror = await proxyThat((client) =>
      saying(client, `HTTP/1.1 500 ${echo}\r\n\r\n`)
    );
    const dial = httpProxy({ ...at(mirror), ...me });
    await assert.rejects(openConnection("a", 25, { dial }), (error) => {
      assert.ok(!Deno.inspect(error).includes(echo), Deno.inspect(error));
      assert.match((error as Error).message, /answers 500 "\*\*\*"/);
      return true;
    });
  }
  assert.throws(() => httpProxy({ hostname: "a", port: 1, username: "a:b" }), TypeError);
  assert.throws(() => httpProxy({ hostname: "a", port: 1, maxHeadBytes: 0 }), RangeError);
});

Deno.test("HTTP: headers of one's own", async () => {
  await using proxy = await startHttpProxy({ login: "a:b" });
  const dial = httpProxy({
    ...at(proxy),
    headers: { "Proxy-Authorization": `Basic ${btoa("a:b")}` },
  });
  await assert.rejects(openConnection("127.0.0.1", 9, { dial }), { status: 502 });
  const bad = httpProxy({ ...at(proxy), headers: { "X": "a\r\nb" } });
  await assert.rejects(openConnection("127.0.0.1", 9, { dial: bad }), TypeError);
});

Deno.test("proxyFromUrl knows its schemes, ports and credentials", async () => {
  await using talker = await startTalker();
  await using socks = await startSocks({ login: "me@x:p:/ä" });
  await using http = await startHttpProxy({ login: "me:p%" });
  for (
    const url of [
      `socks5h://me%40x:p%3A%2F%C3%A4@127.0.0.1:${socks.port}`,
      new URL(`socks5://me%40x:p%3A%2F%C3%A4@127.0.0.1:${socks.port}/`),
      `http://me:p%25@127.0.0.1:${http.port}`,
    ]
  ) {
    await using connection = await openConnection("127.0.0.1", talker.port, {
      dial: proxyFromUrl(url),
    });
    assert.equal(await connection.reader.nextLine(), "220 ready");
  }
  socks.asked.length = 0;
  for (const [scheme, expected] of [["socks5h", /^localhost:/], ["socks5", /^[\d.:]+$/]] as const) {
    const dial = proxyFromUrl(`${scheme}://me%40x:p%3A%2F%C3%A4@127.0.0.1:${socks.port}`);
    await using _ = await openConnection("localhost", talker.port, { dial });
    assert.match(socks.asked.pop()!, expected);
  }
  const asked = async (url: string) => {
    const found: string[] = [];
    const dial: Dial = ({ hostname, port }) => {
      found.push(`${hostname}:${port}`);
      return Promise.reject(new PermissionError("no"));
    };
    await assert.rejects(proxyFromUrl(url, { dial })({ hostname: "127.0.0.1", port: 1 }, {}));
    return found[0];
  };
  assert.equal(await asked("http://p.example"), "p.example:80");
  assert.equal(await asked("https://p.example/"), "p.example:443");
  assert.equal(await asked("socks5h://p.example"), "p.example:1080");
  assert.equal(await asked("socks4a://[::1]:99"), "::1:99");
});

Deno.test("proxyFromUrl refuses what is no proxy, and repeats no password", () => {
  for (
    const url of [
      "",
      "127.0.0.1:1080",
      "ftp://me:s3cret-9@a",
      "http://me:s3cret-9@a/path",
      "http://me:s3cret-9@a?x",
      "http://me:s3cret-9@a#x",
      "socks5h://me:s3cret-9@",
      "socks5h://me:s3cret-9%FF@a",
      "socks5h://:s3cret-9@a",
      "http://me%3As3cret-9:b@a",
      "http://me%0As3cret-9@a",
      "socks4://me:s3cret-9@a",
      "socks5h://a:0",
    ]
  ) {
    assert.throws(() => proxyFromUrl(url), (error) => {
      assert.ok(error instanceof TypeError || error instanceof RangeError, url);
      assert.doesNotMatch(error.message, /s3cret-9/);
      return true;
    });
  }
});
