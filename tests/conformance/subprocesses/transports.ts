/**
 * CPython's `test_subprocess` and `test_events`: child processes and protocols.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Event } from "../../../loop/locks.ts";
import type { EventLoop } from "../../../loop/event_loop.ts";
import { SubprocessProtocol } from "../../../net/transports/protocols.ts";
import { STDOUT, subprocessExec, subprocessShell } from "../../../net/processes/subprocess.ts";
import type { SubprocessTransport, WriteTransport } from "../../../net/transports/transports.ts";
import { events } from "../events/suite.ts";
import { SHELL, subprocesses, text } from "./suite.ts";

subprocesses.held("SubprocessMixin.test_subprocess_protocol_events", ({ run }) =>
  run(async () => {
    const told: string[] = [];
    const over = Promise.withResolvers<void>();
    const tell = (event: string) => {
      told.push(event);
      if (told.length >= 5) over.resolve();
    };
    class Telling extends SubprocessProtocol {
      override pipeDataReceived = (fd: number, data: Uint8Array) =>
        tell(`data ${fd} ${text(data)}`);
      override pipeConnectionLost = (fd: number) => tell(`lost ${fd}`);
      override processExited = () => tell("exited");
    }
    const { transport } = await subprocessExec(
      () => new Telling(),
      "sh",
      ["-c", "printf stdout; printf stderr >&2"],
      { stdin: null },
    );
    await over.promise;
    transport.close();
    assert.deepEqual(
      [...told].sort(),
      ["data 1 stdout", "data 2 stderr", "exited", "lost 1", "lost 2"],
    );
    assert.ok(told.indexOf("data 1 stdout") < told.indexOf("lost 1"));
    assert.ok(told.indexOf("data 2 stderr") < told.indexOf("lost 2"));
  }));

/** Keeps what it is told, and sees to the order. */
class Record extends SubprocessProtocol {
  state: "INITIAL" | "CONNECTED" | "CLOSED" = "INITIAL";
  transport!: SubprocessTransport;
  readonly completed: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly disconnects: ReadonlyMap<number, Event> = newEvents(0, 1, 2);
  readonly gotData: ReadonlyMap<number, Event> = newEvents(1, 2);
  readonly data: Map<number, string> = new Map([[1, ""], [2, ""]]);
  returncode: number | null = null;

  override connectionMade(transport: SubprocessTransport) {
    assert.equal(this.state, "INITIAL");
    this.state = "CONNECTED";
    this.transport = transport;
  }

  override connectionLost() {
    assert.equal(this.state, "CONNECTED");
    this.state = "CLOSED";
    this.completed.resolve();
  }

  override pipeDataReceived(fd: number, data: Uint8Array) {
    assert.equal(this.state, "CONNECTED");
    this.data.set(fd, this.data.get(fd) + text(data)!);
    this.gotData.get(fd)!.set();
  }

  override pipeConnectionLost(fd: number, _error: unknown) {
    assert.equal(this.state, "CONNECTED");
    this.disconnects.get(fd)!.set();
  }

  override processExited() {
    assert.equal(this.state, "CONNECTED");
    this.returncode = this.transport.getReturncode();
  }
}

function newEvents(...fds: number[]): ReadonlyMap<number, Event> {
  return new Map(fds.map((fd) => [fd, new Event()]));
}

type Test = (loop: EventLoop) => Promise<void>;
const held = (name: string, test: Test) =>
  events.held(`SubprocessTestsMixin.${name}`, ({ run }) => run(test));
const adapted = (name: string, why: string, test: Test) =>
  events.adapted(`SubprocessTestsMixin.${name}`, why, ({ run }) => run(test));

const NO_PIPES = { stdin: null, stdout: null, stderr: null } as const;
const record = () => new Record();

function inputOf(transport: SubprocessTransport): WriteTransport {
  return transport.getPipeTransport(0) as WriteTransport;
}

held("test_subprocess_exec", async () => {
  const { transport, protocol } = await subprocessExec(record, "cat");
  assert.ok(protocol instanceof Record);
  assert.equal(protocol.state, "CONNECTED");
  inputOf(transport).write("Python The Winner");
  await protocol.gotData.get(1)!.wait();
  transport.close();
  await protocol.completed.promise;
  assert.equal(protocol.returncode, -9);
  assert.equal(protocol.data.get(1), "Python The Winner");
});

held("test_subprocess_interactive", async () => {
  const { transport, protocol } = await subprocessExec(record, "cat");
  inputOf(transport).write("Python ");
  await protocol.gotData.get(1)!.wait();
  protocol.gotData.get(1)!.clear();
  assert.equal(protocol.data.get(1), "Python ");
  inputOf(transport).write("The Winner");
  await protocol.gotData.get(1)!.wait();
  assert.equal(protocol.data.get(1), "Python The Winner");
  transport.close();
  await protocol.completed.promise;
  assert.equal(protocol.returncode, -9);
});

