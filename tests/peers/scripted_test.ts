import assert from "node:assert/strict";
import { certificates } from "./certs.ts";
import type { ByteStream } from "../../net/byte_stream.ts";
import { ConnectionRefusedError, ConnectionResetError } from "../../net/errors.ts";
import { scripted, scriptedOverSockets } from "./scripted.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** A client that says all of this at once, and reads to the end of the connection. */
async function talk(port: number, words: string): Promise<string> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await conn.write(encode(words));
  return await readAll(conn);
}

async function readAll(conn: Pick<ByteStream, "read">): Promise<string> {
  const buffer = new Uint8Array(1024);
  let text = "";
  for (let n = await conn.read(buffer); n !== null; n = await conn.read(buffer)) {
    text += new TextDecoder().decode(buffer.subarray(0, n));
  }
  return text;
}

Deno.test("scriptedOverSockets plays a dialogue, and answers a QUIT that is not in it", async () => {
  await using peer = await scriptedOverSockets("S: 220 hi\nC: NOOP\nS: 250-a\nS: 250 b");
  assert.equal(
    await talk(peer.port, "NOOP\r\nQUIT\r\n"),
    "220 hi\r\n250-a\r\n250 b\r\n221 Bye\r\n",
  );
  assert.equal(peer.received, "NOOP\r\nQUIT\r\n");
  assert.equal(peer.sent, 8 + 7 + 7);
});

Deno.test("scriptedOverSockets: leaving the scope fails where the client went its own way", async () => {
  const cases: [script: string, words: string, problem: RegExp][] = [
    ["S: 220 hi\nC: NOOP\nS: 250 ok", "RSET\r\n", /line 2.*"C: NOOP".*client sent "RSET"/],
    ["S: 220 hi\nC: NOOP\nS: 250 ok", "NOOP\n", /line 2.*no CRLF/],
    ["C: NOOP\nS: 250 ok\nS! turn", "NOOP\r\nRSET\r\n", /after the script's end.*RSET/],
    ["C* .", "a\r\n.\r\nb\r\n", /after the script's end.*"b\\r\\n"/],
  ];
  for (const [script, words, problem] of cases) {
    const peer = await scriptedOverSockets(script);
    await talk(peer.port, words);
    await assert.rejects(async () => await peer[Symbol.asyncDispose](), problem, script);
  }
});

Deno.test("scriptedOverSockets: a client that leaves early fails the test", async () => {
  const peer = await scriptedOverSockets("S: 220 hi\nC: NOOP\nS: 250 ok");
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: peer.port });
  conn.close();
  await assert.rejects(
    async () => await peer[Symbol.asyncDispose](),
    /line 2.*the client ended the connection/,
  );
});

Deno.test("scriptedOverSockets: several scripts are for several connections", async () => {
  await using peer = await scriptedOverSockets(["S: 220 one\nS! close", "S: 220 two\nS! close"]);
  assert.equal(await talk(peer.port, ""), "220 one\r\n");
  assert.equal(await talk(peer.port, ""), "220 two\r\n");
  await assert.rejects(Deno.connect({ hostname: "127.0.0.1", port: peer.port }));
});

Deno.test("scriptedOverSockets: data connections, as EPSV and PASV announce them", async () => {
  await using peer = await scriptedOverSockets(`
    S: 229 ok (|||{port}|)
    D: first
    D= second
    S: 227 ok ({pasv})
    D? to the
    D? server
    S: 226 done
    S! close
  `);
  using control = await Deno.connect({ hostname: "127.0.0.1", port: peer.port });
  const buffer = new Uint8Array(200);
  const epsv = new TextDecoder().decode(buffer.subarray(0, (await control.read(buffer))!));
  const first = await Deno.connect({ port: Number(/\|\|\|(\d+)\|/.exec(epsv)![1]) });
  assert.equal(await readAll(first), "first\r\nsecond");
  first.close();

  const pasv = new TextDecoder().decode(buffer.subarray(0, (await control.read(buffer))!));
  const [, high, low] = /\(127,0,0,1,(\d+),(\d+)\)/.exec(pasv)!;
  const second = await Deno.connect({ port: Number(high) * 256 + Number(low) });
  await second.write(encode("to the\r\nserver\r\n"));
  second.close();
  assert.equal(await readAll(control), "226 done\r\n");
});

