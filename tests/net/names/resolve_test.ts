import assert from "node:assert/strict";
import { run } from "../../../loop/runners.ts";
import { createTask } from "../../../loop/tasks.ts";
import { ResolveError } from "../../../net/errors.ts";
import { type DnsRecords, resolve } from "../../../net/names/resolve.ts";
import { chunk, four, name, startDns, two, type Zone } from "../../peers/dns.ts";

const ZONE: Zone = {
  "a.test": {
    A: [[192, 0, 2, 1], [192, 0, 2, 2]],
    AAAA: [[0x20, 1, 0x0d, 0xb8, ...new Array(11).fill(0), 1]],
    MX: [[...two(20), ...name("mx2.test")], [...two(10), ...name("mx1.test")]],
    NS: [name("ns.test")],
    TXT: [[...chunk("v=spf1 "), ...chunk("-all")]],
    SOA: [[
      ...[...name("ns.test"), ...name("host.test")],
      ...[...four(2026), ...four(2), ...four(3), ...four(4), ...four(5)],
    ]],
    CAA: [[128, ...chunk("issue"), ...new TextEncoder().encode("ca.test")]],
    NAPTR: [
      [...two(100), ...two(20), ...chunk("s"), ...chunk("SIP+D2U"), 0, ...name("_sip._udp.test")],
      [...two(100), ...two(10), ...chunk("u"), ...chunk("E2U+sip"), ...chunk("!^.*$!x!"), 0],
    ],
  },
  "alias.test": { CNAME: [name("a.test")] },
  "_sip._udp.a.test": {
    SRV: [
      [...two(2), ...two(0), ...two(5060), ...name("backup.test")],
      [...two(1), ...two(1), ...two(5061), ...name("light.test")],
      [...two(1), ...two(9), ...two(5062), ...name("heavy.test")],
    ],
  },
  "nomail.test": { MX: [[...two(0), 0]] },
  "1.2.0.192.in-addr.arpa": { PTR: [name("a.test")] },
  "xn--bcher-kva.test": { A: [[192, 0, 2, 3]] },
  "empty.test": {},
  "bad.test": "SERVFAIL",
  "secret.test": "REFUSED",
  "silent.test": "silence",
};

async function code(asking: Promise<unknown>): Promise<string> {
  const error = await asking.then(() => undefined, (error) => error);
  assert.ok(error instanceof ResolveError, String(error));
  assert.equal(error.origin, "transport");
  return error.code;
}

Deno.test("every kind of record, in its own shape", async () => {
  await using dns = await startDns(ZONE);
  const nameServer = { hostname: "127.0.0.1", port: dns.port };
  const ask = <Type extends keyof DnsRecords>(name: string, type: Type) =>
    resolve(name, type, { nameServer, random: () => 0.5 });
  assert.deepEqual((await ask("a.test", "A")).sort(), ["192.0.2.1", "192.0.2.2"]);
  assert.deepEqual(await ask("a.test.", "AAAA"), ["2001:db8::1"]);
  assert.deepEqual(await ask("a.test", "MX"), [
    { preference: 10, exchange: "mx1.test" },
    { preference: 20, exchange: "mx2.test" },
  ]);
  assert.deepEqual(await ask("nomail.test", "MX"), [{ preference: 0, exchange: "." }]);
  assert.deepEqual(await ask("a.test", "NS"), ["ns.test"]);
  assert.deepEqual(await ask("a.test", "TXT"), [
    { text: "v=spf1 -all", chunks: ["v=spf1 ", "-all"] },
  ]);
  assert.deepEqual(await ask("a.test", "SOA"), [{
    mname: "ns.test",
    rname: "host.test",
    serial: 2026,
    refresh: 2,
    retry: 3,
    expire: 4,
    minimum: 5,
  }]);
  assert.deepEqual(await ask("a.test", "CAA"), [
    { critical: true, tag: "issue", value: "ca.test" },
  ]);
  assert.deepEqual((await ask("a.test", "NAPTR")).map(({ preference }) => preference), [10, 20]);
  assert.deepEqual((await ask("a.test", "NAPTR"))[1]!.replacement, "_sip._udp.test");
  assert.deepEqual(await ask("alias.test", "CNAME"), ["a.test"]);
  assert.deepEqual(await ask("192.0.2.1", "PTR"), ["a.test"]);
  assert.deepEqual(await ask("bücher.test", "A"), ["192.0.2.3"]);
});

