/**
 * CPython's `test_events`: pipes.
 *
 * @module
 */

import assert from "node:assert/strict";
import { BrokenPipeError } from "../../../net/errors.ts";
import { connectReadPipe, connectWritePipe } from "../../../net/files/pipes.ts";
import { BaseProtocol, Protocol } from "../../../net/transports/protocols.ts";
import type { BaseTransport, Transport } from "../../../net/transports/transports.ts";
import { pipe, withFifo } from "../../net/files/fifos.ts";
import { events } from "./suite.ts";

const MIXIN = "EventLoopTestsMixin";
const NAMED = "the pipe has a name: Deno makes no others";
const encoder = new TextEncoder();

class MyReadPipeProto extends Protocol {
  transport!: Transport;
  readonly state = ["INITIAL"];
  nbytes = 0;
  readonly done = Promise.withResolvers<void>();
  #awaited: { bytes: number; come: () => void } | null = null;

  override connectionMade(transport: Transport): void {
    assert.deepEqual(this.state, ["INITIAL"]);
    this.transport = transport;
    this.state.push("CONNECTED");
  }

  override dataReceived(data: Uint8Array): void {
    assert.deepEqual(this.state, ["INITIAL", "CONNECTED"]);
    this.nbytes += data.length;
    if (this.#awaited !== null && this.nbytes >= this.#awaited.bytes) this.#awaited.come();
  }

  override eofReceived(): void {
    assert.deepEqual(this.state, ["INITIAL", "CONNECTED"]);
    this.state.push("EOF");
  }

  override connectionLost(): void {
    if (!this.state.includes("EOF")) this.state.push("EOF");
    assert.deepEqual(this.state, ["INITIAL", "CONNECTED", "EOF"]);
    this.state.push("CLOSED");
    this.done.resolve();
  }

  /** Waits for so many bytes. */
  bytes(count: number): Promise<void> {
    if (this.nbytes >= count) return Promise.resolve();
    return new Promise((come) => this.#awaited = { bytes: count, come });
  }
}

class MyWritePipeProto extends BaseProtocol {
  transport!: BaseTransport;
  state: "INITIAL" | "CONNECTED" | "CLOSED" = "INITIAL";
  readonly done = Promise.withResolvers<unknown>();

  override connectionMade(transport: BaseTransport): void {
    assert.equal(this.state, "INITIAL");
    this.transport = transport;
    this.state = "CONNECTED";
  }

  override connectionLost(error: unknown): void {
    assert.equal(this.state, "CONNECTED");
    this.state = "CLOSED";
    this.done.resolve(error);
  }
}

async function readSome(file: Deno.FsFile, count: number): Promise<string> {
  const buffer = new Uint8Array(1024);
  let length = 0;
  while (length < count) length += await file.read(buffer.subarray(length)) ?? 0;
  return new TextDecoder().decode(buffer.subarray(0, length));
}

events.adapted(`${MIXIN}.test_read_pipe`, NAMED, ({ run }) =>
  run(() =>
    withFifo(async (path) => {
      const { reader, writer } = await pipe(path);
      const proto = new MyReadPipeProto();
      const { transport, protocol } = await connectReadPipe(() => proto, reader);
      assert.equal(protocol, proto);
      assert.equal(transport, proto.transport);
      assert.deepEqual(proto.state, ["INITIAL", "CONNECTED"]);
      assert.equal(proto.nbytes, 0);
      await writer.write(encoder.encode("1"));
      await proto.bytes(1);
      assert.equal(proto.nbytes, 1);
      await writer.write(encoder.encode("2345"));
      await proto.bytes(5);
      assert.deepEqual(proto.state, ["INITIAL", "CONNECTED"]);
      assert.equal(proto.nbytes, 5);
      writer.close();
      await proto.done.promise;
      assert.deepEqual(proto.state, ["INITIAL", "CONNECTED", "EOF", "CLOSED"]);
      assert.ok(transport.getExtraInfo("pipe"));
    })
  ));

events.differs(
  `${MIXIN}.test_unclosed_pipe_transport`,
  "a transport ends with its loop, and its pipe is closed: else it would keep the program alive",
  ({ newLoop }) =>
    withFifo(async (path) => {
      const { reader, writer } = await pipe(path);
      const loop = newLoop();
      const transports = await loop.runUntilComplete(async () => {
        const read = await connectReadPipe(() => new MyReadPipeProto(), reader);
        const write = await connectWritePipe(() => new MyWritePipeProto(), writer);
        return [read.transport, write.transport];
      });
      assert.ok(transports.every((transport) => !transport.isClosing()));
      loop.close();
      assert.ok(transports.every((transport) => transport.isClosing()));
      await assert.rejects(writer.write(new Uint8Array(1)), Deno.errors.BadResource);
    }),
);

events.adapted(`${MIXIN}.test_write_pipe`, NAMED, ({ run }) =>
  run(() =>
    withFifo(async (path) => {
      const { reader, writer } = await pipe(path);
      const proto = new MyWritePipeProto();
      const { transport, protocol } = await connectWritePipe(() => proto, writer);
      assert.equal(protocol, proto);
      assert.equal(transport, proto.transport);
      assert.equal(proto.state, "CONNECTED");
      transport.write("1");
      assert.equal(await readSome(reader, 1), "1");
      transport.write("2345");
      assert.equal(await readSome(reader, 4), "2345");
      assert.equal(proto.state, "CONNECTED");
      reader.close();
      assert.ok(transport.getExtraInfo("pipe"));
      transport.close();
      assert.equal(await proto.done.promise, null);
      assert.equal(proto.state, "CLOSED");
    })
  ));

events.differs(
  `${MIXIN}.test_write_pipe_disconnect_on_close`,
  "nobody tells us that a pipe is not read any more: it shows at the next write",
  ({ run }) =>
    run(() =>
      withFifo(async (path) => {
        const { reader, writer } = await pipe(path);
        const proto = new MyWritePipeProto();
        const { transport } = await connectWritePipe(() => proto, writer);
        transport.write("1");
        assert.equal(await readSome(reader, 1), "1");
        reader.close();
        assert.equal(proto.state, "CONNECTED");
        transport.write("2");
        assert.ok(await proto.done.promise instanceof BrokenPipeError);
        assert.equal(proto.state, "CLOSED");
      })
    ),
);
