/**
 * CPython's `test_sslproto`: TLS on a transport that is open.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { EventLoop, ExceptionContext } from "../../../loop/event_loop.ts";
import { CancelledError, TimeoutError } from "../../../loop/exceptions.ts";
import { Future } from "../../../loop/future.ts";
import { createTask } from "../../../loop/tasks.ts";
import { waitFor } from "../../../loop/timeouts.ts";
import type { ByteStream } from "../../../net/byte_stream.ts";
import { openConnection } from "../../../net/streams/connect.ts";
import { connectProtocol, createConnection } from "../../../net/transports/create_connection.ts";
import { SSLError } from "../../../net/errors.ts";
import { memoryPair } from "../../../net/memory.ts";
import { BufferedProtocol, Protocol } from "../../../net/transports/protocols.ts";
import { startTlsClient, startTlsServer } from "../../../net/tls/starttls.ts";
import { startTls } from "../../../net/transports/transport_tls.ts";
import type { Transport } from "../../../net/transports/transports.ts";
import { certificates } from "../../peers/certs.ts";
import { settle } from "../transports/wire.ts";
import { HELLO, NEEDS, receive, send, sslproto } from "./suite.ts";

const CASE = "SelectorStartTLSTests";
const IN_MEMORY = "over a pair in memory, whose other end is a task; certificates are verified";
const CLIENT = { serverHostname: "localhost", timeout: Infinity };

/** Serves as CPython's tests do: a message in clear, then TLS and a message in answer to each word. */
async function serve(stream: ByteStream): Promise<void> {
  const { good } = await certificates();
  assert.equal(await receive(stream, HELLO.length), HELLO);
  const secure = await startTlsServer(stream, good);
  await send(secure, "O");
  assert.equal(await receive(secure, HELLO.length), HELLO);
  await send(secure, "2");
  assert.equal(await receive(secure, HELLO.length), HELLO);
  secure.close();
}

class ClientProto extends Protocol {
  made = 0;
  data: Future<string> = new Future();
  readonly eof: Future<void> = new Future();

  override connectionMade(): void {
    this.made++;
  }

  override dataReceived(data: Uint8Array): void {
    this.data.setResult(new TextDecoder().decode(data));
  }

  override eofReceived(): void {
    this.eof.setResult();
  }
}

sslproto.adapted(
  `${CASE}.test_start_tls_client_reg_proto_1`,
  IN_MEMORY,
  ({ run }) =>
    run(async () => {
      const { good } = await certificates();
      const [near, far] = memoryPair();
      const serving = createTask(serve, far);
      const { transport, protocol } = await connectProtocol(() => new ClientProto(), near);
      transport.write(HELLO);
      const upgraded = await startTls(transport, protocol, { ...CLIENT, caCerts: good.caCerts });
      assert.equal(await protocol.data, "O");
      protocol.data = new Future();
      upgraded.write(HELLO);
      assert.equal(await protocol.data, "2");
      upgraded.write(HELLO);
      await protocol.eof;
      upgraded.close();
      assert.equal(protocol.made, 1);
      await serving;
    }),
  NEEDS,
);

