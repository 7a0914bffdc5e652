import assert from "node:assert/strict";
import { newEventLoop } from "../../../loop/events.ts";
import { run } from "../../../loop/runners.ts";
import { BrokenPipeError, ProcessLookupError } from "../../../net/errors.ts";
import { SubprocessProtocol } from "../../../net/transports/protocols.ts";
import {
  DEVNULL,
  PIPE,
  STDOUT,
  subprocessExec,
  subprocessShell,
} from "../../../net/processes/subprocess.ts";
import type { SubprocessTransport, WriteTransport } from "../../../net/transports/transports.ts";
import { text } from "../cuts.ts";
import { isThere, openFiles, until } from "./processes.ts";

/** Notes what it is told. */
class Notes extends SubprocessProtocol {
  readonly events: unknown[] = [];
  readonly over = Promise.withResolvers<void>();
  transport!: SubprocessTransport;

  override connectionMade(transport: SubprocessTransport) {
    this.transport = transport;
    this.events.push("made");
  }

  override pipeDataReceived(fd: number, data: Uint8Array) {
    const last = this.events.at(-1);
    if (Array.isArray(last) && last[0] === fd && last.length === 2) last[1] += text(data);
    else this.events.push([fd, text(data)]);
  }

  override pipeConnectionLost(fd: number, error: unknown) {
    this.events.push(["lost", fd, error]);
  }

  override processExited() {
    this.events.push(`exited ${this.transport.getReturncode()}`);
  }

  override connectionLost(error: unknown) {
    this.events.push(["connection lost", error]);
    this.over.resolve();
  }

  override pauseWriting() {
    this.events.push("pause");
  }

  override resumeWriting() {
    this.events.push("resume");
  }
}

const notes = () => new Notes();

Deno.test("a protocol is told everything, in order", async () => {
  const before = openFiles();
  const { transport, protocol } = await subprocessShell(notes, "read x; echo $x; exit 3", {
    stderr: DEVNULL,
  });
  assert.deepEqual(protocol.events, ["made"], "connectionMade comes before the call returns");
  assert.equal(protocol.transport, transport);
  assert.equal(transport.getProtocol(), protocol);
  assert.ok(transport.getPid() > 0 && isThere(transport.getPid()));
  assert.equal(transport.getReturncode(), null);
  assert.equal(transport.getPipeTransport(2), null);
  assert.equal(transport.getPipeTransport(3), null);
  (transport.getPipeTransport(0) as WriteTransport).write("hello\n");
  await protocol.over.promise;

  const { events } = protocol;
  assert.deepEqual(events[0], "made");
  assert.deepEqual(events.at(-1), ["connection lost", null]);
  assert.ok(indexOf(events, [1, "hello\n"]) < indexOf(events, ["lost", 1, null]));
  assert.equal(events.filter((event) => event === "exited 3").length, 1);
  assert.equal(indexOf(events, ["lost", 0, null]) > 0, true);
  assert.equal(events.length, 6);
  assert.equal(transport.getReturncode(), 3);
  assert.equal(transport.isClosing(), false);
  assert.throws(() => transport.kill(), ProcessLookupError);
  transport.close();
  assert.equal(transport.isClosing(), true);
  await until(() => openFiles() <= before);
});

/** What the child has written, in whatever pieces it came. */
function received(events: unknown[]): string {
  const pieces = events.filter((event) => Array.isArray(event) && event[0] === 1);
  return pieces.map((event) => (event as [number, string])[1]).join("");
}

function indexOf(events: unknown[], wanted: unknown): number {
  return events.findIndex((event) => JSON.stringify(event) === JSON.stringify(wanted));
}

Deno.test("unless told otherwise, all three are pipes; STDOUT makes two of them", async () => {
  const { transport, protocol } = await subprocessExec(notes, "sh", ["-c", "echo a; echo b >&2"]);
  for (const fd of [0, 1, 2]) assert.ok(transport.getPipeTransport(fd) !== null);
  await protocol.over.promise;
  const joined = await subprocessExec(notes, "sh", ["-c", "echo a; echo b >&2; echo c"], {
    stdin: null,
    stdout: undefined,
    stderr: STDOUT,
  });
  assert.equal(joined.transport.getPipeTransport(0), null);
  assert.equal(joined.transport.getPipeTransport(2), null);
  await joined.protocol.over.promise;
  assert.equal(received(joined.protocol.events), "a\nb\nc\n");
});

