import assert from "node:assert/strict";
import {
  AI_ADDRCONFIG,
  AI_CANONNAME,
  AI_NUMERICHOST,
  AI_NUMERICSERV,
  AI_PASSIVE,
  AI_V4MAPPED,
  NI_DGRAM,
  NI_NAMEREQD,
  NI_NUMERICHOST,
  NI_NUMERICSERV,
} from "../../../net/names/address_info.ts";
import type { GetaddrinfoOptions } from "../../../net/names/address_info.ts";
import { getaddrinfo } from "../../../net/names/getaddrinfo.ts";
import { getnameinfo } from "../../../net/names/getnameinfo.ts";
import { reverseName } from "../../../net/names/reverse_name.ts";
import { portOfService, serviceOfPort } from "../../../net/names/services.ts";

/** In one line each, as `family type proto canonname hostname port`. */
async function found(
  host: string | null,
  port: number | string | null,
  options?: GetaddrinfoOptions,
): Promise<string[]> {
  const infos = await getaddrinfo(host, port, options);
  return infos.map(({ family, type, proto, canonname, address }) =>
    `${family} ${type} ${proto} ${canonname} ${address.hostname} ${address.port}`
  );
}

// What is expected here is what Python's socket.getaddrinfo says on Linux.

Deno.test("an address is its own answer, once for every kind of socket", async () => {
  assert.deepEqual(await found("127.0.0.1", 80), [
    "4 stream 6  127.0.0.1 80",
    "4 dgram 17  127.0.0.1 80",
    "4 raw 0  127.0.0.1 80",
  ]);
  assert.deepEqual(await found("[::1]", 80, { type: "stream" }), ["6 stream 6  ::1 80"]);
  assert.deepEqual(await found("fe80::1%lo", null, { type: "dgram" }), [
    "6 dgram 17  fe80::1%lo 0",
  ]);
});

Deno.test("protocols choose among the kinds of socket", async () => {
  assert.deepEqual(await found("127.0.0.1", 80, { proto: 6 }), ["4 stream 6  127.0.0.1 80"]);
  assert.deepEqual(await found("127.0.0.1", 80, { proto: 17 }), ["4 dgram 17  127.0.0.1 80"]);
  assert.deepEqual(await found("127.0.0.1", 80, { proto: 1, type: "raw" }), [
    "4 raw 1  127.0.0.1 80",
  ]);
  await assert.rejects(getaddrinfo("127.0.0.1", 80, { proto: 17, type: "stream" }), {
    name: "ResolveError",
    code: "EAI_SOCKTYPE",
  });
});

Deno.test("without a host it is this machine, or all that listens on it", async () => {
  const options = { type: "stream" } as const;
  assert.deepEqual(await found(null, 80, options), [
    "6 stream 6  ::1 80",
    "4 stream 6  127.0.0.1 80",
  ]);
  assert.deepEqual(await found(null, 80, { ...options, flags: AI_PASSIVE }), [
    "4 stream 6  0.0.0.0 80",
    "6 stream 6  :: 80",
  ]);
  assert.deepEqual(await found(null, 80, { ...options, family: 4 }), ["4 stream 6  127.0.0.1 80"]);
  await assert.rejects(getaddrinfo(null, null), { name: "ResolveError", code: "ENOTFOUND" });
});

Deno.test("services go by name or number", async () => {
  const options = { type: "stream" } as const;
  for (const [name, port] of [["http", 80], ["8080", 8080], ["imap", 143], ["smtps", 465]]) {
    assert.deepEqual(await found("127.0.0.1", name!, options), [
      `4 stream 6  127.0.0.1 ${port}`,
    ]);
  }
  assert.deepEqual(await found("127.0.0.1", "tftp"), ["4 dgram 17  127.0.0.1 69"]);
  assert.deepEqual(await found("127.0.0.1", "domain"), [
    "4 stream 6  127.0.0.1 53",
    "4 dgram 17  127.0.0.1 53",
  ]);
  await assert.rejects(getaddrinfo("127.0.0.1", "nosuch"), { code: "EAI_SERVICE" });
  await assert.rejects(getaddrinfo("127.0.0.1", "http", { flags: AI_NUMERICSERV }), {
    code: "ENOTFOUND",
  });
  for (const port of [-1, 65_536, 1.5, "70000"]) {
    await assert.rejects(getaddrinfo("127.0.0.1", port), RangeError);
  }
});

Deno.test("families and flags of addresses", async () => {
  const stream = { type: "stream" } as const;
  await assert.rejects(getaddrinfo("127.0.0.1", 80, { family: 6 }), { code: "EAI_ADDRFAMILY" });
  await assert.rejects(getaddrinfo("::1", 80, { family: 4, flags: AI_V4MAPPED }), {
    name: "ResolveError",
    code: "EAI_ADDRFAMILY",
  });
  assert.deepEqual(await found("127.0.0.1", 80, { ...stream, family: 6, flags: AI_V4MAPPED }), [
    "6 stream 6  ::ffff:127.0.0.1 80",
  ]);
  assert.deepEqual(await found("127.0.0.1", 80, { flags: AI_CANONNAME }), [
    "4 stream 6 127.0.0.1 127.0.0.1 80",
    "4 dgram 17  127.0.0.1 80",
    "4 raw 0  127.0.0.1 80",
  ]);
  await assert.rejects(getaddrinfo("localhost", 80, { flags: AI_NUMERICHOST }), {
    name: "ResolveError",
    code: "ENOTFOUND",
  });
});

