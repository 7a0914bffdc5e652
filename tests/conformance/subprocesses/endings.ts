/**
 * CPython's `test_subprocess`: signals, cancelling and closing.
 *
 * @module
 */

import assert from "node:assert/strict";
import { rethrowIfCancelled } from "../../../loop/exceptions.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask } from "../../../loop/tasks.ts";
import type { EventLoop } from "../../../loop/event_loop.ts";
import { CancelledError } from "../../../loop/exceptions.ts";
import { ProcessLookupError } from "../../../net/errors.ts";
import { SubprocessProtocol } from "../../../net/transports/protocols.ts";
import {
  createSubprocessExec,
  createSubprocessShell,
  PIPE,
  subprocessExec,
} from "../../../net/processes/subprocess.ts";
import { waitForEnd } from "../../net/processes/processes.ts";
import { BLOCKED, machineTime, SHELL, subprocesses } from "./suite.ts";

const held = (name: string, test: (loop: EventLoop) => Promise<void>) =>
  subprocesses.held(`SubprocessMixin.${name}`, ({ run }) => run(test));
const adapted = (name: string, why: string, test: (loop: EventLoop) => Promise<void>) =>
  subprocesses.adapted(`SubprocessMixin.${name}`, why, ({ run }) => run(test));

/** A protocol that knows when all is over. */
class Ending extends SubprocessProtocol {
  readonly over = Promise.withResolvers<void>();

  override connectionLost() {
    this.over.resolve();
  }
}

held("test_kill", async () => {
  const child = await createSubprocessExec(...BLOCKED);
  child.kill();
  assert.equal(await child.wait(), -9);
});

held("test_kill_issue43884", async () => {
  const child = await createSubprocessShell("sleep 0.05; sleep 0.1", { stdout: PIPE });
  await machineTime(30);
  child.kill();
  assert.equal(await child.wait(), -9);
  // Whom the shell has started has the pipe, for a moment.
  assert.equal((await child.stdout!.read()).length, 0);
});

held("test_terminate", async () => {
  const child = await createSubprocessExec(...BLOCKED);
  child.terminate();
  assert.equal(await child.wait(), -15);
});

adapted("test_send_signal", "Signals have names, not numbers", async () => {
  const command = "echo sleeping; exec sleep 3600";
  const child = await createSubprocessShell(command, { stdout: PIPE });
  assert.equal(await child.stdout!.nextLine(), "sleeping");
  child.sendSignal("SIGHUP");
  assert.equal(await child.wait(), -1);
});

held("test_subprocess_send_signal_race", async () => {
  for (let round = 0; round < 10; round += 1) {
    const child = await createSubprocessExec("sleep", ["0.01"]);
    await machineTime(10);
    try {
      child.sendSignal("SIGUSR1");
    } catch (error) {
      rethrowIfCancelled(error);
      assert.ok(error instanceof ProcessLookupError);
    }
    assert.notEqual(await child.wait(), 255);
  }
});

held("test_cancel_process_wait", async (loop) => {
  const child = await createSubprocessExec(...BLOCKED);
  const task = createTask(() => child.wait());
  loop.callSoon(() => task.cancel());
  await assert.rejects(async () => await task, CancelledError);
  task.cancel();
  child.kill();
  assert.equal(await child.wait(), -9);
});

held("test_cancel_make_subprocess_transport_exec", async (loop) => {
  const task = createTask(() => createSubprocessExec(...BLOCKED));
  loop.callSoon(() => task.cancel());
  await assert.rejects(async () => await task, CancelledError);
});

held("test_cancel_post_init", async (loop) => {
  const task = createTask(() => subprocessExec(() => new SubprocessProtocol(), ...BLOCKED));
  loop.callSoon(() => task.cancel());
  await assert.rejects(async () => await task, CancelledError);
  await sleep(0);
});

adapted(
  "test_close_kill_running",
  "That the child was killed is told by how it has ended, for nothing can be put in place of kill()",
  async () => {
    const { transport, protocol } = await subprocessExec(() => new Ending(), ...BLOCKED);
    assert.equal(transport.getReturncode(), null);
    transport.close();
    await protocol.over.promise;
    assert.equal(transport.getReturncode(), -9);
  },
);

adapted(
  "test_close_dont_kill_finished",
  "The child ends by itself, and the loop has no occasion to hear of it before the closing",
  async () => {
    const { transport, protocol } = await subprocessExec(() => new Ending(), "sleep", ["0.05"]);
    waitForEnd(transport.getPid());
    assert.equal(transport.getReturncode(), null);
    transport.close();
    await protocol.over.promise;
    assert.equal(transport.getReturncode(), 0);
  },
);

subprocesses.adapted(
  "SubprocessTransportTests.test_proc_exited",
  `${SHELL}, and a real one`,
  ({ run }) =>
    run(async () => {
      const calls: string[] = [];
      class Calls extends Ending {
        override connectionMade = () => void calls.push("connectionMade");
        override processExited = () => void calls.push("processExited");
        override connectionLost = (...args: unknown[]) => {
          assert.deepEqual(args, [null]);
          calls.push("connectionLost");
          this.over.resolve();
        };
      }
      const pipes = { stdin: null, stdout: null, stderr: null };
      const { transport, protocol } = await subprocessExec(() => new Calls(), "sh", [
        "-c",
        "exit 6",
      ], pipes);
      await protocol.over.promise;
      assert.equal(transport.getReturncode(), 6);
      assert.deepEqual(calls, ["connectionMade", "processExited", "connectionLost"]);
      assert.equal(transport.isClosing(), false);
      assert.throws(() => transport.sendSignal("SIGTERM"), ProcessLookupError);
      assert.throws(() => transport.terminate(), ProcessLookupError);
      assert.throws(() => transport.kill(), ProcessLookupError);
      transport.close();
    }),
);
