/**
 * CPython's `test_sendfile`: files over transports.
 *
 * @module
 */

import assert from "node:assert/strict";
import { connectProtocol, createConnection } from "../../net/transports/create_connection.ts";
import { createDatagramEndpoint } from "../../net/datagrams/create_datagram_endpoint.ts";
import { createServer } from "../../net/servers/create_server.ts";
import { ConnectionError } from "../../net/errors.ts";
import { memoryPair } from "../../net/memory.ts";
import type { AsyncFile } from "../../net/files/async_file.ts";
import { openFile } from "../../net/files/files.ts";
import { DatagramProtocol, Protocol } from "../../net/transports/protocols.ts";
import { isAtLeast } from "../../net/runtime.ts";
import { sendfile, SendfileNotAvailableError } from "../../net/files/sendfile.ts";
import type { Transport, WriteTransport } from "../../net/transports/transports.ts";
import { certificates } from "../peers/certs.ts";
import { Suite } from "./behaviour.ts";

/** The behaviours of files that are sent. */
export const sendfiles = new Suite("test_sendfile");

const MIXIN = "SendfileMixin";
const IN_MEMORY = "both ends are in memory, where no time passes on the way";
const SOCK = "SockSendfileMixin";
const NO_SOCKET = "Deno has no raw sockets: a transport takes the place of one";
const NO_NATIVE = "Deno has no way to call the system's sendfile: it is never native";

// No multiple of what is moved at once.
const DATA = new Uint8Array(1024 * 17 * 16 + 1).map((_, index) => index % 251);

/** Notes what comes, and may close when it has so much. */
class MySendfileProto extends Protocol {
  transport!: Transport;
  data = new Uint8Array(0);
  readonly done = Promise.withResolvers<unknown>();
  #awaited: { bytes: number; come: () => void } | null = null;

  constructor(readonly closeAfter = 0) {
    super();
  }

  override connectionMade(transport: Transport): void {
    this.transport = transport;
  }