held("test_subprocess_shell", async () => {
  const { transport, protocol } = await subprocessShell(record, "echo Python");
  assert.equal(protocol.state, "CONNECTED");
  inputOf(transport).close();
  await protocol.completed.promise;
  assert.equal(protocol.returncode, 0);
  for (const lost of protocol.disconnects.values()) assert.ok(lost.isSet());
  assert.equal(protocol.data.get(1), "Python\n");
  assert.equal(protocol.data.get(2), "");
  transport.close();
});

held("test_subprocess_exitcode", async () => {
  const { transport, protocol } = await subprocessShell(record, "exit 7", NO_PIPES);
  await protocol.completed.promise;
  assert.equal(protocol.returncode, 7);
  transport.close();
});

held("test_subprocess_close_after_finish", async () => {
  const { transport, protocol } = await subprocessShell(record, "exit 7", NO_PIPES);
  for (const fd of [0, 1, 2]) assert.equal(transport.getPipeTransport(fd), null);
  await protocol.completed.promise;
  assert.equal(protocol.returncode, 7);
  assert.equal(transport.close(), undefined);
});

held("test_subprocess_kill", async () => {
  const { transport, protocol } = await subprocessExec(record, "cat");
  transport.kill();
  await protocol.completed.promise;
  assert.equal(protocol.returncode, -9);
  transport.close();
});

held("test_subprocess_terminate", async () => {
  const { transport, protocol } = await subprocessExec(record, "cat");
  transport.terminate();
  await protocol.completed.promise;
  assert.equal(protocol.returncode, -15);
  transport.close();
});

adapted("test_subprocess_send_signal", "Signals have names, not numbers", async () => {
  const { transport, protocol } = await subprocessExec(record, "cat");
  transport.sendSignal("SIGHUP");
  await protocol.completed.promise;
  assert.equal(protocol.returncode, -1);
  transport.close();
});

const BOTH_WAYS = "data=$(head -c 4); printf OUT:$data; printf ERR:$data >&2";

adapted("test_subprocess_stderr", SHELL, async () => {
  const { transport, protocol } = await subprocessExec(record, "sh", ["-c", BOTH_WAYS]);
  inputOf(transport).write("test");
  await protocol.completed.promise;
  transport.close();
  assert.equal(protocol.data.get(1), "OUT:test");
  assert.equal(protocol.data.get(2), "ERR:test");
  assert.equal(protocol.returncode, 0);
});

adapted("test_subprocess_stderr_redirect_to_stdout", SHELL, async () => {
  const { transport, protocol } = await subprocessExec(record, "sh", ["-c", BOTH_WAYS], {
    stderr: STDOUT,
  });
  assert.notEqual(transport.getPipeTransport(1), null);
  assert.equal(transport.getPipeTransport(2), null);
  inputOf(transport).write("test");
  await protocol.completed.promise;
  assert.equal(protocol.data.get(1), "OUT:testERR:test");
  assert.equal(protocol.data.get(2), "");
  transport.close();
  assert.equal(protocol.returncode, 0);
});

adapted("test_subprocess_close_client_stream", SHELL, async () => {
  const script = "trap '' PIPE; printf OUT:; head -c 4; head -c 3 2>/dev/null || " +
    "printf ERR:BrokenPipe >&2; exec sleep 3600";
  const { transport, protocol } = await subprocessExec(record, "sh", ["-c", script]);
  inputOf(transport).write("test");
  while (protocol.data.get(1) !== "OUT:test") {
    protocol.gotData.get(1)!.clear();
    await protocol.gotData.get(1)!.wait();
  }
  transport.getPipeTransport(1)!.close();
  await protocol.disconnects.get(1)!.wait();
  inputOf(transport).write("xxx");
  await protocol.gotData.get(2)!.wait();
  assert.equal(protocol.data.get(2), "ERR:BrokenPipe");
  transport.close();
  await protocol.completed.promise;
  assert.equal(protocol.returncode, -9);
});

adapted("test_subprocess_wait_no_same_group", "It is called `detached`, as in Deno", async () => {
  const { transport, protocol } = await subprocessShell(record, "exit 7", {
    ...NO_PIPES,
    detached: true,
  });
  await protocol.completed.promise;
  assert.equal(protocol.returncode, 7);
  transport.close();
});

const TYPE_ERROR = "A wrong argument is a TypeError, and there is no ValueError";
const INVALID = [{ universalNewlines: true }, { bufsize: 4096 }, { shell: true }] as object[];

adapted("test_subprocess_exec_invalid_args", TYPE_ERROR, async () => {
  for (const options of INVALID) {
    await assert.rejects(subprocessExec(record, "pwd", [], options), TypeError);
  }
});

adapted("test_subprocess_shell_invalid_args", TYPE_ERROR, async () => {
  const list = ["ls", "-l"] as unknown as string;
  await assert.rejects(subprocessShell(record, list), TypeError);
  for (const options of INVALID) {
    await assert.rejects(subprocessShell(record, "pwd", options), TypeError);
  }
});