Deno.test("ending the input by its transport lets the child come to its end", async () => {
  const { transport, protocol } = await subprocessExec(notes, "cat", [], { stderr: null });
  const input = transport.getPipeTransport(0) as WriteTransport;
  const data = "x".repeat(1_000_000);
  input.write(data);
  input.writeEof();
  await protocol.over.promise;
  assert.equal(received(protocol.events), data);
  assert.ok(protocol.events.includes("pause"));
  assert.ok(protocol.events.includes("resume"));
  assert.equal(transport.getReturncode(), 0);
});

Deno.test("pausing a pipe holds the child up", async () => {
  const { transport, protocol } = await subprocessShell(notes, "head -c 500000 /dev/zero", {
    stdin: DEVNULL,
  });
  const output = transport.getPipeTransport(1) as unknown as {
    pauseReading(): void;
    resumeReading(): void;
  };
  output.pauseReading();
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.equal(transport.getReturncode(), null);
  assert.equal(protocol.events.some((event) => Array.isArray(event) && event[0] === 1), false);
  output.resumeReading();
  await protocol.over.promise;
  assert.equal(transport.getReturncode(), 0);
});

Deno.test("an input that breaks tells why", async () => {
  const { transport, protocol } = await subprocessShell(notes, "exec <&-; sleep 0.2");
  (transport.getPipeTransport(0) as WriteTransport).write("x".repeat(1_000_000));
  await protocol.over.promise;
  const lost = protocol.events.find((event) =>
    Array.isArray(event) && event[0] === "lost" && event[1] === 0
  ) as [string, number, unknown];
  assert.ok(lost[2] instanceof BrokenPipeError);
});

Deno.test("close() kills a child that runs, and its end is told", async () => {
  const before = openFiles();
  const { transport, protocol } = await subprocessExec(notes, "sleep", ["60"]);
  (transport.getPipeTransport(0) as WriteTransport).write("x".repeat(1_000_000));
  transport.close();
  transport.close();
  assert.equal(transport.getReturncode(), null);
  await protocol.over.promise;
  assert.equal(transport.getReturncode(), -9);
  assert.deepEqual(protocol.events.at(-1), ["connection lost", null]);
  assert.ok(protocol.events.includes("exited -9"));
  assert.equal(isThere(transport.getPid()), false);
  await until(() => openFiles() <= before);
});

Deno.test("whom a child leaves behind holds back connectionLost, not processExited", async () => {
  const { transport, protocol } = await subprocessShell(notes, "sleep 60 & echo $!");
  await until(() => protocol.events.includes("exited 0"));
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.notDeepEqual(protocol.events.at(-1), ["connection lost", null]);
  const output = protocol.events.find((event) => Array.isArray(event) && event[0] === 1);
  transport.close();
  await protocol.over.promise;
  Deno.kill(Number((output as [number, string])[1]), "SIGKILL");
});

Deno.test("a loop that closes kills the children whose protocols it calls", async () => {
  let pid = 0;
  await run(async () => {
    const { transport } = await subprocessExec(notes, "sleep", ["60"], { stdout: PIPE });
    pid = transport.getPid();
    assert.ok(isThere(pid));
  }, { loopFactory: newEventLoop });
  await until(() => !isThere(pid));
});

Deno.test("a protocol that cannot be made starts nothing", async () => {
  const before = openFiles();
  const error = new Error("no protocol");
  await assert.rejects(
    subprocessExec(
      () => {
        throw error;
      },
      "sleep",
      ["60"],
    ),
    error,
  );
  await until(() => openFiles() <= before);
});

Deno.test("setProtocol() gives the rest to another", async () => {
  const { transport, protocol } = await subprocessExec(notes, "cat", []);
  const second = new Notes();
  second.transport = transport;
  transport.setProtocol(second);
  (transport.getPipeTransport(0) as WriteTransport).write("to the second");
  (transport.getPipeTransport(0) as WriteTransport).writeEof();
  await second.over.promise;
  assert.deepEqual(protocol.events, ["made"]);
  assert.equal(received(second.events), "to the second");
});