Deno.test("scriptedOverSockets: a reset is a reset, and silence ends with the client", async () => {
  await using reset = await scriptedOverSockets("S: 220 hi\nS! turn\nS! reset");
  await assert.rejects(talk(reset.port, ""), Deno.errors.ConnectionReset);

  await using silent = await scriptedOverSockets("S! silence");
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: silent.port });
  assert.equal(await silent.settled(20), false);
  conn.close();
  assert.equal(await silent.settled(2_000), true);
});

Deno.test("scriptedOverSockets answers TLS in the middle of a dialogue", async () => {
  const { good } = await certificates();
  await using peer = await scriptedOverSockets(`
    S: 220 hi
    C: STARTTLS
    S: 220 go
    S! tls
    C: NOOP
    S: 250 secure
    S! close
  `);
  const plain = await Deno.connect({ hostname: "127.0.0.1", port: peer.port });
  const buffer = new Uint8Array(100);
  await plain.read(buffer);
  await plain.write(encode("STARTTLS\r\n"));
  await plain.read(buffer);
  using secure = await Deno.startTls(plain, { hostname: "localhost", caCerts: good.caCerts });
  await secure.handshake();
  await secure.write(encode("NOOP\r\n"));
  assert.equal(await readAll(secure), "250 secure\r\n");
});

Deno.test("scripted plays in memory, whatever the host is called", async () => {
  await using peer = scripted(`
    S: 220 hi
    C: EPSV
    S: 229 ok (|||{port}|)
    D: data
    S: 226 done
    S! close
  `);
  const control = await peer.dial({ hostname: "anything.example", port: 2121 }, {});
  await control.write(encode("EPSV\r\n"));
  const buffer = new Uint8Array(100);
  let text = "";
  while (!text.includes("|)")) {
    text += new TextDecoder().decode(buffer.subarray(0, (await control.read(buffer))!));
  }
  assert.equal(peer.openStreams, 1);
  const data = await peer.dial({ hostname: "x", port: Number(/\|(\d+)\|/.exec(text)![1]) }, {});
  assert.equal(await readAll(data), "data\r\n");
  data.close();
  assert.equal(await readAll(control), "226 done\r\n");
  control.close();
  assert.equal(peer.openStreams, 0);
  assert.equal(peer.received, "EPSV\r\n");
});

Deno.test("scripted: a reset loses what had arrived, as TCP does, and fails what waits", async () => {
  await using peer = scripted("S: 220 hi\nS! turn\nS! reset");
  const stream = await peer.dial({ hostname: "peer", port: 21 }, {});
  const buffer = new Uint8Array(4);
  assert.equal(await stream.read(buffer), 4);
  await new Promise((resolve) => setTimeout(resolve, 5));
  await assert.rejects(stream.read(buffer), ConnectionResetError);
  await assert.rejects(stream.write(buffer), ConnectionResetError);
  stream.close();
});

Deno.test("scripted: after its last connection the peer refuses", async () => {
  await using peer = scripted("S! close");
  const stream = await peer.dial({ hostname: "peer", port: 21 }, {});
  await readAll(stream);
  stream.close();
  await assert.rejects(peer.dial({ hostname: "peer", port: 21 }, {}), ConnectionRefusedError);
});

Deno.test("scripted: a client that never comes fails the test", async () => {
  const peer = scripted("S: 220 hi");
  await assert.rejects(async () => await peer[Symbol.asyncDispose](), /had no connection/);
});