Deno.test("servers of a service come in the order of RFC 2782, by a chance that can be given", async () => {
  await using dns = await startDns(ZONE);
  const nameServer = { hostname: "127.0.0.1", port: dns.port };
  const ports = async (chance: number) =>
    (await resolve("_sip._udp.a.test", "SRV", { nameServer, random: () => chance }))
      .map(({ port }) => port);
  assert.deepEqual(await ports(0), [5061, 5062, 5060]);
  assert.deepEqual(await ports(0.99), [5062, 5061, 5060]);
  const all = await resolve("_sip._udp.a.test", "SRV", { nameServer });
  assert.deepEqual(all[2], { priority: 2, weight: 0, port: 5060, target: "backup.test" });
});

Deno.test("no such name, no such records, a failure and a refusal are told apart", async () => {
  await using dns = await startDns(ZONE);
  const nameServer = { hostname: "127.0.0.1", port: dns.port };
  for (
    const [name, expected] of [
      ["nobody.test", "ENOTFOUND"],
      ["empty.test", "ENODATA"],
      ["bad.test", "ESERVFAIL"],
      ["secret.test", "EREFUSED"],
    ] as const
  ) {
    assert.equal(await code(resolve(name, "MX", { nameServer })), expected, name);
  }
  await using udpOnly = await startDns(ZONE, { tcp: false });
  const other = { hostname: "127.0.0.1", port: udpOnly.port };
  assert.equal(await code(resolve("nobody.test", "MX", { nameServer: other })), "ENORECORDS");
});

Deno.test("a server that says nothing is given up, by time, signal and cancellation", async () => {
  await using dns = await startDns(ZONE);
  const nameServer = { hostname: "127.0.0.1", port: dns.port };
  await assert.rejects(resolve("silent.test", "A", { nameServer, timeout: 50 }), {
    name: "TimeoutError",
    message: /"silent\.test" \(A\): no DNS server answered within 50 ms/,
  });
  const reason = new Error("enough");
  const abort = new AbortController();
  const asking = resolve("silent.test", "A", { nameServer, signal: abort.signal });
  setTimeout(() => abort.abort(reason), 20);
  await assert.rejects(asking, reason);
  await assert.rejects(resolve("a.test", "A", { signal: abort.signal }), reason);
  await run(async () => {
    const task = createTask(() => resolve("silent.test", "A", { nameServer }));
    setTimeout(() => task.cancel(), 20);
    await assert.rejects(async () => await task, { name: "CancelledError" });
  });
});

Deno.test("what can be no question is refused, and asks nobody", async () => {
  const nameServer = { hostname: "127.0.0.1", port: 1 };
  for (const name of ["", "a b", "a\r\nb", "a..b", "192.0.2.1", "::1"]) {
    await assert.rejects(resolve(name, "A", { nameServer }), TypeError, name);
  }
  await assert.rejects(resolve("x".repeat(64), "A", { nameServer }), RangeError);
  // @ts-expect-error: the platform does not know it.
  await assert.rejects(resolve("a.test", "TLSA", { nameServer }), TypeError);
  await assert.rejects(resolve("a.test", "A", { timeout: 0 }), RangeError);
  await assert.rejects(resolve("a.test", "A", { nameServer: { hostname: "ns.test" } }), TypeError);
  await assert.rejects(
    resolve("a.test", "A", { nameServer: { hostname: "::1", port: 0 } }),
    RangeError,
  );
});

Deno.test("without permission the error says which", async () => {
  const program = `
    import { resolve } from ${JSON.stringify(import.meta.resolve("../../../net/names/resolve.ts"))};
    const nameServer = { hostname: "127.0.0.1", port: 5353 };
    await resolve("a.test", "A", { nameServer }).catch((e) => console.log(e.name, e.message));
  `;
  const url = `data:application/typescript,${encodeURIComponent(program)}`;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-check", "--no-lock", url],
    env: { NO_COLOR: "1" },
  }).output();
  assert.match(
    new TextDecoder().decode(stdout),
    /^PermissionError .*--allow-net=127\.0\.0\.1:5353$/m,
    new TextDecoder().decode(stderr),
  );
});
