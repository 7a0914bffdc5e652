import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import type { Dial } from "../../../net/byte_stream.ts";
import { openConnection } from "../../../net/streams/connect.ts";
import { httpProxy, type ProxyOptions, socks5Proxy } from "../../../net/proxies/proxy.ts";
import { ProxyError } from "../../../net/proxies/proxy_error.ts";
import { isAtLeast } from "../../../net/runtime.ts";
import { saying, start as proxyThat, writeAll } from "../../peers/proxies.ts";
import { bytes } from "../cuts.ts";

const KINDS: Record<string, (options: ProxyOptions) => Dial> = {
  "SOCKS 5": socks5Proxy,
  "HTTP": httpProxy,
};

const at = ({ port }: { port: number }) => ({ hostname: "127.0.0.1", port });

for (const [kind, dial] of Object.entries(KINDS)) {
  Deno.test(`${kind}: a proxy that hangs up after each byte of its answer`, async () => {
    const answer = kind === "HTTP"
      ? bytes("HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n")
      : Uint8Array.of(5, 2, 1, 0, 5, 0, 0, 3, 1, 97, 0, 80);
    for (let cut = 0; cut < answer.length; cut++) {
      await using proxy = await proxyThat(async (client) => {
        // What is unread when it closes would be a reset, which is another test.
        client.read(new Uint8Array(512)).then(() => {}, () => {});
        if (cut > 0) await writeAll(client, answer.subarray(0, cut));
        await client.closeWrite();
        await client.read(new Uint8Array(512));
      });
      await assert.rejects(
        openConnection("a", 9, { dial: dial({ ...at(proxy), username: "a", password: "b" }) }),
        (error) => {
          assert.ok(error instanceof ProxyError, `cut ${cut}: ${error}`);
          assert.equal(error.code, "ERR_PROXY_CLOSED", `cut ${cut}`);
          return true;
        },
      );
    }
  });

  Deno.test({
    name: `${kind}: a proxy that resets the connection after each byte of its answer`,
    ignore: !isAtLeast("2.7.14"), // Before, node:net resets nothing.
    async fn() {
      const answer = kind === "HTTP"
        ? bytes("HTTP/1.1 200 Yes\r\n\r\n")
        : Uint8Array.of(5, 2, 1, 0, 5, 0, 0, 1, 127, 0, 0, 1, 0, 80);
      for (let cut = 0; cut < answer.length; cut++) {
        const server = net.createServer((client) => {
          client.on("error", () => {});
          client.on("data", () => {});
          const reset = () => void client.resetAndDestroy();
          if (cut === 0) return reset();
          client.write(answer.subarray(0, cut), reset);
        });
        server.listen(0, "127.0.0.1");
        await once(server, "listening");
        const { port } = server.address() as net.AddressInfo;
        const options = { hostname: "127.0.0.1", port, username: "a", password: "b" };
        await assert.rejects(openConnection("a", 9, { dial: dial(options) }), (error) => {
          assert.ok(error instanceof ProxyError, `cut ${cut}: ${error}`);
          // A reset at once may come before the connection is there.
          const expected = cut === 0 ? /^ERR_PROXY_(CLOSED|UNREACHABLE)$/ : /^ERR_PROXY_CLOSED$/;
          assert.match(error.code, expected, `cut ${cut}`);
          return true;
        });
        server.close();
        await once(server, "close");
      }
    },
  });

  Deno.test(`${kind}: a proxy that speaks something else, or without end`, async () => {
    for (
      const said of ["220 ready\r\n", "\x16\x03\x01\x02\x00\x01", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0"]
    ) {
      await using proxy = await proxyThat((client) => saying(client, said));
      await assert.rejects(openConnection("a", 9, { dial: dial(at(proxy)) }), (error) => {
        assert.ok(error instanceof ProxyError);
        assert.equal(error.code, "ERR_PROXY_PROTOCOL");
        return true;
      });
    }
    await using endless = await proxyThat(async (client) => {
      await writeAll(client, bytes("HTTP/1.1 200 OK\r\n"));
      for (;;) await writeAll(client, bytes("X-More: and more\r\n"));
    });
    await assert.rejects(openConnection("a", 9, { dial: dial(at(endless)) }), {
      name: "ProxyError",
      code: "ERR_PROXY_PROTOCOL",
    });
  });

  Deno.test(`${kind}: a proxy that answers byte by byte, with the host's words right behind`, async () => {
    const answer = kind === "HTTP"
      ? bytes("HTTP/1.0 200 Connection established\r\n\r\n220 ready\r\n")
      : Uint8Array.of(5, 0, 5, 0, 0, 1, 127, 0, 0, 1, 0, 80, ...bytes("220 ready\r\n"));
    for (const slow of [true, false]) {
      await using proxy = await proxyThat(async (client) => {
        await client.read(new Uint8Array(512));
        for (const byte of answer) {
          if (!slow) break;
          await writeAll(client, Uint8Array.of(byte));
        }
        if (!slow) await writeAll(client, answer);
        await client.read(new Uint8Array(512));
        await client.read(new Uint8Array(512));
      });
      await using connection = await openConnection("a", 9, { dial: dial(at(proxy)) });
      assert.equal(await connection.reader.nextLine(), "220 ready");
    }
  });

  Deno.test(`${kind}: a proxy that trickles its answer is given up in the time for all of it`, async () => {
    await using proxy = await proxyThat(async (client) => {
      const answer = kind === "HTTP"
        ? bytes(`HTTP/1.1 200 ${"slow ".repeat(1000)}`)
        : Uint8Array.of(5, 0, 5, 0, 0, 3, 255, ...new Uint8Array(257).fill(97));
      await writeAll(client, answer.subarray(0, 2));
      for (const byte of answer.subarray(2)) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        await writeAll(client, Uint8Array.of(byte));
      }
    });
    const slow = dial({ ...at(proxy), connectTimeout: 100 });
    await assert.rejects(openConnection("a", 9, { dial: slow }), { name: "TimeoutError" });
  });
}

Deno.test("SOCKS 5: a server that chooses a method which was not offered", async () => {
  await using proxy = await proxyThat((client) => saying(client, "\x05\x02"));
  await assert.rejects(openConnection("a", 9, { dial: socks5Proxy(at(proxy)) }), {
    name: "ProxyError",
    code: "ERR_PROXY_PROTOCOL",
    message: /method 2, which was not offered/,
  });
});