  override dataReceived(data: Uint8Array): void {
    const all = new Uint8Array(this.data.length + data.length);
    all.set(this.data);
    all.set(data, this.data.length);
    this.data = all;
    if (this.#awaited !== null && all.length >= this.#awaited.bytes) this.#awaited.come();
    if (this.closeAfter > 0 && all.length >= this.closeAfter) this.transport.close();
  }

  override connectionLost(error: unknown): void {
    this.done.resolve(error);
  }

  /** Waits for so many bytes: where time jumps, closing would not. */
  bytes(count: number): Promise<void> {
    if (this.data.length >= count) return Promise.resolve();
    return new Promise((come) => this.#awaited = { bytes: count, come });
  }
}

interface Scene {
  file: AsyncFile;
  client: MySendfileProto;
  server: MySendfileProto;
  transport: Transport;
}

/** Plays a scene between two ends, with a file. */
async function play(
  scene: (scene: Scene) => Promise<void>,
  { closeAfter = 0, tls = false }: { closeAfter?: number; tls?: boolean } = {},
): Promise<void> {
  // An older Deno serves no TLS.
  if (tls && !isAtLeast("2.9.1")) return;
  const path = await Deno.makeTempFile({ prefix: "tulip-sendfile-" });
  try {
    await Deno.writeFile(path, DATA);
    await using file = await openFile(path);
    const server = new MySendfileProto(closeAfter);
    const client = new MySendfileProto();
    await using ends = tls ? await encrypted(client, server) : await inMemory(client, server);
    await scene({ file, client, server, transport: ends.transport });
    ends.transport.close();
    await Promise.all([client.done.promise, server.done.promise]);
  } finally {
    await Deno.remove(path);
  }
}

type Ends = AsyncDisposable & { transport: Transport };

async function inMemory(client: MySendfileProto, server: MySendfileProto): Promise<Ends> {
  const [near, far] = memoryPair({ capacity: 4096 });
  await connectProtocol(() => server, far);
  const { transport } = await connectProtocol(() => client, near);
  transport.setWriteBufferLimits({ high: 4096 });
  return { transport, [Symbol.asyncDispose]: () => Promise.resolve(transport.abort()) };
}

async function encrypted(client: MySendfileProto, server: MySendfileProto): Promise<Ends> {
  const { good: { cert, key, caCerts } } = await certificates();
  const listener = await createServer(() => server, "127.0.0.1", 0, {
    tls: { cert, key },
    handshakeTimeout: Infinity,
  });
  const { transport } = await createConnection(() => client, "127.0.0.1", listener.port, {
    tls: true,
    caCerts,
    connectTimeout: Infinity,
  });
  return {
    transport,
    [Symbol.asyncDispose]: async () => {
      transport.abort();
      listener.close();
      await listener.waitClosed();
    },
  };
}

function sameBytes(one: Uint8Array, other: Uint8Array): void {
  assert.equal(one.length, other.length);
  assert.ok(one.every((byte, index) => byte === other[index]));
}

function join(...pieces: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

sendfiles.adapted(
  `${MIXIN}.test_sendfile_not_supported`,
  "the endpoint is bound",
  ({ run }) =>
    run(async () => {
      const { transport } = await createDatagramEndpoint(() => new DatagramProtocol(), {
        localAddress: { hostname: "127.0.0.1", port: 0 },
      });
      await using file = await openFile("/etc/hostname");
      await assert.rejects(
        sendfile(transport as unknown as WriteTransport, file),
        { name: "RuntimeError", message: /not supported/ },
      );
      assert.equal(await file.tell(), 0);
      transport.close();
    }),
);

for (
  const [name, why] of [
    [`${MIXIN}.test_sendfile`, IN_MEMORY],
    [`${MIXIN}.test_sendfile_force_fallback`, `${NO_NATIVE}; ${IN_MEMORY}`],
    [`${SOCK}.test_sock_sendfile_success`, NO_SOCKET],
  ] as const
) {
  sendfiles.adapted(name, why, ({ run }) =>
    run(() =>
      play(async ({ file, server, transport }) => {
        assert.equal(await sendfile(transport, file), DATA.length);
        await server.bytes(DATA.length);
        transport.close();
        await server.done.promise;
        sameBytes(server.data, DATA);
        assert.equal(await file.tell(), DATA.length);
      })
    ));
}

sendfiles.adapted(
  `${MIXIN}.test_sendfile_ssl`,
  "certificates are made for the test",
  ({ run }) =>
    run(() =>
      play(async ({ file, server, transport }) => {
        assert.equal(await sendfile(transport, file), DATA.length);
        await server.bytes(DATA.length);
        transport.close();
        await server.done.promise;
        sameBytes(server.data, DATA);
        assert.equal(await file.tell(), DATA.length);
      }, { tls: true })
    ),
);

sendfiles.adapted(
  `${MIXIN}.test_sendfile_force_unsupported_native`,
  NO_NATIVE,
  ({ run }) =>
    run(() =>
      play(async ({ file, server, transport }) => {
        await assert.rejects(sendfile(transport, file, { fallback: false }), (error) => {
          assert.ok(error instanceof SendfileNotAvailableError);
          assert.match(error.message, /not supported/);
          return true;
        });
        transport.close();
        await server.done.promise;
        assert.equal(server.data.length, 0);
        assert.equal(await file.tell(), 0);
      })
    ),
);

sendfiles.differs(
  `${MIXIN}.test_sendfile_no_fallback_for_fallback_transport`,
  "every transport is one for which only the fallback is there, and the error is the one for that",
  ({ run }) =>
    run(() =>
      play(async ({ file, transport }) => {
        await assert.rejects(
          sendfile(transport, file, { fallback: false }),
          { name: "SendfileNotAvailableError", message: /fallback is false/ },
        );
      }, { tls: true })
    ),
);

sendfiles.adapted(
  `${MIXIN}.test_sendfile_for_closing_transp`,
  IN_MEMORY,
  ({ run }) =>
    run(() =>
      play(async ({ file, server, transport }) => {
        transport.close();
        await assert.rejects(
          sendfile(transport, file),
          { name: "RuntimeError", message: /is closing/ },
        );
        await server.done.promise;
        assert.equal(server.data.length, 0);
        assert.equal(await file.tell(), 0);
      })
    ),
);

for (
  const [name, tls, why] of [
    [`${MIXIN}.test_sendfile_pre_and_post_data`, false, IN_MEMORY],
    [`${MIXIN}.test_sendfile_ssl_pre_and_post_data`, true, "certificates are made for the test"],
    [`${SOCK}.test_sock_sendfile_mix_with_regular_send`, false, NO_SOCKET],
  ] as const
) {
  sendfiles.adapted(name, why, ({ run }) =>
    run(() =>
      play(async ({ file, server, transport }) => {
        const prefix = new Uint8Array(8192).fill(1);
        const suffix = new Uint8Array(8192).fill(2);
        transport.write(prefix);
        assert.equal(await sendfile(transport, file), DATA.length);
        transport.write(suffix);
        await server.bytes(DATA.length + 16_384);
        transport.close();
        await server.done.promise;
        sameBytes(server.data, join(prefix, DATA, suffix));
        assert.equal(await file.tell(), DATA.length);
      }, { tls })
    ));
}

for (
  const [name, tls, why] of [
    [`${MIXIN}.test_sendfile_partial`, false, IN_MEMORY],
    [`${MIXIN}.test_sendfile_ssl_partial`, true, "certificates are made for the test"],
    [`${SOCK}.test_sock_sendfile_with_offset_and_count`, false, NO_SOCKET],
  ] as const
) {
  sendfiles.adapted(name, why, ({ run }) =>
    run(() =>
      play(async ({ file, server, transport }) => {
        assert.equal(await sendfile(transport, file, { offset: 1000, count: 100 }), 100);
        await server.bytes(100);
        transport.close();
        await server.done.promise;
        sameBytes(server.data, DATA.subarray(1000, 1100));
        assert.equal(await file.tell(), 1100);
      }, { tls })
    ));
}

for (
  const [name, tls, why] of [
    [`${MIXIN}.test_sendfile_close_peer_after_receiving`, false, IN_MEMORY],
    [
      `${MIXIN}.test_sendfile_ssl_close_peer_after_receiving`,
      true,
      "certificates are made for the test",
    ],
  ] as const
) {
  sendfiles.adapted(name, why, ({ run }) =>
    run(() =>
      play(async ({ file, server, transport }) => {
        assert.equal(await sendfile(transport, file), DATA.length);
        await server.done.promise;
        sameBytes(server.data, DATA);
        assert.equal(await file.tell(), DATA.length);
      }, { closeAfter: DATA.length, tls })
    ));
}

for (
  const name of [
    `${MIXIN}.test_sendfile_close_peer_in_the_middle_of_receiving`,
    `${MIXIN}.test_sendfile_fallback_close_peer_in_the_middle_of_receiving`,
  ]
) {
  sendfiles.adapted(
    name,
    IN_MEMORY,
    ({ run }) =>
      run(() =>
        play(async ({ file, server, transport }) => {
          await assert.rejects(sendfile(transport, file), ConnectionError);
          await server.done.promise;
          assert.ok(server.data.length >= 1024 && server.data.length < DATA.length);
          const position = await file.tell();
          assert.ok(position >= 1024 && position <= DATA.length, `${position}`);
          assert.equal(transport.isClosing(), true);
        }, { closeAfter: 1024 })
      ),
  );
}

sendfiles.adapted(
  `${MIXIN}.test_sendfile_prevents_bare_write`,
  IN_MEMORY,
  ({ run }) =>
    run(() =>
      play(async ({ file, server, transport }) => {
        const sending = sendfile(transport, file);
        assert.throws(() => transport.write("data"), {
          name: "RuntimeError",
          message: /sendfile is in progress/,
        });
        assert.equal(await sending, DATA.length);
        transport.write("data");
        transport.close();
        await server.done.promise;
        assert.equal(server.data.length, DATA.length + 4);
      })
    ),
);

sendfiles.adapted(
  `${SOCK}.test_sock_sendfile_zero_size`,
  NO_SOCKET,
  ({ run }) =>
    run(() =>
      play(async ({ file, transport }) => {
        assert.equal(await sendfile(transport, file, { offset: DATA.length }), 0);
        assert.equal(await file.tell(), DATA.length);
      })
    ),
);