Deno.test("names are looked up by the system", async () => {
  const infos = await getaddrinfo("localhost", "http", {
    type: "stream",
    flags: AI_CANONNAME | AI_ADDRCONFIG,
  });
  assert.equal(infos[0]?.canonname, "localhost");
  for (const { address } of infos) assert.match(address.hostname, /^(127\.0\.0\.1|::1)$/);
  assert.ok((await found("localhost", 80, { type: "stream", family: 4 }))
    .includes("4 stream 6  127.0.0.1 80"));
  await assert.rejects(getaddrinfo("nobody.invalid", 80), (error) => {
    assert.ok(error instanceof Error);
    assert.equal(error.name, "ResolveError");
    assert.match(error.message, /"nobody\.invalid"/);
    return true;
  });
});

Deno.test("what can be no host is refused, and an aborted call asks nobody", async () => {
  for (const host of ["", "a b", "a\0b", "a\r\nb", "a/b"]) {
    await assert.rejects(getaddrinfo(host, 80), TypeError);
  }
  const reason = new Error("enough");
  const signal = AbortSignal.abort(reason);
  await assert.rejects(getaddrinfo("localhost", 80, { signal }), reason);
  await assert.rejects(getaddrinfo("localhost", 80, { timeout: 0 }), RangeError);
  await assert.rejects(getnameinfo({ hostname: "127.0.0.1", port: 80 }, 0, { signal }), reason);
});

Deno.test("getnameinfo gives numbers where they are asked for, or nothing has a name", async () => {
  const named = (hostname: string, port: number, flags: number) =>
    getnameinfo({ hostname, port }, flags);
  const both = NI_NUMERICHOST | NI_NUMERICSERV;
  assert.deepEqual(await named("127.0.0.1", 80, both), { hostname: "127.0.0.1", service: "80" });
  assert.deepEqual(await named("127.0.0.1", 80, NI_NUMERICHOST), {
    hostname: "127.0.0.1",
    service: "http",
  });
  assert.equal((await named("127.0.0.1", 9999, NI_NUMERICHOST)).service, "9999");
  assert.equal((await named("127.0.0.1", 514, NI_NUMERICHOST)).service, "shell");
  assert.equal((await named("127.0.0.1", 514, NI_NUMERICHOST | NI_DGRAM)).service, "syslog");
  assert.equal((await named("fe80::1%lo", 80, NI_NUMERICHOST)).hostname, "fe80::1%lo");
  await assert.rejects(named("127.0.0.1", 80, NI_NUMERICHOST | NI_NAMEREQD), {
    name: "ResolveError",
  });
  for (const hostname of ["localhost", "", "1.2.3"]) {
    await assert.rejects(named(hostname, 22, 0), TypeError);
  }
  await assert.rejects(named("127.0.0.1", 70_000, 0), RangeError);
});

Deno.test({
  name: "getnameinfo asks the system for the name",
  // Without lookupService DNS alone is asked, which these tests do not.
  ignore: (await import("node:dns")).promises.lookupService === undefined,
  async fn() {
    const info = await getnameinfo({ hostname: "127.0.0.1", port: 22 });
    assert.equal(info.service, "ssh");
    assert.match(info.hostname, /^[\w.-]*[a-z][\w.-]*$/);
  },
});

Deno.test("without permission the error says which", async () => {
  const program = `
    import { getaddrinfo } from ${
    JSON.stringify(import.meta.resolve("../../../net/names/getaddrinfo.ts"))
  };
    import { getnameinfo } from ${
    JSON.stringify(import.meta.resolve("../../../net/names/getnameinfo.ts"))
  };
    const say = (error) => console.log(error.name, error.message);
    await getaddrinfo("localhost", 80).catch(say);
    console.log((await getaddrinfo("127.0.0.1", 80)).length);
    await getnameinfo({ hostname: "127.0.0.1", port: 80 }).catch(say);
  `;
  const url = `data:application/typescript,${encodeURIComponent(program)}`;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-check", "--no-lock", url],
    env: { NO_COLOR: "1" },
  }).output();
  const said = new TextDecoder().decode(stdout).trim().split("\n");
  assert.equal(said.length, 3, new TextDecoder().decode(stderr));
  assert.match(said[0]!, /^PermissionError .*--allow-net=localhost, without a port/);
  assert.equal(said[1], "3");
  assert.match(said[2]!, /^PermissionError .*--allow-net/);
});

Deno.test("reverseName (RFC 1035 §3.5, RFC 3596 §2.5)", () => {
  assert.equal(reverseName("10.2.0.52"), "52.0.2.10.in-addr.arpa");
  assert.equal(
    reverseName("4321:0:1:2:3:4:567:89ab"),
    "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa",
  );
  assert.throws(() => reverseName("localhost"), TypeError);
});

Deno.test("services have names and ports, by protocol", () => {
  assert.equal(portOfService("domain", "udp"), 53);
  assert.equal(portOfService("syslog", "tcp"), undefined);
  assert.equal(portOfService("syslog", "udp"), 514);
  assert.equal(portOfService("imap", "tcp"), 143);
  assert.equal(serviceOfPort(143, "tcp"), "imap2");
  assert.equal(serviceOfPort(0, "tcp"), undefined);
  assert.equal(serviceOfPort(514, "udp"), "syslog");
});