sslproto.adapted(
  `${CASE}.test_start_tls_client_buf_proto_1`,
  IN_MEMORY,
  ({ run }) =>
    run(async () => {
      const { good } = await certificates();
      let made = 0;
      class ClientProtoFirst extends BufferedProtocol {
        readonly data: Future<string> = new Future();
        readonly #buffer = new Uint8Array(1);
        override connectionMade(): void {
          made++;
        }
        override getBuffer(): Uint8Array {
          return this.#buffer;
        }
        override bufferUpdated(count: number): void {
          assert.equal(count, 1);
          this.data.setResult(new TextDecoder().decode(this.#buffer));
        }
      }
      const [near, far] = memoryPair();
      const serving = createTask(serve, far);
      const { transport, protocol } = await connectProtocol(() => new ClientProtoFirst(), near);
      transport.write(HELLO);
      await startTls(transport, protocol, { ...CLIENT, caCerts: good.caCerts });
      assert.equal(await protocol.data, "O");
      transport.write(HELLO);
      const second = new ClientProto();
      transport.setProtocol(second);
      assert.equal(await second.data, "2");
      transport.write(HELLO);
      await second.eof;
      transport.close();
      assert.equal(made + second.made, 1);
      await serving;
    }),
  NEEDS,
);

sslproto.adapted(
  `${CASE}.test_start_tls_slow_client_cancel`,
  IN_MEMORY,
  ({ run }) =>
    run(async () => {
      const { good } = await certificates();
      const [near, far] = memoryPair();
      const { transport, protocol } = await connectProtocol(() => new ClientProto(), near);
      transport.write(HELLO);
      assert.equal(await receive(far, HELLO.length), HELLO);
      const options = { ...CLIENT, caCerts: good.caCerts };
      await assert.rejects(
        waitFor(() => startTls(transport, protocol, options), 50),
        TimeoutError,
      );
      assert.equal(transport.isClosing(), true);
      // The other side hears of it, after what was sent for the handshake.
      await receive(far, 1_000_000);
      far.close();
    }),
  NEEDS,
);

sslproto.adapted(`${CASE}.test_start_tls_server_1`, IN_MEMORY, ({ run }) =>
  run(async () => {
    const { good } = await certificates();
    class ServerProto extends Protocol {
      readonly hello: Future<void> = new Future();
      readonly lost: Future<unknown> = new Future();
      data = "";
      override dataReceived(data: Uint8Array): void {
        this.data += new TextDecoder().decode(data);
        if (this.data.length >= HELLO.length) this.hello.setResult();
      }
      override connectionLost(error: unknown): void {
        this.lost.setResult(error);
      }
    }
    const [near, far] = memoryPair();
    const client = createTask(async () => {
      assert.equal(await receive(far, HELLO.length), HELLO);
      const secure = await startTlsClient(far, { ...CLIENT, caCerts: good.caCerts });
      await send(secure, HELLO);
      const answer = await receive(secure, 6);
      secure.close();
      return answer;
    });
    const { transport, protocol } = await connectProtocol(() => new ServerProto(), near);
    transport.write(HELLO);
    assert.equal(protocol.data, "");
    await startTls(transport, protocol, { serverSide: true, ...good, timeout: Infinity });
    await protocol.hello;
    transport.write("answer");
    assert.equal(await protocol.lost, null);
    assert.equal(protocol.data, HELLO);
    transport.close();
    assert.equal(await client, "answer");
  }), NEEDS);

sslproto.adapted(
  `${CASE}.test_start_tls_wrong_args`,
  "there are no contexts to be of a wrong type",
  ({ run }) =>
    run(async () => {
      const protocol = new Protocol();
      await assert.rejects(startTls(null as never as Transport, protocol), TypeError);
      await assert.rejects(startTls({} as Transport, protocol), TypeError);
    }),
);

/** A server that never begins its handshake. */
function silence(loop: EventLoop) {
  const reports: ExceptionContext[] = [];
  loop.setExceptionHandler((_loop, context) => reports.push(context));
  const [near, far] = memoryPair();
  const ended = createTask(async () => {
    await receive(far, 1_000_000);
    far.close();
  });
  return { dial: () => Promise.resolve(near), ended, reports };
}

sslproto.adapted(
  `${CASE}.test_handshake_timeout`,
  "one time holds for dialling and the handshake",
  ({ run }) =>
    run(async (loop) => {
      const { dial, ended, reports } = silence(loop);
      const make = () => new Protocol();
      const options = { dial, tls: true, connectTimeout: Infinity };
      await assert.rejects(
        waitFor(() => createConnection(make, "localhost", 443, options), 50),
        TimeoutError,
      );
      await ended;
      await settle();
      assert.deepEqual(reports, []);
    }),
  NEEDS,
);

sslproto.adapted(
  `${CASE}.test_create_connection_ssl_slow_handshake`,
  "a TimeoutError, where Python has ConnectionAbortedError",
  ({ run }) =>
    run(async (loop) => {
      const { dial, ended, reports } = silence(loop);
      const options = { dial, tls: true, connectTimeout: 50 };
      await assert.rejects(openConnection("localhost", 443, options), {
        name: "TimeoutError",
        message: /no answer within 50 ms/,
      });
      await ended;
      await settle();
      assert.deepEqual(reports, []);
    }),
  NEEDS,
);

sslproto.adapted(
  `${CASE}.test_create_connection_ssl_failed_certificate`,
  IN_MEMORY,
  ({ run }) =>
    run(async () => {
      const { unknownIssuer } = await certificates();
      const [near, far] = memoryPair();
      const serving = createTask(() => startTlsServer(far, unknownIssuer));
      await assert.rejects(
        openConnection("localhost", 443, {
          dial: () => Promise.resolve(near),
          tls: true,
          connectTimeout: Infinity,
        }),
        { name: "SSLCertVerificationError" },
      );
      await serving.then((secure) => secure.close(), () => {});
    }),
  NEEDS,
);

sslproto.adapted(
  `${CASE}.test_start_tls_client_corrupted_ssl`,
  IN_MEMORY,
  ({ run }) =>
    run(async () => {
      const { good } = await certificates();
      const [near, far] = memoryPair();
      const serving = createTask(async () => {
        const secure = await startTlsServer(far, good);
        await send(secure, "A\n");
        assert.equal(await receive(secure, 1), "B");
        await send(far, "please corrupt the SSL connection");
        return secure;
      });
      const { reader, writer } = await openConnection("localhost", 443, {
        dial: () => Promise.resolve(near),
        tls: true,
        caCerts: good.caCerts,
        connectTimeout: Infinity,
        timeout: Infinity,
      });
      assert.equal(await reader.nextLine(), "A");
      writer.write("B");
      await assert.rejects(reader.nextLine(), SSLError);
      writer.abort();
      (await serving).close();
    }),
  NEEDS,
);

sslproto.adapted(
  `${CASE}.test_create_connection_memory_leak`,
  "a cancelled handshake is what may leave something behind; nothing stays connected",
  ({ run }) =>
    run(async () => {
      const [near, far] = memoryPair();
      const task = createTask(() =>
        createConnection(() => new Protocol(), "localhost", 443, {
          dial: () => Promise.resolve(near),
          tls: true,
          connectTimeout: Infinity,
        })
      );
      assert.ok((await receive(far, 5)).length === 5);
      task.cancel();
      await assert.rejects(task, CancelledError);
      await receive(far, 1_000_000);
      far.close();
    }),
  NEEDS,
);
